"""plan check, confirm, approve: what nobody stands by yet is named, and what was approved never changes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from agent.cli import main
from agent.desk.decided import plans
from agent.desk.decided.word import Word
from agent.desk.state import database_path
from agent.errors import AgentError
from agent.instants import to_text
from agent.mapping import OrgMapping, load
from agent.model import DecisionKind
from agent.scoring.plans import broken_plans, broken_promises, unconfirmed
from agent.store import Store, decisions, mirror, scores
from tests.scoring import small_staff
from tests.scoring.month_cases import ANN, BEN, ORG, put_points, put_score
from tests.scoring.small_staff import ANA, MAPPING, staff

NOW = datetime(2026, 4, 10, 15, tzinfo=UTC)
SANDBOX = Path("mappings/sandbox")
Say = Callable[..., Result]
WHY = ("--as", ANN, "--reason", "as agreed in January")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = staff(database_path(tmp_path / "state"))
    yield opened
    opened.close()


def word(by: str = ANN) -> Word:
    return Word(by, "as agreed in January", NOW)


def changed(tmp_path: Path, file: str, *changes: tuple[str, str]) -> Path:
    """A copy of the sandbox's mapping in which these texts are replaced."""
    folder = tmp_path / f"mapping{len(list(tmp_path.iterdir()))}"
    shutil.copytree(SANDBOX, folder)
    text = (folder / file).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / file).write_text(text, encoding="utf-8")
    return folder


def lines(store: Store, mapping: OrgMapping = MAPPING) -> dict[str, list[str]]:
    """Verdict -> what is said with it."""
    found: dict[str, list[str]] = {"ok": [], "warning": [], "failed": []}
    for row in plans.check(store, mapping, NOW):
        found[row["verdict"]].append(row["text"])
    return found


def says(texts: list[str], part: str) -> bool:
    return any(part in text for text in texts)


def test_what_nobody_approved_or_confirmed_is_a_warning_each_until_somebody_does(store: Store) -> None:
    before = lines(store)
    assert before["failed"] == []
    for about in ("definition:2026-02", "csm:2026", "sales:2026"):
        assert says(before["warning"], f"{about}, from ")
        plans.approve(store, MAPPING, about, word())
    numbers = [f"D{n}" for n in (*range(20, 28), *range(40, 45))]
    for number in numbers:
        assert says(before["warning"], f"{number} (")
        plans.confirm(store, MAPPING, number.lower(), word(BEN))
    after = lines(store)
    assert not says(after["warning"], "Not confirmed")
    assert not says(after["warning"], "not approved")
    assert says(after["ok"], f"D44 (sales): confirmed by {BEN} on 2026-04-10.")
    assert says(after["ok"], f"approved by {ANN} on 2026-04-10.")
    assert unconfirmed(store, ORG, "csm") == unconfirmed(store, ORG, "sales") == []


def test_the_way_to_confirm_is_said_once_below_the_last_that_waits(store: Store) -> None:
    plans.confirm(store, MAPPING, "D44", word(BEN))
    rows = [row for row in plans.check(store, MAPPING, NOW) if row["area"] == "confirmed"]
    assert [row["verdict"] for row in rows] == ["ok", *["warning"] * 12]
    mends = [row["mend"] for row in rows]
    assert mends[:-1] == [""] * 12
    assert mends[-1] == "sli-agent plan confirm NUMBER --as EMAIL --reason TEXT, for each of them."


def test_an_org_without_a_sales_plan_is_not_asked_to_confirm_one(store: Store) -> None:
    assert MAPPING.incentive
    bare = MAPPING.model_copy(update={"incentive": MAPPING.incentive.model_copy(update={"sales": []})})
    warned = lines(store, bare)["warning"]
    assert says(warned, "D27 (csm)")
    assert not says(warned, "(sales)")


