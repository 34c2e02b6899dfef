"""A thousand random months: the agent's touch points and scores agree with the naive ones in SQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from random import Random
from typing import Any, NamedTuple

import pytest

from agent.instants import to_text
from agent.mapping import OrgMapping
from agent.mapping.definitions import Method
from agent.model import DecisionKind, HumanDecision
from agent.store import Store, care, decisions, mirror, scores, to_json
from tests.acceptance.naive_scores import METHODS, Naive, Terms
from tests.scoring.cared_for import ALL, CHECK_INS, INTRODUCTION, score, workshop
from tests.scoring.small_staff import MAPPING, reference

CSMS = [f"00500000000{n:04}AAA" for n in range(44)]
EPISODES = 3_300
FROM, UNTIL = datetime(2026, 2, 2, tzinfo=UTC), datetime(2028, 2, 20, tzinfo=UTC)
THROUGH = datetime(2028, 2, 25, 12, tzinfo=UTC)
"""The last windows have not closed then."""
WITHIN = {
    INTRODUCTION: (-300, 2),
    CHECK_INS[0]: (1, 23),
    CHECK_INS[1]: (25, 7 * 24),
    CHECK_INS[2]: (200, 336),
}
"""Hours from the first shift between which a contact is in time, whatever the time of day."""


def mapping() -> OrgMapping:
    """The sandbox's definition, and from 2027 on the same touch points with weights and late credit."""
    terms = MAPPING.touch_points
    assert terms
    [before] = terms.definitions
    rules = [
        rule.model_copy(update={"weight": n})
        for rule, n in zip(before.touch_points, (2, 1, 1, 3), strict=True)
    ]
    changes = {"version": "2027", "first_month": "2027-01", "credit_late": True, "touch_points": rules}
    after = before.model_copy(update={**changes, "method": Method.PATIENT_AVERAGE})
    definitions = terms.model_copy(update={"definitions": [before, after]})
    return MAPPING.model_copy(update={"touch_points": definitions})


