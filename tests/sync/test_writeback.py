"""Fields on the SLI: only those that write_back.toml names, and only where they differ."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.mapping import OrgMapping, load
from agent.mapping.write_back import SideWritten
from agent.model import Milestone, MilestoneKind, MilestoneState, Side
from agent.sandbox.faults import Fault
from agent.store import intents
from agent.sync.writeback import STATE_LABELS, desired, differences
from tests.company import Company
from tests.sync.watching import MINUTE, OVERLAP, SLI, lines, poll_for, state_of

MAPPING = load(Path("mappings/sandbox"))
DUE = datetime(2026, 11, 21, 19, 1, tzinfo=UTC)
EVERY_FIELD = sorted(target.field for target in MAPPING.write_back.fields().values())


def a_milestone(side: Side, kind: MilestoneKind, state: MilestoneState) -> Milestone:
    return Milestone(side, kind, state, "because", DUE - timedelta(hours=24), DUE)


def with_fields(*names: str) -> OrgMapping:
    """The sandbox's mapping with these written fields and no other."""
    written = MAPPING.write_back

    def side(s: Side) -> SideWritten:
        kept = {n: v for n, v in written.sides[s] if v is not None and v.field in names}
        return SideWritten(**kept)

    last = written.last_alert_at
    update = {
        "last_alert_at": last if last and last.field in names else None,
        "sides": {s: side(s) for s in written.sides},
    }
    return MAPPING.model_copy(update={"write_back": written.model_copy(update=update)})


@given(
    st.sets(st.sampled_from(EVERY_FIELD)),
    st.dictionaries(
        st.tuples(st.sampled_from(Side), st.sampled_from(MilestoneKind)), st.sampled_from(MilestoneState)
    ),
    st.dictionaries(st.sampled_from(Side), st.none() | st.floats(0, 100)),
)
def test_exactly_the_fields_that_the_mapping_names_have_a_value_to_be_written(
    names: set[str],
    states: dict[tuple[Side, MilestoneKind], MilestoneState],
    scores: dict[Side, float | None],
) -> None:
    milestones = [a_milestone(side, kind, state) for (side, kind), state in states.items()]
    found = desired(with_fields(*names), milestones, scores, DUE)
    assert set(found) == names
    # What was written once differs from nothing, however Salesforce spells it.
    assert differences(found, found) == {}
    assert differences(found, json.loads(json.dumps(found))) == {}


def test_each_value_goes_to_its_own_field_in_salesforces_words() -> None:
    milestones = [
        a_milestone(side, kind, state)
        for (side, kind), state in zip(
            [(s, k) for s in Side for k in (MilestoneKind.PLAN, MilestoneKind.RESOLUTION)],
            [MilestoneState.OPEN, MilestoneState.VIOLATED, MilestoneState.MET_LATE, MilestoneState.CANCELLED],
            strict=True,
        )
    ]
    instant = "2026-11-21T19:01:00.000+0000"
    assert desired(MAPPING, milestones, {Side.CLIENT: 66.665, Side.REFERRAL: None}, None) == {
        "Last_Alert_At__c": None,
        "Client_Plan_Due__c": instant,
        "Client_Plan_State__c": "Open",
        "Client_Resolution_Due__c": instant,
        "Client_Resolution_State__c": "Violated",
        "Client_Handling_Score__c": 66.67,
        "Referral_Plan_Due__c": instant,
        "Referral_Plan_State__c": "Met late",
        "Referral_Resolution_Due__c": instant,
        "Referral_Resolution_State__c": "Cancelled",
        "Referral_Handling_Score__c": None,
    }
    assert set(STATE_LABELS) == set(MilestoneState)


def test_a_side_without_milestones_has_its_fields_emptied() -> None:
    found = desired(MAPPING, [], {}, None)
    assert found == dict.fromkeys(EVERY_FIELD)
    assert differences(found, {"Client_Plan_State__c": "Open"}) == {"Client_Plan_State__c": None}


@pytest.mark.parametrize(
    ("wanted", "in_the_org"),
    [
        (90.0, 90),
        (66.67, 66.67000000000002),
        (66.67, 66.6666666667),
        (None, ""),
        (None, None),
        ("2026-11-21T19:01:00.000+0000", "2026-11-21T19:01:00Z"),
        ("2026-11-21T19:01:00.000+0000", "2026-11-21T14:01:00.000-0500"),
        ("2026-11-21T19:01:00.000+0000", "2026-11-21T19:01:00.437+0000"),
        ("Open", "Open"),
    ],
)
def test_one_value_in_another_spelling_is_no_difference(wanted: Any, in_the_org: Any) -> None:
    assert differences({"F__c": wanted}, {"F__c": in_the_org}) == {}


@pytest.mark.parametrize(
    ("wanted", "in_the_org"),
    [
        (90.0, 90.01),
        (0.0, None),
        (None, 0),
        ("Open", None),
        ("Open", "open"),
        (None, "Open"),
        ("2026-11-21T19:01:00.000+0000", "2026-11-21T19:01:01.000+0000"),
        ("2026-11-21T19:01:00.000+0000", None),
    ],
)
def test_another_value_is_a_difference_and_the_desired_one_is_sent(wanted: Any, in_the_org: Any) -> None:
    assert differences({"F__c": wanted}, {"F__c": in_the_org}) == {"F__c": wanted}


def test_a_field_the_org_did_not_show_counts_as_empty() -> None:
    assert differences({"A__c": None, "B__c": "Open"}, {}) == {"B__c": "Open"}


