"""The door to the org, against the sandbox: reading, many parts in one call, writing, patience."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from agent.errors import Forbidden, Gone, LimitExceeded, Rejected, Unreachable
from agent.salesforce import soql
from agent.salesforce.parts import (
    Page,
    part_create,
    part_deleted,
    part_query,
    part_updated,
)
from agent.salesforce.wire import to18
from agent.sandbox.faults import Fault

SLI = "Service_Level_Intervention__c"
NOTICE = "SLI_Agent_Notice__c"
USERS = "SELECT Id FROM User"
GONE_ID = to18("a01SX0zzzzzzzzz")


def test_a_keyset_reads_every_row_of_a_bulk_load_once_though_all_share_one_stamp(world: Any) -> None:
    ids = {world.intervention() for _ in range(4_321)}
    org, stamp, last, seen = world.door(), world.clock.now(), "", []
    while True:
        where = soql.keyset("SystemModstamp", stamp, last)
        page = org.query(soql.select(SLI, ["Id", "SystemModstamp"], where, "SystemModstamp, Id"))
        seen += [row["Id"] for row in page.records]
        if page.done:
            break
        last = seen[-1]
    assert len(seen) == 4_321
    assert set(seen) == ids
    assert org.calls == 3


def test_deleted_rows_show_only_where_they_are_asked_for(world: Any) -> None:
    kept, deleted = world.intervention(), world.intervention()
    world.sandbox.delete(deleted, at=world.clock.now(), by=world.colleague)
    org = world.door()
    query = soql.select(SLI, ["Id", "IsDeleted"], order_by="Id")
    assert [row["Id"] for row in org.query(query).records] == [kept]
    everything = org.query(query, include_deleted=True).records
    assert [(row["Id"], row["IsDeleted"]) for row in everything] == [(kept, False), (deleted, True)]


def test_a_query_too_long_for_a_url_is_asked_all_the_same(world: Any) -> None:
    mine = world.intervention()
    query = f"SELECT Id FROM {SLI} WHERE Id IN ('{mine}')" + " " * 17_000
    assert len(world.door().query(query).records) == 1


def test_one_call_answers_queries_and_what_was_updated_and_deleted(world: Any) -> None:
    kept, deleted = world.intervention(), world.intervention()
    world.clock.advance(timedelta(minutes=5))
    world.sandbox.delete(deleted, at=world.clock.now(), by=world.colleague)
    world.clock.advance(timedelta(minutes=5))
    now = world.clock.now()
    org = world.door()
    answers = org.composite(
        [
            part_query("interventions", f"SELECT Id FROM {SLI}"),
            part_query("with_deleted", f"SELECT Id FROM {SLI}", include_deleted=True),
            part_updated("updated", SLI, now - timedelta(hours=1), now),
            part_deleted("deleted", SLI, now - timedelta(hours=1), now),
        ]
    )
    assert org.calls == 1
    assert [row["Id"] for row in answers.page("interventions").records] == [kept]
    assert answers.page("with_deleted").total == 2
    assert answers.updated("updated").ids == (kept,)
    minute = now.replace(second=0, microsecond=0)
    assert answers.updated("updated").covered == minute
    stamp = (now - timedelta(minutes=5)).replace(microsecond=0)
    assert dict(answers.deleted("deleted").at) == {deleted: stamp}
    assert isinstance(answers["interventions"], Page)


def test_the_server_time_is_the_orgs_clock_less_the_time_the_answer_took(world: Any) -> None:
    org = world.door()
    users = [part_query("users", USERS)]
    org.sign_in()
    assert org.composite(users).server_time == datetime(2026, 11, 20, 17, 0, 30, tzinfo=UTC)
    handle = world.sandbox.handle

    def slowly(request: Any, now: datetime, rng: Any) -> Any:
        world.clock.advance(timedelta(seconds=7.2))
        return handle(request, world.clock.now(), rng)

    world.sandbox.handle = slowly
    # Answered at 17:00:37.9, dated 17:00:37; the question left 7.2 s earlier.
    assert org.composite(users).server_time == datetime(2026, 11, 20, 17, 0, 29, tzinfo=UTC)


def test_a_part_that_fails_spoils_no_other(world: Any) -> None:
    now = world.clock.now()
    answers = world.door().composite(
        [
            part_query("hidden", f"SELECT Id, Nowhere__c FROM {SLI}"),
            part_updated("no_object", "Nowhere__c", now - timedelta(hours=1), now),
            part_updated("no_span", SLI, now, now),
            part_query("users", USERS),
        ]
    )
    hidden, no_object, no_span = (answers[name] for name in ("hidden", "no_object", "no_span"))
    assert isinstance(hidden, Forbidden)
    assert "access to field Nowhere__c of Service_Level_Intervention__c" in hidden.hint
    assert isinstance(no_object, Forbidden)
    assert "object Nowhere__c" in str(no_object)
    assert isinstance(no_span, Rejected)
    assert no_span.code == "INVALID_REPLICATION_DATE"
    assert answers.page("users").total == 2
    with pytest.raises(Forbidden, match="hidden: INVALID_FIELD: No such column 'Nowhere__c'"):
        answers.page("hidden")


def test_too_many_parts_are_refused_before_anything_is_sent(world: Any) -> None:
    org = world.door()
    now = world.clock.now()
    updated = [part_updated(f"u{number}", SLI, now - timedelta(hours=1), now) for number in range(26)]
    queries = [part_query(f"q{number}", USERS) for number in range(6)]
    for parts, counts in ((updated, "26 and 0"), (queries, "6 and 6"), ([], "0 and 0")):
        with pytest.raises(Rejected, match=f"25 parts.*not {counts}"):
            org.composite(parts)
    with pytest.raises(Rejected, match="not so: q0"):
        org.composite([queries[0], queries[0]])
    with pytest.raises(Rejected, match="not so: a-b"):
        org.composite([part_query("a-b", USERS)])
    assert org.calls == 0
    assert org.composite(updated[:20] + queries[:5]).page("q4").total == 2


def test_values_arrive_as_they_were_meant(world: Any) -> None:
    record = world.intervention()
    due = world.clock.now().astimezone()
    fields = {"Incident_Date__c": date(2026, 11, 1), "Description__c": "späte Nachricht \U0001f600"}
    notice = {"Name": "N-1", "Key__c": "k1", "Intervention__c": record, "Due__c": due, "Reason__c": None}
    org = world.door()
    assert org.update(SLI, [{"Id": record, **fields}])[0].success
    created = org.create(NOTICE, [notice])[0]
    assert (created.success, created.created, created.error) == (True, True, None)
    sli = org.query(f"SELECT Incident_Date__c, Description__c FROM {SLI}").records[0]
    assert (sli["Incident_Date__c"], sli["Description__c"]) == ("2026-11-01", "späte Nachricht \U0001f600")
    row = org.query(f"SELECT Id, Due__c FROM {NOTICE} WHERE Key__c = 'k1'").records[0]
    assert (row["Id"], row["Due__c"]) == (created.id, "2026-11-20T17:00:30.000+0000")


def test_a_key_that_exists_is_a_duplicate_and_the_next_row_is_created(world: Any) -> None:
    org = world.door()
    org.create(NOTICE, [{"Name": "N-1", "Key__c": "k1"}])
    twice, fresh = org.create(NOTICE, [{"Name": "N-1", "Key__c": "k1"}, {"Name": "N-2", "Key__c": "k2"}])
    assert isinstance(twice.error, Rejected)
    assert (twice.id, twice.error.code, twice.error.retry) == ("", "DUPLICATE_VALUE", False)
    assert (fresh.success, fresh.created) == (True, True)


def test_row_errors_are_told_apart_by_their_code(world: Any) -> None:
    locked, deleted, refused, fine = (world.intervention() for _ in range(4))
    world.sandbox.delete(deleted, at=world.clock.now(), by=world.colleague)
    world.sandbox.faults.add(
        Fault.lock_row(locked),
        Fault.row_error(SLI, "FIELD_CUSTOM_VALIDATION_EXCEPTION", ids=frozenset({refused})),
    )
    ids = (locked, deleted, refused, fine, GONE_ID)
    rows = [{"Id": record_id, "Incident_Date__c": date(2026, 11, 1)} for record_id in ids]
    lock, gone, rule, saved, unknown = world.door().update(SLI, rows)
    assert isinstance(lock.error, Rejected)
    assert lock.error.retry
    assert isinstance(gone.error, Gone)
    assert isinstance(unknown.error, Gone)
    assert isinstance(rule.error, Rejected)
    assert not rule.error.retry
    assert f"{SLI} {refused}: FIELD_CUSTOM_VALIDATION_EXCEPTION" in str(rule.error)
    assert (saved.id, saved.success, saved.created) == (fine, True, False)


def test_writes_can_be_parts_of_a_composite_call(world: Any) -> None:
    twice, once = [{"Name": "N-1", "Key__c": "k1"}] * 2, [{"Name": "N-2", "Key__c": "k2"}]
    answers = world.door().composite([part_create("twice", NOTICE, twice), part_create("once", NOTICE, once)])
    assert [result.created for result in answers.rows("twice")] == [True, False]
    assert [result.created for result in answers.rows("once")] == [True]


def test_no_rows_need_no_call_and_201_rows_are_refused(world: Any) -> None:
    org = world.door()
    assert org.update(SLI, []) == []
    with pytest.raises(Rejected, match="200 records in a call, not 201"):
        org.create(NOTICE, [{"Name": "N", "Key__c": str(number)} for number in range(201)])
    assert org.calls == 0
    assert len(org.create(NOTICE, [{"Name": "N", "Key__c": str(number)} for number in range(200)])) == 200


PASSING = [
    Fault.unavailable(times=2, path="data"),
    Fault.unavailable_html(times=2, path="data"),
    Fault.dropped(times=2, path="data"),
    Fault.truncated(times=2, path="data"),
    Fault.slow(61, times=2, path="data"),
    Fault.concurrent_limit(times=2),
]


@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: fault.kind)
def test_a_read_outlasts_two_failures(world: Any, fault: Fault) -> None:
    world.sandbox.faults.add(fault)
    assert world.door().query(USERS).total == 2
    assert world.waits == [1.0, 2.0]


@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: fault.kind)
def test_a_composite_of_questions_outlasts_two_failures(world: Any, fault: Fault) -> None:
    world.sandbox.faults.add(fault)
    assert world.door().composite([part_query("users", USERS)]).page("users").total == 2


def test_a_read_is_given_up_after_three_attempts(world: Any) -> None:
    world.sandbox.faults.add(Fault.unavailable(times=3, path="data"))
    org = world.door()
    with pytest.raises(Unreachable, match="query: SERVER_UNAVAILABLE"):
        org.query(USERS)
    assert org.calls == 3
    assert org.query(USERS).total == 2


@pytest.mark.parametrize(
    "fault", [Fault.dropped, Fault.lost_answer, Fault.unavailable, Fault.concurrent_limit]
)
def test_a_write_is_never_sent_twice(world: Any, fault: Any) -> None:
    org = world.door()
    org.sign_in()
    notice = {"Name": "N-1", "Key__c": "k1"}
    for write in (
        lambda: org.create(NOTICE, [notice]),
        lambda: org.update(SLI, [{"Id": GONE_ID}]),
        lambda: org.composite([part_query("users", USERS), part_create("told", NOTICE, [notice])]),
    ):
        before = org.calls
        world.sandbox.faults.add(fault())
        with pytest.raises((Unreachable, LimitExceeded)):
            write()
        assert org.calls == before + 1
    assert world.waits == []


def test_the_daily_limit_is_not_met_with_more_calls(world: Any) -> None:
    world.sandbox.faults.add(Fault.daily_limit())
    org = world.door()
    with pytest.raises(LimitExceeded, match="TotalRequests") as caught:
        org.query(USERS)
    assert caught.value.daily
    assert org.calls == 1


def test_concurrent_requests_over_the_limit_pass(world: Any) -> None:
    world.sandbox.faults.add(Fault.concurrent_limit(times=3))
    with pytest.raises(LimitExceeded, match="ConcurrentRequests") as caught:
        world.door().query(USERS)
    assert not caught.value.daily


def test_nothing_is_asked_again_once_the_agent_is_to_end(world: Any) -> None:
    world.sandbox.faults.add(Fault.unavailable(times=3, path="data"))
    org = world.door(stop=lambda: True)
    with pytest.raises(Unreachable, match="SERVER_UNAVAILABLE"):
        org.query(USERS)
    assert (org.calls, world.waits) == (1, [])


def test_a_stop_during_the_wait_ends_the_attempts(world: Any) -> None:
    world.sandbox.faults.add(Fault.unavailable(times=3, path="data"))
    org = world.door(stop=lambda: bool(world.waits))
    with pytest.raises(Unreachable, match="is ending"):
        org.query(USERS)
    assert org.calls == 1


def test_waits_are_spread_by_the_random_source(world: Any) -> None:
    class Dice:
        def random(self) -> float:
            return 0.25

    world.sandbox.faults.add(Fault.unavailable(times=2, path="data"))
    world.door(rng=Dice()).query(USERS)
    assert world.waits == [0.75, 1.5]


def test_describe_tells_fields_and_names_an_object_that_is_not_there(world: Any) -> None:
    org = world.door()
    assert "Incident_Date__c" in {field["name"] for field in org.describe(SLI)["fields"]}
    assert SLI in {described["name"] for described in org.describe_global()["sobjects"]}
    with pytest.raises(Forbidden, match="shows no object Nowhere__c"):
        org.describe("Nowhere__c")


def test_the_api_budget_is_known_from_every_answer(world: Any) -> None:
    org = world.door()
    assert org.limit is None
    org.query(USERS)
    usage = org.limit
    assert usage is not None
    assert (usage.used, usage.maximum) == (1, 100_000)
    assert org.limits()["DailyApiRequests"]["Max"] == 100_000


def test_a_record_is_read_by_its_path_and_one_that_is_not_there_is_gone(world: Any) -> None:
    org = world.door()
    assert org.get(f"sobjects/{SLI}/{world.intervention(Name='B')}")["Name"] == "B"
    with pytest.raises(Gone):
        org.get(f"sobjects/{SLI}/{GONE_ID}")


def test_rounded_numbers_arrive_unchanged(world: Any) -> None:
    record = world.intervention()
    org = world.door()
    assert org.update(SLI, [{"Id": record, "Client_Handling_Score__c": Decimal("66.67")}])[0].success
    assert (
        org.query(f"SELECT Client_Handling_Score__c FROM {SLI}").records[0]["Client_Handling_Score__c"]
        == 66.67
    )
