"""Titles of months gone by: the org keeps today's only, incentive.toml says the others, and the pay goes by them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from agent.desk.decided import plans as desk_plans
from agent.desk.decided.word import Word
from agent.desk.pay import statements
from agent.desk.pay.books import Books
from agent.desk.pay.statement_csv import as_csv
from agent.desk.pay.statement_page import as_html
from agent.errors import AgentError, ConfigurationError
from agent.incentive.what_if import Changes
from agent.mapping import OrgMapping, load
from agent.mapping.incentive import Position, position_in
from agent.scoring import plans
from agent.store import mirror
from tests.incentive.paid_people import MONTH, NOW, SAM, PaidPeople, lock
from tests.scoring import small_staff
from tests.scoring.small_staff import ANA, CLIENTS, MAPPING

CSM, REGIONAL, SELLER = "Client Success Manager", "Regional Client Success Manager", "Sales Representative"


@pytest.fixture
def people(tmp_path: Path) -> Iterator[PaidPeople]:
    made = PaidPeople(tmp_path)
    made.a_good_month()
    yield made
    made.close()


def position(
    title: str, first: str, last: str | None = None, person: str = "ana.ruiz@example.com"
) -> Position:
    return Position(person=person, title=title, first_month=first, last_month=last)


def mapping(*positions: Position) -> OrgMapping:
    assert MAPPING.incentive
    return MAPPING.model_copy(
        update={"incentive": MAPPING.incentive.model_copy(update={"position": [*positions]})}
    )


def now_is(people: PaidPeople, title: str) -> None:
    row = small_staff.person(ANA, "Ana Ruiz", "ana.ruiz@example.com", "0042", title=title)
    with people.store.transaction():
        mirror.save_references(people.store, [row])


def test_a_position_counts_from_its_first_month_through_its_last_or_until_the_next() -> None:
    held = [
        position("B", "2026-03"),
        position("A", "2025-12", "2026-01"),
        position("C", "2026-06", "2026-06"),
    ]
    months = ("2025-11", "2025-12", "2026-01", "2026-02", "2026-03", "2026-05", "2026-06", "2026-07")
    found = [position_in(held, month) for month in months]
    assert [one and one.title for one in found] == [None, "A", "A", None, "B", "B", "C", None]


def test_whoever_was_promoted_since_is_paid_for_the_open_month_as_what_they_were(people: PaidPeople) -> None:
    before = statements.statement_of(people.books(), ANA, MONTH)
    now_is(people, REGIONAL)
    with pytest.raises(AgentError, match=r"say so with a \[\[position\]\] in incentive.toml"):
        statements.statement_of(people.books(), ANA, MONTH)
    told = mapping(position(CSM.lower(), "2026-02", MONTH, person="0042"))
    found = statements.statement_of(people.books(told), ANA, MONTH)
    assert (found.total, found.held, found.lines) == (before.total, (), before.lines)
    assert before.paid_as == f"{CSM}, the title in Salesforce"
    assert found.paid_as == f"{CSM.lower()}, the position of incentive.toml, 2026-02 to {MONTH}"
    with pytest.raises(AgentError, match=r"No plan of 2026-04 pays .*Regional.* \(the title in Salesforce\)"):
        statements.statement_of(people.books(told), ANA, "2026-04")


def test_what_comes_to_light_about_a_locked_month_is_proposed_to_whoever_was_promoted_since(
    people: PaidPeople,
) -> None:
    lock(people, statements.statement_of(people.books(), ANA, MONTH))
    now_is(people, REGIONAL)
    people.hours_every_day(CLIENTS[2], MONTH, "1")
    told = mapping(position(CSM, "2026-02", MONTH))
    found = [statements.shown(people.books(known), ANA, MONTH).later for known in (MAPPING, told)]
    assert [later and later.amount for later in found] == [None, Decimal("100.00")]


def test_whoever_came_later_is_not_paid_for_the_months_before(people: PaidPeople) -> None:
    told = mapping(position("Scheduler", "2026-01", MONTH, person=ANA[:15]))
    with pytest.raises(
        AgentError, match=rf"'Scheduler' \(the position of incentive.toml, 2026-01 to {MONTH}\)"
    ):
        statements.statement_of(people.books(told), ANA, MONTH)


def test_every_form_of_a_statement_says_by_which_title_and_who_says_so(people: PaidPeople) -> None:
    books = people.books(mapping(position(CSM, "2026-02")))
    said = f"{CSM}, the position of incentive.toml, 2026-02 on"
    shown = statements.shown(books, ANA, MONTH)
    assert f"Paid as {said}." in as_html(shown)
    assert f',,,,,,,,,,,,"{said}"\r\n' in as_csv(shown)
    assert statements.plain(shown)["statement"]["paid_as"] == said
    assert statements.what_if(books, ANA, MONTH, Changes(starts=1)).statement.paid_as == said


def test_months_that_somebody_was_no_representative_are_no_months_of_the_years_bonus(
    people: PaidPeople,
) -> None:
    for month in (f"2026-{n:02}" for n in range(1, 13)):
        for n in range(11):
            people.line("admissions", CLIENTS[n], f"{month}-{n + 1:02}", "20", person_id=SAM)
    december = datetime(2027, 1, 9, tzinfo=UTC)
    told = mapping(position("Coordinator", "2026-01", "2026-04", person="sam@example.com"))
    [whole, part] = [
        statements.statement_of(people.books(known, december), SAM, "2026-12").lines[1]
        for known in (MAPPING, told)
    ]
    assert (whole.pays, part.pays, part.result) == (Decimal(5_000), None, "8 of 12 months at goal")


@pytest.mark.parametrize(
    ("positions", "why"),
    [
        (
            (position(CSM, "2026-01", person="anna.ruiz@example.com"),),
            "incentive.toml: position.0.person: Nobody called 'anna.ruiz@example.com' is known.",
        ),
        (
            (position(CSM, "2026-01"), position(REGIONAL, "2026-01", "2026-02", person="0042")),
            "incentive.toml: position: ana.ruiz@example.com: the positions of 2026-01 on",
        ),
    ],
)
def test_a_position_of_nobody_and_two_of_one_month_hold_all_pay_and_are_told_by_plan_check(
    people: PaidPeople, positions: tuple[Position, ...], why: str
) -> None:
    told = mapping(*positions)
    [held] = statements.statement_of(people.books(told), small_staff.BO, MONTH).held[-1:]
    assert held.startswith(why)
    [line] = [line for line in desk_plans.check(people.store, told, NOW) if line["area"] == "positions"]
    assert (line["verdict"], line["text"]) == ("failed", held)
    now_is(people, REGIONAL)
    with pytest.raises(AgentError) as refused:
        statements.statement_of(
            people.books(mapping(positions[0].model_copy(update={"person": "nobody"}))), ANA, MONTH
        )
    assert "position.0.person: Nobody called 'nobody'" in str(refused.value)


def test_who_was_paid_by_a_plan_does_not_approve_it_after_a_promotion(people: PaidPeople) -> None:
    now_is(people, REGIONAL)
    assert MAPPING.incentive
    told = mapping(position(CSM, "2026-01", MONTH))
    assert told.incentive
    approvers = [*told.incentive.approvers, "ana.ruiz@example.com"]
    told = told.model_copy(update={"incentive": told.incentive.model_copy(update={"approvers": approvers})})
    with pytest.raises(AgentError, match="is paid by that plan"):
        desk_plans.approve(people.store, told, "csm:2026", Word("ana.ruiz@example.com", "so", NOW))


def test_no_approved_plan_changes_by_a_position(people: PaidPeople) -> None:
    told = mapping(position(CSM, "2026-01"))
    assert plans.versions(told) == plans.versions(MAPPING)
    assert not Books(people.store, people.pay, told, NOW).unsettled(plans.CSM, MONTH)


def test_every_mistake_in_the_positions_is_told_at_once(tmp_path: Path) -> None:
    folder = Path(shutil.copytree("mappings/sandbox", tmp_path / "org"))
    with (folder / "incentive.toml").open("a", encoding="utf-8") as file:
        file.write(
            """