class Listener:
    """Every field of the SLI object that any request wanted to write."""

    def __init__(self, company: Company) -> None:
        self._handle = company.seeded.org.handle
        self.written: dict[str, list[Any]] = {}
        company.seeded.org.handle = self.handle  # type: ignore[assignment, method-assign]

    def handle(self, request: Any, *rest: Any) -> Any:
        if request.body.startswith(b"{"):
            payload = json.loads(request.body)
            parts = [payload, *(p["body"] for p in payload.get("compositeRequest", ()) if p.get("body"))]
            for record in (r for part in parts for r in part.get("records", ())):
                if record["attributes"]["type"] == SLI:
                    for field in set(record) - {"attributes", "Id"}:
                        self.written.setdefault(field, []).append(record["Id"])
        return self._handle(request, *rest)


def without(company: Company, dropped: list[str]) -> None:
    """Remove the lines of these fields from write_back.toml."""
    text = (company.mappings / "write_back.toml").read_text(encoding="utf-8")
    gone = [line for line in text.splitlines() if any(f'"{field}"' in line for field in dropped)]
    assert len(gone) == len(dropped)
    company.remap(*((line, "") for line in gone))


@pytest.mark.parametrize("seed", range(4))
def test_a_field_that_write_back_toml_does_not_name_is_in_no_request(company: Company, seed: int) -> None:
    rng = Random(seed)
    dropped = rng.sample(EVERY_FIELD, rng.randint(1, len(EVERY_FIELD)))
    without(company, dropped)
    listener = Listener(company)
    with company.agent() as agent:
        agent.run_pass(company.clock)
        company.later(timedelta(hours=26))
        agent.run_pass(company.clock)
    # Without alerts nothing is ever the last alert's time.
    assert set(listener.written) == set(EVERY_FIELD) - set(dropped) - {"Last_Alert_At__c"}
    for row in company.rows(SLI):
        assert {row.get(field) for field in dropped} == {None}


@pytest.fixture
def wrong_state(company: Company) -> Iterator[str]:
    """An SLI on which a person has overwritten what the agent computed."""
    with company.agent() as agent:
        agent.run_pass(company.clock)
    company.later(OVERLAP)
    record_id = company.seeded["plan_in_time"]
    company.save(record_id, Client_Plan_State__c="Whatever")
    yield record_id


def fields_of(company: Company, record_id: str) -> dict[str, Any]:
    return next(row for row in company.rows(SLI) if row["Id"] == record_id)


def test_a_field_somebody_overwrote_is_put_right_without_a_new_judgement(
    company: Company, wrong_state: str
) -> None:
    listener = Listener(company)
    with company.agent() as agent:
        found = agent.run_pass(company.clock)
        assert lines(agent, "change").count("changed in Salesforce") == 0
    assert found["write_backs"] == {"written": 1, "failed": 0}
    assert listener.written == {"Client_Plan_State__c": [wrong_state]}
    assert fields_of(company, wrong_state)["Client_Plan_State__c"] == "Met"


def test_a_row_salesforce_refuses_is_a_dead_letter_and_all_others_are_written(company: Company) -> None:
    record_id = company.seeded["plan_in_time"]
    company.seeded.org.faults.add(
        Fault.row_error(SLI, "FIELD_CUSTOM_VALIDATION_EXCEPTION", where={"Id": record_id})
    )
    with company.agent() as agent:
        found = agent.run_pass(company.clock)
        [dead] = intents.dead(agent.work.store)
        assert (dead["record_id"], dead["number"]) == (
            record_id,
            fields_of(company, record_id)["SLI_Number__c"],
        )
        assert "FIELD_CUSTOM_VALIDATION_EXCEPTION" in dead["error"]
        assert set(dead["values"]) <= set(EVERY_FIELD)
        refused = [line for line in lines(agent, "write_back") if "refused" in line]
        assert len(refused) == found["write_backs"]["failed"] == 1
        assert fields_of(company, record_id).get("Client_Plan_State__c") is None
        others = {r["Id"] for r in company.rows(SLI) if r.get("Client_Plan_State__c")}
        assert found["write_backs"]["written"] == len(others | referral_only(company)) > 50

        company.later(MINUTE)
        company.save(record_id, Description__c="Another word.")  # Read again, and the same is still due:
        poll_for(agent, company, 3 * MINUTE)  # it would be refused again.
        assert [line for line in lines(agent, "write_back") if "refused" in line] == refused

        company.seeded.org.faults.clear()
        company.save(record_id, Client_Status__c="Red")  # Other values are due: tried anew.
        poll_for(agent, company, MINUTE)
        assert intents.dead(agent.work.store) == []
    assert fields_of(company, record_id)["Client_Resolution_State__c"] == "Met"


def referral_only(company: Company) -> set[str]:
    return {r["Id"] for r in company.rows(SLI) if r.get("Referral_Plan_State__c")}


def test_a_locked_row_is_tried_again_alone_and_the_others_do_not_wait_for_it(company: Company) -> None:
    record_id = company.seeded["plan_in_time"]
    company.seeded.org.faults.add(Fault.lock_row(record_id))
    with company.agent() as agent:
        found = agent.run_pass(company.clock)
        assert found["write_backs"]["failed"] == 1
        assert found["write_backs"]["written"] > 50
        assert intents.dead(agent.work.store) == []
        assert intents.waiting(agent.work.store) == 1
        listener = Listener(company)
        company.later(3 * MINUTE)
        again = agent.run_pass(company.clock)
        assert again["write_backs"] == {"written": 1, "failed": 0}
        assert {i for ids in listener.written.values() for i in ids} == {record_id}
        assert fields_of(company, record_id)["Client_Plan_State__c"] == "Met"
        assert state_of(agent, record_id, "client", "plan") == "met"