def test_a_changed_approved_version_is_refused_until_it_is_back_and_a_new_one_is_added(
    store: Store, tmp_path: Path
) -> None:
    plans.approve(store, MAPPING, "definition:2026-02", word())
    plans.approve(store, MAPPING, "csm:2026", word())
    other = load(changed(tmp_path, "touchpoints.toml", ("mean_of_rates", "opportunity")))
    [sentence] = broken_promises(store, other, ORG)
    assert "put it back as it was, or add a new version below it" in sentence
    assert lines(store, other)["failed"] == [sentence]
    with pytest.raises(AgentError, match=r"was approved as \w+; the file now holds"):
        plans.approve(store, other, "definition:2026-02", word(BEN))

    dearer = load(changed(tmp_path, "incentive.toml", ('pays = "150"', 'pays = "151"')))
    assert broken_promises(store, dearer, ORG) == []
    assert says(broken_plans(store, dearer, ORG), "The csm plan 2026 was approved as")
    assert says(lines(store, dearer)["failed"], "The csm plan 2026")

    renamed = load(changed(tmp_path, "touchpoints.toml", ('version = "2026-02"', 'version = "2026-3"')))
    assert says(broken_promises(store, renamed, ORG), "is missing from touchpoints.toml")

    june = SANDBOX.joinpath("touchpoints.toml").read_text(encoding="utf-8")
    more = june[june.index("[[definitions]]") :].replace("2026-02", "2026-06")
    longer = load(changed(tmp_path, "touchpoints.toml", (june, f"{june}\n{more}")))
    assert broken_promises(store, longer, ORG) == broken_plans(store, longer, ORG) == []
    assert broken_promises(store, MAPPING, ORG) == []


def test_the_same_file_spelled_otherwise_is_the_same_version(store: Store, tmp_path: Path) -> None:
    plans.approve(store, MAPPING, "definition:2026-02", word())
    respelled = load(
        changed(tmp_path, "touchpoints.toml", ("[[definitions]]", "# a remark\n\n[[definitions]]"))
    )
    assert broken_promises(store, respelled, ORG) == []


def test_the_first_approval_stands_whatever_another_agent_approved_later(store: Store) -> None:
    first = plans.approve(store, MAPPING, "definition:2026-02", word())
    later = replace(first, at=NOW + timedelta(days=1), data={"hash": "0ther"})
    with store.transaction():
        decisions.add(store, later, to_text(later.at))
    assert broken_promises(store, MAPPING, ORG) == []


def test_who_approves_is_listed_and_not_paid_by_the_plan(store: Store) -> None:
    assert MAPPING.incentive
    both = MAPPING.incentive.model_copy(update={"approvers": ["ana.ruiz@example.com", ANN]})
    own = MAPPING.model_copy(update={"incentive": both})
    for act, what in (
        (plans.confirm, "D20"),
        (plans.approve, "csm:2026"),
        (plans.approve, "definition:2026-02"),
    ):
        with pytest.raises(AgentError, match="not among the approvers"):
            act(store, MAPPING, what, word("bo.lind@example.com"))
        with pytest.raises(AgentError, match="is paid by that plan"):
            act(store, own, what, word("ana.ruiz@example.com"))
    plans.confirm(store, own, "D40", word("ana.ruiz@example.com"))  # She sells nothing.


@pytest.mark.parametrize(
    ("address", "number"), [("ana.admin@example.com", "0042"), ("ana.ruiz@example.com", "9942")]
)
def test_nobody_approves_their_own_plan_with_another_user_of_theirs(
    store: Store, address: str, number: str
) -> None:
    """One with the same employee number, or with the same address: who has two users is one person."""
    assert MAPPING.incentive
    listed = MAPPING.incentive.model_copy(update={"approvers": [address]})
    own = MAPPING.model_copy(update={"incentive": listed})
    second = small_staff.person("005000000000AN2AAA", "Ana R", address, number, title="Administrator")
    with store.transaction():
        mirror.save_references(store, [second])
    for act, what in ((plans.confirm, "D20"), (plans.approve, "csm:2026")):
        with pytest.raises(AgentError, match="is paid by that plan"):
            act(store, own, what, word(address))


def test_what_there_is_not_is_refused_with_what_there_is_and_nothing_is_said_twice(store: Store) -> None:
    with pytest.raises(AgentError, match="There are: D20, D21"):
        plans.confirm(store, MAPPING, "D28", word())
    with pytest.raises(AgentError, match="There are: definition:2026-02, csm:2026, sales:2026"):
        plans.approve(store, MAPPING, "csm:2025", word())
    plans.confirm(store, MAPPING, "D20", word())
    with pytest.raises(AgentError, match=f"{ANN} has confirmed D20 already"):
        plans.confirm(store, MAPPING, "D20", word(BEN))
    plans.approve(store, MAPPING, "csm:2026", word())
    with pytest.raises(AgentError, match=f"{ANN} has approved csm:2026 already"):
        plans.approve(store, MAPPING, "csm:2026", word(BEN))


