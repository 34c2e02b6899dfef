"""The line of arithmetic comes to the score it explains, whatever the touch points are (D20, D30)."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.mapping.definitions import Definition, Method
from agent.quality.composite import composite, percent
from agent.quality.reckoning import activity_rates, reckoning
from agent.quality.touch_points import State, TouchPoint
from tests.quality.quality_cases import ALL, DAY_1, DAY_7, DAY_14, INTRODUCTION, definition, points_of, rules


def weighted(credit_late: bool = False) -> Definition:
    weights = dict(zip(ALL, (1, 2, 1, 5), strict=True))
    own = [rule.model_copy(update={"weight": weights[rule.activity]}) for rule in rules()]
    return definition(touch_points=own, credit_late=credit_late)


def some_points(client: str, states: list[State | None]) -> list[TouchPoint]:
    """One client's touch points in these states; None: there is none of the activity."""
    found = {p.activity: p for p in points_of(client)}
    given = zip(ALL, states, strict=True)
    return [replace(found[name], state=state, stands=state) for name, state in given if state is not None]


def worked_out(line: str) -> Fraction:
    """The first part of a line, `(2 x 3/4 + 1/2) / 3`, as anybody would work it out."""
    exact = re.sub(r"(\d+)/(\d+)", r"Fraction(\1, \2)", line.partition(" = ")[0])
    return Fraction(eval(exact.replace(" x ", " * "), {"Fraction": Fraction}))


states = st.lists(st.sampled_from([*State, None]), min_size=4, max_size=4)


@given(st.lists(states, max_size=6), st.sampled_from(Method), st.booleans())
def test_whoever_does_it_again_comes_to_the_same_figure(
    clients: list[list[State | None]], method: Method, credit_late: bool
) -> None:
    points = [p for n, given in enumerate(clients) for p in some_points(f"c{n}", given)]
    by = weighted(credit_late)
    exact = composite(points, by).figures.of(method)
    line = reckoning(points, by, method)
    if exact is None:
        assert line == ""
    else:
        assert worked_out(line) == exact
        assert line.endswith(f" = {percent(exact, 2)} %")


@pytest.mark.parametrize(
    ("method", "line"),
    [
        (Method.MEAN_OF_RATES, "(3/3 + 2/3 + 2/2 + 1/2) / 4 = 19/24 = 79.17 %"),
        (Method.OPPORTUNITY, "8/10 = 4/5 = 80.00 %"),
        (Method.PATIENT_AVERAGE, "(4/4 + 3/4 + 1/2) / 3 = 3/4 = 75.00 %"),
        (Method.ALL_OR_NONE, "1/3 = 33.33 %"),
    ],
)
def test_the_documents_three_clients_read_as_anybody_would_write_them(method: Method, line: str) -> None:
    met, missed = State.MET, State.MISSED
    points = [
        *some_points("a", [met] * 4),
        *some_points("b", [met, met, met, missed]),
        *some_points("c", [met, missed, None, None]),
    ]
    assert reckoning(points, definition(), method) == line


def test_clients_alike_share_a_term_and_weights_are_written_out() -> None:
    points = [p for n in range(9) for p in some_points(f"c{n}", [State.MET] * 4)]
    points += some_points("x", [State.MET, State.MISSED, None, None])
    assert reckoning(points, definition(), Method.PATIENT_AVERAGE) == "(9 x 4/4 + 1/2) / 10 = 19/20 = 95.00 %"
    line = reckoning(points, weighted(), Method.MEAN_OF_RATES)
    assert line == "(10/10 + 2 x 9/10 + 9/9 + 5 x 9/9) / 9 = 44/45 = 97.78 %"


def test_activities_follow_the_definition_and_those_it_dropped_come_last() -> None:
    points = some_points("a", [State.MET] * 4)
    shorter = definition(touch_points=[rule for rule in rules() if rule.activity != DAY_1])
    assert [r.activity for r in activity_rates(points, shorter)] == [INTRODUCTION, DAY_7, DAY_14, DAY_1]
