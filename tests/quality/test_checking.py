"""What an admin is told of definitions before they are scored (D25, D32)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from agent.mapping.definitions import Anchor, Definition, Definitions, Edge
from agent.quality.checking import Few, changed_since_approval, difference, few_due
from agent.quality.touch_points import State, TouchPoint
from tests.quality.quality_cases import ALL, DAY_14, INTRODUCTION, definition, points_of, rules

SURVEY = "survey"


def with_survey(since: date = date(2026, 6, 1), **traits: object) -> Definition:
    survey = rules()[-1].model_copy(update={"activity": SURVEY, "since": since})
    return definition(version="v2", first_month="2026-06", touch_points=[*rules(), survey], **traits)


def surveys(number: int, state: State = State.PENDING) -> list[TouchPoint]:
    [point] = [p for p in points_of("a") if p.activity == DAY_14]
    return [replace(point, client=f"c{n}", activity=SURVEY, state=state) for n in range(number)]


def found(points: Sequence[TouchPoint], *versions: Definition) -> list[Few]:
    return few_due({("005A", "2026-06"): points}, Definitions(definitions=list(versions)))


@pytest.mark.parametrize(("due", "named"), [(0, False), (1, True), (4, True), (5, False)])
def test_a_first_month_with_fewer_than_five_due_is_told_of_each_csm(due: int, named: bool) -> None:
    told = found(surveys(due), definition(), with_survey())
    assert told == ([Few("v2", SURVEY, "2026-06", "005A", due)] if named else [])


def test_what_is_due_counts_whether_it_was_done_or_not_and_what_is_excluded_never() -> None:
    each = [p for state in State for p in surveys(1, state)]
    assert [few.due for few in found(each, definition(), with_survey())] == [4]


def test_only_the_first_month_of_what_is_new_is_looked_at() -> None:
    few = [p for p in points_of("a") if p.activity in ALL]
    june = Definitions(definitions=[definition(), with_survey()])
    assert few_due({("005A", "2026-06"): few, ("005A", "2026-07"): surveys(1)}, june) == []
    assert {f.activity for f in few_due({("005A", "2026-02"): few}, june)} == set(ALL)


def test_a_touch_point_with_another_window_is_new() -> None:
    longer = rules()[0].model_copy(update={"opens": Edge(anchor=Anchor.FIRST_SHIFT_START, days=-20)})
    moved = definition(version="v2", first_month="2026-06", touch_points=[longer, *rules()[1:]])
    assert [few.activity for few in found(points_of("a"), definition(), moved)] == [INTRODUCTION]


def test_the_first_month_is_that_of_the_first_starts_of_care_it_applies_to() -> None:
    july = {("005A", "2026-07"): surveys(2)}
    by_since = Definitions(definitions=[definition(), with_survey(date(2026, 7, 1))])
    by_start = Definitions(definitions=[definition(), with_survey(starts_from=date(2026, 7, 1))])
    assert [few.month for known in (by_since, by_start) for few in few_due(july, known)] == ["2026-07"] * 2


def test_how_many_are_few_is_the_definitions_own() -> None:
    for low_volume, named in ((3, 0), (4, 1)):
        assert len(found(surveys(3), definition(), with_survey(low_volume=low_volume))) == named


def test_the_order_of_csms_changes_nothing() -> None:
    points = {(csm, "2026-06"): surveys(1) for csm in ("005B", "005A")}
    told = few_due(points, Definitions(definitions=[definition(), with_survey()]))
    assert [few.csm for few in told] == ["005A", "005B"]


def test_what_was_approved_stands_as_long_as_it_is_in_the_file_unchanged() -> None:
    known = Definitions(definitions=[definition(), with_survey()])
    assert changed_since_approval(known, {"v2026_02": definition().hash}) == []
    assert changed_since_approval(known, {}) == []


def test_an_approved_definition_that_changed_or_is_missing_is_named_with_the_mend() -> None:
    known = Definitions(definitions=[definition(credit_late=True)])
    told = changed_since_approval(known, {"v2026_02": definition().hash, "v1": "05f9"})
    assert told == [
        "Definition v1 was approved as 05f9 and is missing from touchpoints.toml; put it back as it was.",
        f"Definition v2026_02 was approved as {definition().hash}, touchpoints.toml now holds "
        f"{definition(credit_late=True).hash} under that name; put it back as it was, or add a new version below it.",
    ]


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [("79.17", "80", "-0.83"), ("80.00", "79.5", "0.50"), (None, "80", None), ("80", None, None)],
)
def test_the_difference_to_the_dashboard_is_in_percentage_points(
    ours: str | None, theirs: str | None, expected: str | None
) -> None:
    a, b, c = (None if text is None else Decimal(text) for text in (ours, theirs, expected))
    assert difference(a, b) == c