[[position]]
person = " "
title = "Client Success Manager"
first_month = "2026-13"

[[position]]
person = "0042"
title = "Scheduler"
first_month = "2026-05"
last_month = "2026-04"
until = "2026-06"

[[position]]
person = "0043"
first_month = "2026-05"
"""
        )
    with pytest.raises(ConfigurationError) as caught:
        load(folder)
    found = "\n".join(caught.value.problems)
    for expected in (
        "incentive.toml: position.0.person: ",
        "incentive.toml: position.0.first_month: ",
        "incentive.toml: position.1.until: unknown key",
        "incentive.toml: position.2.title: missing",
    ):
        assert expected in found


@pytest.mark.parametrize(
    ("months", "why"),
    [
        ([("2026-05", "2026-04")], "last_month 2026-04 lies before first_month 2026-05"),
        ([("2026-01", "2026-05"), ("2026-05", None)], "2026-01 to 2026-05 (A) and 2026-05 on (B) overlap"),
        ([("2026-05", None), ("2026-05", "2026-06")], "2026-05 on (A) and 2026-05 to 2026-06 (B) overlap"),
        ([("2026-05", None), ("2026-01", "2026-09")], "2026-01 to 2026-09 (B) and 2026-05 on (A) overlap"),
    ],
)
def test_positions_of_one_person_that_overlap_or_run_backwards_are_refused(
    tmp_path: Path, months: list[tuple[str, str | None]], why: str
) -> None:
    folder = Path(shutil.copytree("mappings/sandbox", tmp_path / "org"))
    with (folder / "incentive.toml").open("a", encoding="utf-8") as file:
        for n, (first, last) in enumerate(months):
            person = ("ana.ruiz@example.com", "Ana.Ruiz@example.com")[n]
            file.write(f'\n[[position]]\nperson = "{person}"\ntitle = "{"AB"[n]}"\nfirst_month = "{first}"\n')
            file.write(f'last_month = "{last}"\n' if last else "")
    with pytest.raises(ConfigurationError) as caught:
        load(folder)
    [problem] = caught.value.problems
    assert problem.startswith("incentive.toml: position")
    assert why in problem
