"""Whatever happens in the org and to the agent: nothing is concluded without proof, and in the end both agree."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from agent.clock import SetClock
from agent.sandbox.faults import Fault
from agent.sandbox.mail_sink import MailSink
from agent.sandbox.world import populate
from agent.sync import backfill, poll
from tests.company import NOW, Company
from tests.sync.agreement import COMMENT, FEED, FORMULA, differences
from tests.sync.random_org import HIDEABLE, TASK, RandomOrg
from tests.sync.watching import MINUTE, SLI, lines, silence

which = st.integers(0, 999)
hard = st.booleans()
late = st.sampled_from([0, 0, 0, 5, 60, 300, 590, 900, 1500])
in_time = st.sampled_from([0, 0, 5, 60, 300, 590])
"""Reference data and activities: nothing tells of their transactions that run longer."""
texts = st.sampled_from(
    ["We called.", "<p>A replacement starts tomorrow.</p>", "TBD", "They are happy now. 😀"]
)
colours = st.sampled_from(["Green", "Yellow", "Orange", "Red"])
days = st.integers(-40, 40).map(lambda n: NOW.date() + timedelta(days=n))
people = st.sampled_from(["admin", "rd/Nebraska", "agent"])
values = st.fixed_dictionaries(
    {},
    optional={
        "Client_Status__c": colours,
        "Referral_Status__c": colours | st.none(),
        "Client_Intervention_Plan__c": texts,
        "Referral_Intervention_Plan__c": texts | st.none(),
        "Incident_Date__c": days | st.none(),
        "Client_Exception_Until__c": days | st.none(),
        "Client_Plan_State__c": st.just("Somebody's own word"),
        "Description__c": texts,
    },
)
spans = st.sampled_from([1, 20, 60, 300, 660, 3600, 4 * 3600, 26 * 3600, 3 * 86400]).map(
    lambda seconds: timedelta(seconds=seconds)
)
times = st.integers(1, 4)
faults = st.one_of(
    st.builds(Fault.expired_token, times),
    st.builds(Fault.unavailable, times),
    st.builds(Fault.unavailable_html, times),
    st.builds(Fault.dropped, times),
    st.builds(Fault.lost_answer, times),
    st.builds(Fault.truncated, times),
    st.builds(Fault.slow, st.just(90), times),
    st.builds(Fault.concurrent_limit, times),
    st.builds(Fault.daily_limit, times),
    st.builds(Fault.covered_lag, st.sampled_from([60, 3600])),
)
"""But getDeleted always answers: without it nothing tells of transactions that run longer than ten minutes."""


def found(root: Any, sink: MailSink) -> Company:
    company = Company(populate(NOW, size=55, seed_number=7), SetClock(NOW), sink, root)
    silence(company)
    return company


class Moves(RuleBasedStateMachine):
    """Each rule is a move; hypothesis plays them in any order."""

    def __init__(self, company: Company) -> None:
        super().__init__()
        self.random = RandomOrg(company)

    @initialize(loaded=st.booleans())
    def begin(self, loaded: bool) -> None:
        if loaded:
            self.random.wait(MINUTE)

    @rule(values=values, late=late)
    def somebody_submits_an_sli(self, values: dict[str, Any], late: int) -> None:
        self.random.create(values, late)

    @rule(which=which, values=values, late=late, by=people)
    def somebody_edits_an_sli(self, which: int, values: dict[str, Any], late: int, by: str) -> None:
        self.random.edit(SLI, which, values, late, by)

    @rule(each=st.integers(1, 7), values=values, late=late)
    def many_slis_are_edited_at_once(self, each: int, values: dict[str, Any], late: int) -> None:
        self.random.edit_many(each, values, late)

    @rule(object=st.sampled_from([SLI, FEED, COMMENT]), which=which, hard=hard)
    def something_is_deleted(self, object: str, which: int, hard: bool) -> None:
        self.random.delete(object, which, hard=hard)

    @rule(object=st.sampled_from([SLI, FEED, COMMENT, TASK]), which=which)
    def something_is_taken_out_of_the_recycle_bin(self, object: str, which: int) -> None:
        self.random.undelete(object, which)

    @rule(which=which, text=texts, late=late)
    def somebody_posts(self, which: int, text: str, late: int) -> None:
        self.random.post(which, text, late)

    @rule(which=which, text=texts, late=late)
    def somebody_comments(self, which: int, text: str, late: int) -> None:
        self.random.comment(which, text, late)

    @rule(which=which, text=texts, late=late)
    def a_comment_is_edited(self, which: int, text: str, late: int) -> None:
        self.random.edit(COMMENT, which, {"CommentBody": text}, late)

    @rule(which=which, text=texts, late=in_time)
    def an_activity_is_logged(self, which: int, text: str, late: int) -> None:
        self.random.do(which, text, late)

    @rule(which=which, text=texts, late=in_time)
    def an_activity_is_edited(self, which: int, text: str, late: int) -> None:
        self.random.edit(TASK, which, {"Subject": text}, late)

    @rule(which=which)
    def an_activity_is_deleted(self, which: int) -> None:
        self.random.delete(TASK, which, hard=False)

    @rule(
        change=st.sampled_from(
            [
                ("Office__c", {"Time_Zone__c": "America/Denver"}),
                ("Account", {"Name": "Another Account"}),
                ("User", {"Email": "another@example.com"}),
                ("Region__c", {"Name": "Another Region"}),
                ("Client__c", {"Name": "Another Client"}),
            ]
        ),
        which=which,
        late=in_time,
    )
    def reference_data_change(self, change: tuple[str, dict[str, Any]], which: int, late: int) -> None:
        self.random.edit(change[0], which, change[1], late)

    @rule(each=st.integers(1, 5), value=texts)
    def a_formula_shows_something_else(self, each: int, value: str) -> None:
        self.random.recompute(each, value)

    @rule(which=which, each=st.sampled_from([0, 0, 2, 5, 20]))
    def sharing_is_lost(self, which: int, each: int) -> None:
        self.random.unshare(which, each)

    @rule()
    def sharing_is_restored(self) -> None:
        self.random.share()

    @rule(field=st.sampled_from(HIDEABLE))
    def a_field_is_hidden(self, field: tuple[str, str]) -> None:
        self.random.hide(field)

    @rule()
    def hidden_fields_are_shown_again(self) -> None:
        self.random.show()

    @rule(
        field=st.sampled_from(sorted(f for object, f in HIDEABLE if object == SLI and f != FORMULA)),
        type=st.sampled_from(["string", "picklist", "textarea"]),
    )
    def a_field_changes_its_type(self, field: str, type: str) -> None:
        self.random.retype(field, type)

    @rule(fault=faults)
    def something_fails(self, fault: Fault) -> None:
        self.random.fail(fault)

    @rule(transactions=st.integers(1, 12))
    def the_agent_is_killed(self, transactions: int) -> None:
        self.random.kill(transactions)

    @rule()
    def the_agent_loses_its_disk(self) -> None:
        self.random.lose_disk()

    @rule(span=spans)
    def time_passes(self, span: timedelta) -> None:
        self.random.wait(span)

    @rule(minutes=st.integers(2, 15))
    def the_agent_polls_for_a_while(self, minutes: int) -> None:
        for _ in range(minutes):
            self.random.wait(MINUTE)

    @invariant()
    def nothing_is_concluded_from_not_being_seen(self) -> None:
        assert self.random.unproven() == []
        assert self.random.blanked() == []

    def teardown(self) -> None:
        try:
            if sys.exception() is None:
                self.random.heal()
                agree_once_it_is_quiet(self.random)
        finally:
            self.random.close()


def agree_once_it_is_quiet(random: RandomOrg) -> None:
    """Mirror and org agree after a quiet day, and the polls that follow are as quiet."""
    random.wait_for_a_comparison()
    assert differences(random.company, random.agent) == []
    assert random.unproven() == []
    said, calls = _read(random), []
    for _ in range(5):
        before = random.agent.work.org.calls
        random.wait(MINUTE)
        calls.append(random.agent.work.org.calls - before)
    assert _read(random) == said
    # A deadline, or an hourly look, may fall into one of them.
    assert calls.count(1) >= 4


def _read(random: RandomOrg) -> list[str]:
    return [
        line
        for line in lines(random.agent, "change")
        if line in ("seen for the first time", "changed in Salesforce")
    ]


def test_a_random_org_and_its_mirror_agree_once_it_is_quiet(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poll, "PAGE", 50)
    monkeypatch.setattr(backfill, "MANY", 100)
    with MailSink() as sink:
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            lambda: Moves(found(tmp_path_factory.mktemp("org"), sink)),
            settings=settings(
                max_examples=max(1, settings().max_examples // 8),
                stateful_step_count=40,
                suppress_health_check=list(HealthCheck),
            ),
        )