def test_a_first_month_with_fewer_than_five_due_is_named_with_whose_it_is(store: Store) -> None:
    put_points(store, ["pending", "pending", "missed", "excluded"])
    with store.transaction():
        store.write("UPDATE touch_point SET month = '2026-02'")
    put_score(store)
    warned = [t for t in lines(store)["warning"] if "only" in t]
    assert len(warned) == 3
    assert (
        "introduction of definition 2026-02: only 1 due in 2026-02, its first month, from Ana Ruiz (0042)."
        in warned
    )
    with store.transaction():
        scores.drop_points(
            store, [(p["episode_id"], p["activity"]) for p in scores.points(store, "2026-02", ANA)]
        )
    assert says(lines(store)["ok"], "Nobody has too little due")


def test_a_missing_payout_table_is_named_and_the_sales_plan_is_worked_out(
    store: Store, tmp_path: Path
) -> None:
    text = SANDBOX.joinpath("incentive.toml").read_text(encoding="utf-8")
    table = text[text.index('table = { kind = "step"') : text.index("[csm.terms.client_hours]")]
    found = lines(store, load(changed(tmp_path, "incentive.toml", (table, ""))))
    assert says(found["warning"], "csm:2026 has no payout table for quality_starts: no pay is locked")
    assert says(lines(store)["ok"], "csm:2026 has a payout table for each metric.")
    assert says(found["ok"], "115 admissions pay for it, 11 a month")


def test_a_new_version_of_the_sales_plan_in_april_is_held_against_the_one_it_follows(
    store: Store, tmp_path: Path
) -> None:
    file = changed(tmp_path, "incentive.toml") / "incentive.toml"
    version = '[[sales]]\nversion = "2026b"\nfirst_month = "2026-04"\n[sales.terms.composite_client]\n'
    hours = 'weekly_hours = "15"\n'
    review = f"[sales_review]\non = 2026-03-20\n[sales_review.now]\n{hours}"
    file.write_text(f"{file.read_text(encoding='utf-8')}\n{version}{hours}{review}", encoding="utf-8")
    told = lines(store, load(file.parent))["warning"]
    assert says(told, "no January: the composite client changed very badly, which allows it (B8)")


@pytest.fixture
def say(store: Store) -> Say:
    """The verbs over that state, on a machine without credentials."""

    def say(*words: str, mappings: Path = SANDBOX) -> Result:
        environ = {"SLI_STATE_DIR": str(store.path.parent), "SLI_MAPPINGS": str(mappings)}
        return CliRunner().invoke(main, list(words), env=environ)

    return say


def test_the_verbs_answer_people_and_machines_and_fail_only_for_a_changed_approved_version(
    say: Say, tmp_path: Path
) -> None:
    confirmed = say("plan", "confirm", "D20", *WHY)
    assert confirmed.exit_code == 0, confirmed.output
    assert f"D20: confirmed by {ANN}." in confirmed.stdout
    approved = json.loads(say("plan", "approve", "definition:2026-02", *WHY, "--json").stdout)
    checked = say("plan", "check")
    assert checked.exit_code == 0, checked.output
    assert approved["hash"] in checked.stdout
    assert "Imports and pay lie in pay.db only" in checked.stdout

    other = changed(tmp_path, "touchpoints.toml", ("mean_of_rates", "opportunity"))
    failed = say("plan", "check", "--json", mappings=other)
    assert failed.exit_code == 1
    rows: list[dict[str, Any]] = json.loads(failed.stdout)
    [row] = [row for row in rows if row["verdict"] == "failed"]
    assert approved["hash"] in row["text"]


def test_the_decisions_are_kept_for_salesforce(say: Say, store: Store) -> None:
    say("plan", "confirm", "D20", *WHY)
    say("plan", "approve", "csm:2026", *WHY)
    kinds = store.rows("SELECT kind, about FROM decision WHERE record_id IS NULL ORDER BY kind")
    assert [tuple(row) for row in kinds] == [
        (DecisionKind.PLAN_APPROVED, "csm:2026"),
        (DecisionKind.PLAN_CONFIRMED, "plan:D20"),
    ]
