"""`audit`: who was told what, when, why and what the server said; and decisions that do not follow are found."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner, Result

from agent.cli import main
from agent.clock import SetClock
from agent.mapping import ROLES
from agent.model import Rule
from agent.ports import MailReply, MailVerdict
from agent.sandbox.mail_sink import MailSink
from agent.sandbox.world import ADMIN, populate
from tests.company import NOW, Company


class Kept(NamedTuple):
    """A company some days on, and the state its agent keeps."""

    company: Company
    state: Path
    refused: str
    """The address of a submitter whose mailbox the server refuses."""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    seeded = populate(NOW, size=60, seed_number=7)
    with MailSink() as sink:
        company = Company(seeded, SetClock(NOW), sink, tmp_path_factory.mktemp("company"))
        record_id = seeded["plan_missing_both"]
        [late] = [r for r in company.rows("Service_Level_Intervention__c") if r["Id"] == record_id]
        [submitter] = [u for u in company.rows("User") if u["Id"] == late["CreatedById"]]
        sink.refuse(submitter["Email"])
        with company.agent() as agent:
            for _ in range(5):
                agent.run_pass(company.clock)
                company.later(timedelta(hours=18))
        yield Kept(company, company.root / "one", submitter["Email"])


def ask(state: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["audit", *words, "--state-dir", str(state)])


def audited(state: Path, which: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ask(state, which, "--json").stdout)
    return found


def notice(state: Path, which: str, rule: Rule) -> dict[str, Any]:
    [found] = [each for each in audited(state, which)["notices"] if each["rule"] == rule.value]
    return found


def test_an_alert_tells_its_decision_its_claim_each_role_and_each_reply(kept: Kept) -> None:
    late = notice(kept.state, kept.company.seeded["plan_missing_both"], Rule.PLAN_24H)
    assert late["state"] == "told"
    assert late["decided"]["reason"] == "due_passed"
    assert set(late["decided"]["inputs"]) == {"client", "referral"}
    assert late["claimed_here"]
    assert late["record_id"] in {row["Id"] for row in kept.company.rows("SLI_Agent_Notice__c")}
    assert [role["role"] for role in late["roles"]] == list(ROLES)
    for role in late["roles"]:
        assert role["outcome"] in {"told", "no_address", "inactive", "missing"}
        assert role["address"]
    replies = {d["address"]: (d["state"], d["reply"]) for d in late["deliveries"]}
    assert replies[kept.refused] == ("dead", "550 No such mailbox here")
    others = {reply for address, reply in replies.items() if address != kept.refused}
    assert others == {("sent", "250 Kept")}
    assert late["due"][-6] in "+-"  # the office's clock: an offset, not Z


def test_a_refused_role_names_who_heard_it_instead(kept: Kept) -> None:
    late = notice(kept.state, kept.company.seeded["plan_missing_both"], Rule.PLAN_24H)
    [submitter] = [role for role in late["roles"] if role["role"] == "submitter"]
    assert (submitter["address"], submitter["in_its_place"]) == (kept.refused, [ADMIN])
    assert [role["in_its_place"] for role in late["roles"] if role["address"] != kept.refused] == [[]] * 6


def test_the_words_say_the_same(kept: Kept) -> None:
    text = ask(kept.state, kept.company.seeded["plan_missing_both"]).stdout
    for part in (
        "24-hour alert for client and referral, due ",
        ": Not done, and the time has run out.",
        "by this agent (",
        f"reachable: {kept.refused}, refused; {ADMIN} instead",
        "the server said: 550 No such mailbox here",
        "the server said: 250 Kept",
    ):
        assert part in text


def test_no_audit_names_a_client(kept: Kept) -> None:
    records = kept.company.rows("Service_Level_Intervention__c")
    names = {row["Name"] for row in [*records, *kept.company.rows("Client__c")]}
    told = "".join(
        ask(kept.state, row["Id"]).stdout + ask(kept.state, row["Id"], "--json").stdout
        for row in records[:20]
    )
    assert len(told) > 20_000
    assert [name for name in names if name in told] == []


def test_after_a_lost_disk_salesforce_still_tells_who_heard_it(kept: Kept) -> None:
    company, which = kept.company, kept.company.seeded["plan_missing_both"]
    with company.agent("second life") as agent:
        agent.run_pass(company.clock)
    before, after = (
        notice(root, which, Rule.PLAN_24H) for root in (kept.state, company.root / "second life")
    )
    assert after["decided"] is None
    assert not after["claimed_here"]
    assert after["roles"] == before["roles"]
    for name in ("address", "state", "reply", "at", "roles", "fallback_for"):
        assert [d[name] for d in after["deliveries"]] == [d[name] for d in before["deliveries"]]
    text = ask(company.root / "second life", which).stdout
    assert "another agent, or an earlier life of this one" in text


def test_what_nobody_was_told_is_there_with_the_reason(company: Company) -> None:
    company.remap(('[alerts.submission]\nmode = "live"', '[alerts.submission]\nmode = "shadow"'))
    state = company.root / "one"
    late = company.seeded["plan_missing_client"]
    with company.agent() as agent:
        agent.work.mail.send = hold_back  # type: ignore[method-assign]
        agent.run_pass(company.clock)
        company.save(
            late, Client_Intervention_Plan__c="<p>A replacement starts tomorrow; we call on Friday.</p>"
        )
        company.later(timedelta(minutes=90))
        agent.run_pass(company.clock)

    suppressed = notice(state, late, Rule.PLAN_24H)
    assert suppressed["state"] == "suppressed"
    assert suppressed["reason"].startswith("client met")
    assert suppressed["decided"]["reason"] == "due_passed"
    assert suppressed["checked"]["milestones"]
    assert f"why it stands so  {suppressed['reason']}" in ask(state, late).stdout
    assert ask(state, late, "--verify").exit_code == 0
    with sqlite3.connect(state / "sli-agent.db") as connection:
        connection.execute(
            "UPDATE notice SET reason = 'nobody minds' WHERE reason = ?", (suppressed["reason"],)
        )
    connection.close()
    refuted = ask(state, late, "--verify")
    assert refuted.exit_code == 1
    assert f"why it was not told: stored nobody minds, recomputed {suppressed['reason']}" in refuted.stdout

    new = next(
        n
        for row in company.rows("Service_Level_Intervention__c")
        for n in audited(state, row["Id"])["notices"]
        if n["rule"] == "submission"
    )
    assert (new["state"], new["deliveries"]) == ("shadow", [])
    assert all(role["address"] for role in new["roles"] if role["outcome"] == "told")


def hold_back(_sender: str, _address: str, _message: bytes) -> MailReply:
    return MailReply(MailVerdict.DEFERRED, "the mail server is away")


def test_an_unknown_sli_and_no_sli_say_what_to_give(kept: Kept) -> None:
    unknown = ask(kept.state, "SLI-99999")
    assert unknown.exit_code == 1
    assert "sli-agent interventions" in unknown.stderr
    assert ask(kept.state).exit_code == 2


def test_every_decision_of_some_days_holds(kept: Kept) -> None:
    done = ask(kept.state, "--verify", "--json")
    found = json.loads(done.stdout)
    assert done.exit_code == 0
    assert found["differences"] == []
    assert found["checked"]["milestones"] > 100
    assert found["checked"]["notices"] > found["key_only"] + 40
    assert found["checked"]["scores"] > 50
    assert "Every decision holds." in ask(kept.state, "--verify").stdout


TAMPERED = {
    "a milestone's state": ("UPDATE milestone SET state = 'met' WHERE {late} AND kind = 'plan'", "state"),
    "a milestone's reason": (
        "UPDATE milestone SET reason = 'done_in_time' WHERE {late} AND kind = 'plan'",
        "reason",
    ),
    "a milestone's due time": (
        "UPDATE milestone SET due = '2030-01-01T00:00:00Z' WHERE {late} AND kind = 'plan'",
        "due",
    ),
    "a milestone's inputs": (
        "UPDATE milestone SET inputs = json_set(inputs, '$.plan_hours', 240) WHERE {late} AND kind = 'plan'",
        "due",
    ),
    "inputs that are no JSON": ("UPDATE milestone SET inputs = 'x' WHERE {late} AND kind = 'plan'", "row"),
    "a state nobody knows": ("UPDATE milestone SET state = 'fine' WHERE {late} AND kind = 'plan'", "row"),
    "a notice's due time": (
        "UPDATE notice SET due = '2026-11-01T00:00:00Z' WHERE {late} AND rule = 'plan_24h'",
        "key",
    ),
    "a notice's reason": (
        "UPDATE notice SET decided_for = 'submitted' WHERE {late} AND rule = 'plan_24h'",
        "decision",
    ),
    "a notice's inputs": (
        "UPDATE notice SET inputs = json_set(inputs, '$.client.plan_hours', 25, '$.referral.plan_hours', 25)"
        " WHERE {late} AND rule = 'plan_24h'",
        "decision",
    ),
    "a notice's record": ("UPDATE notice SET topic = 'x' WHERE {late} AND rule = 'submission'", "key"),
    "a score": ("UPDATE handling SET score = 99.5 WHERE {late}", "score"),
    "a check": (
        "UPDATE handling SET checks = json_set(checks, '$[0].passed', json('true')) WHERE {late}",
        "score",
    ),
}


@pytest.mark.parametrize("what", list(TAMPERED))
def test_what_somebody_changed_in_the_state_is_found_and_named(kept: Kept, tmp_path: Path, what: str) -> None:
    sql, named = TAMPERED[what]
    record_id = kept.company.seeded["plan_missing_both"]
    state = tmp_path / "copy"
    shutil.copytree(kept.state, state)
    with sqlite3.connect(state / "sli-agent.db") as connection:
        changed = connection.execute(sql.format(late="intervention_id = :id"), {"id": record_id}).rowcount
    connection.close()
    assert changed >= 1

    done = ask(state, "--verify", "--json")
    found = json.loads(done.stdout)["differences"]
    assert done.exit_code == 1
    assert named in {difference["what"] for difference in found}
    assert {difference["id"] for difference in found} == {record_id}
    assert "SLI-" in found[0]["number"]

    alone = ask(state, record_id, "--verify")
    assert alone.exit_code == 1
    assert "Not all decisions hold." in alone.stdout
    other = kept.company.seeded["client_only"]
    assert ask(state, other, "--verify").exit_code == 0