class Evidence:
    """Random starts of care, who had the clients, and what was done for them. Contacts lie on no edge of a window."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.episodes: list[dict[str, Any]] = []
        self.assignments: list[tuple[Any, ...]] = []
        self.contacts: list[tuple[Any, ...]] = []
        for n in range(EPISODES):
            self._client(n, f"a03{n:012}AAA")

    def _client(self, n: int, client: str) -> None:
        rng = self.rng
        start = FROM + timedelta(minutes=rng.randrange(int((UNTIL - FROM) / timedelta(minutes=1))))
        csm, other = rng.sample(CSMS, 2)
        never, transferred = rng.random() < 0.03, rng.random() < 0.15
        leaves = start + timedelta(hours=rng.randrange(2, 500)) if rng.random() < 0.15 else None
        row = {
            "id": f"a08{n:012}AAA",
            "client_id": client,
            "office_id": "a01UTC",
            "first_shift_start": None if never else to_text(start),
            "first_shift_end": None if never else to_text(start + timedelta(hours=3)),
            "expected_start": to_text(start),
            "ended_at": to_text(leaves),
            "duplicate_of": "a08000000000000AAA" if rng.random() < 0.02 else None,
            "deleted": int(rng.random() < 0.02),
            "hash": str(n),
        }
        self.episodes.append(row)
        moved = start + timedelta(hours=rng.randrange(-50, 400))
        since, before, now = (moved, csm, other) if transferred else (start - timedelta(days=90), None, csm)
        now = None if rng.random() < 0.01 else now
        self.assignments.append((f"h{n}", client, now, before, to_text(since), "", 0))
        self._contacts(client, start, csm, other)

    def _contacts(self, client: str, start: datetime, csm: str, other: str) -> None:
        rng = self.rng
        for activity in ALL:
            if rng.random() < 0.8:
                self._contact(client, csm if rng.random() < 0.9 else other, start, WITHIN[activity], activity)
        for _ in range(rng.choice((0, 0, 0, 1, 2, 4))):
            self._contact(client, rng.choice((csm, csm, other)), start, (-400, 900), rng.choice(ALL))

    def _contact(self, client: str, by: str, start: datetime, hours: tuple[int, int], activity: str) -> None:
        at = start + timedelta(
            hours=self.rng.randrange(*hours), minutes=self.rng.randrange(1, 59), seconds=17
        )
        serves = [INTRODUCTION] if activity == INTRODUCTION else list(CHECK_INS)
        self.contacts.append((f"c{len(self.contacts):06}", client, by, to_text(at), to_json(serves), "", 0))

    def put(self, store: Store) -> None:
        org_id = store.get("org_id") or ""
        with store.transaction():
            mirror.save_references(store, [reference("a01UTC", "office", "Reykjavik", Time_Zone__c="UTC")])
            care.save_episodes(store, self.episodes)
            care.save_assignments(store, self.assignments)
            care.save_contacts(store, self.contacts)
            for row in self.rng.sample(self.episodes, EPISODES // 10):
                about = f"{row['id']}:{self.rng.choice(ALL)}"
                kind, at = DecisionKind.EXCEPTION_APPROVED, THROUGH
                data = {"reason": "hospital"}
                said = HumanDecision(org_id, kind, about, "lead@example.com", "Known.", at, None, data)
                decisions.add(store, said, to_text(at))


class Both(NamedTuple):
    store: Store
    naive: Naive


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """One file, judged and scored by the agent, and worked out anew in SQL."""
    terms = mapping().touch_points
    assert terms
    with workshop(tmp_path_factory.mktemp("naive"), mapping()) as work:
        Evidence(Random(20)).put(work.store)
        score(work, THROUGH)
        naive = Naive(
            work.store.path,
            [
                Terms(d.first_month, d.credit_late, {r.activity: r.weight for r in d.touch_points})
                for d in terms.definitions
            ],
            to_text(THROUGH),
        )
        yield Both(work.store, naive)
        naive.close()


def kept(store: Store) -> list[dict[str, Any]]:
    return [dict(row) for month in scores.months(store) for row in scores.points(store, month)]


def test_every_touch_point_has_the_csm_the_month_and_the_state_that_sql_finds(both: Both) -> None:
    names = ("episode_id", "activity", "csm", "month", "state", "stands")
    ours = {tuple(row[name] for name in names) for row in kept(both.store)}
    found = both.naive.points()
    assert len(ours) > 4 * EPISODES * 0.97
    assert ours ^ found == set()
    states = Counter(point[4] for point in ours)
    assert min(states[s] for s in ("pending", "met", "late", "missed", "excluded", "exception")) >= 30


def test_a_thousand_months_have_the_figures_that_sql_finds_by_all_four_methods(both: Both) -> None:
    found = both.naive.figures()
    ours = {
        (row["csm"], row["month"]): row
        for month in scores.months(both.store)
        for row in scores.scores(both.store, month)
    }
    counted = {key for key, row in ours.items() if row["figures"]["due"]}
    assert len(counted) >= 1_000
    assert counted == {key for key, figures in found.items() if (False, "opportunity") in figures}
    for key, row in ours.items():
        for beside, name in ((False, "by_method"), (True, "beside")):
            for method in METHODS:
                figure, exact = found.get(key, {}).get((beside, method)), row["figures"][name][method]
                assert (exact is None) == (figure is None), (key, method)
                assert figure is None or Fraction(figure.num, figure.den) == Fraction(exact), (key, method)


def test_a_thousand_months_are_rounded_as_sql_rounds_them(both: Both) -> None:
    for (csm, month), figures in both.naive.figures().items():
        row = scores.score(both.store, csm, month)
        assert row
        method = "mean_of_rates" if month < "2027-01" else "patient_average"
        shown = [row["percent"], row["figures"]["with_exceptions"], row["figures"]["with_all"]]
        wanted = [figures.get(which) for which in ((False, method), (True, method), (False, "all_or_none"))]
        assert shown == [
            figure and f"{figure.hundredths // 100}.{figure.hundredths % 100:02}" for figure in wanted
        ]
