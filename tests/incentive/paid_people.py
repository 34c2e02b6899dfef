"""A state folder with people who are paid: lines in pay.db, clients, assignments, touch points (all fictional)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from agent.desk.pay.books import Books
from agent.desk.state import database_path, pay_path
from agent.incentive import kept
from agent.incentive.metrics import days_in
from agent.incentive.months import Ledger, about
from agent.incentive.statement import Statement
from agent.instants import to_text
from agent.mapping import OrgMapping
from agent.model import DecisionKind, HumanDecision
from agent.quality.composite import composite
from agent.scoring import plans
from agent.scoring.figures import figures_of, points_of
from agent.store import care, decisions, mirror, pay_lines, scores
from agent.store.pay import PayStore
from agent.store.pay_lines import LockedStatement
from tests.scoring.small_staff import ANA, BO, BOSTON, CLIENTS, MAPPING, person, reference, staff

ORG = "00D000000000001AAA"
NOW = datetime(2026, 4, 10, 15, tzinfo=UTC)
MONTH = "2026-03"
SAM = "005000000000SAMAAA"
REGIONAL = "005000000000REGAAA"
HOSTILE = "=HYPERLINK(1) <script>alert('x')</script>"
ACTIVITIES = ("introduction", "check_in_24h", "check_in_7d", "check_in_14d")
DECISIONS = ("D20", "D21", "D22", "D23", "D24", "D25", "D26", "D27", "D40", "D41", "D42", "D43", "D44")


class PaidPeople:
    """Ana's clients are the first six, Bo's the next two; Sam sells. `books()` reads it all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = staff(database_path(folder))
        self.pay = PayStore(pay_path(folder))
        own = {**dict.fromkeys(CLIENTS[:6], ANA), **dict.fromkeys(CLIENTS[6:8], BO)}
        with self.store.transaction():
            mirror.save_references(
                self.store,
                [
                    person(SAM, "Sam Seller", "sam@example.com", "0077", title="Sales Representative"),
                    person(REGIONAL, "Rae Region", "rae@example.com", None, title="Regional Client Success Manager"),
                    *(
                        reference(c, "client", HOSTILE if c == CLIENTS[0] else f"Client Number{n}", CSM__c=who,
                                  Office__c=BOSTON)
                        for n, (c, who) in enumerate(own.items())
                    ),
                ],
            )  # fmt: skip

    def close(self) -> None:
        self.store.close()
        self.pay.close()

    def books(self, mapping: OrgMapping = MAPPING, now: datetime = NOW) -> Books:
        return Books(self.store, self.pay, mapping, now)

    def starts(self, *clients: str, at: str = "2025-12-20T15:00:00Z") -> None:
        """Care began."""
        rows = [
            {
                "id": f"a08{client[3:]}", "client_id": client, "office_id": BOSTON, "first_shift_start": at,
                "first_shift_end": None, "expected_start": None, "ended_at": None, "duplicate_of": None,
                "deleted": 0, "hash": at,
            }
            for client in clients
        ]  # fmt: skip
        with self.store.transaction():
            care.save_episodes(self.store, rows)

    def assign(self, client: str, csm: str | None, since: str, before: str | None = None) -> None:
        with self.store.transaction():
            care.save_assignments(self.store, [(f"{client}{since}", client, csm, before, since, since, 0)])

    def line(self, kind: str, client: str | None, day: str | None, amount: str, **more: Any) -> None:
        self._save([self._line(kind, client, day, amount, more)])

    def hours_every_day(self, client: str, month: str, hours: str, **more: Any) -> None:
        days = (f"{month}-{day:02}" for day in range(1, days_in(month) + 1))
        self._save([self._line("hours", client, day, hours, more) for day in days])

    def _save(self, rows: Sequence[Mapping[str, Any]]) -> None:
        with self.pay.transaction():
            pay_lines.save_lines(self.pay, rows)

    def _line(
        self, kind: str, client: str | None, day: str | None, amount: str, more: Mapping[str, Any]
    ) -> dict[str, Any]:
        traits = {"person_id": None, "billable": None, "source": "file:test.csv", **more}
        own = f"{client}{day}{traits['person_id']}"
        return {"kind": kind, "id": own, "client_id": client, "day": day, "amount": Decimal(amount), **traits}

    def touch_points(
        self,
        client: str,
        states: Mapping[str, str],
        csm: str | None = ANA,
        month: str = MONTH,
        version: str = "2026-02",
    ) -> None:
        """Touch points of one start of care, and their CSM's score anew."""
        rows = []
        for n, (activity, state) in enumerate(states.items()):
            closes = datetime.fromisoformat(f"{month}-{3 + n:02}T04:59:59Z")
            evidence = (
                ("00T000000000001AAA", to_text(closes - timedelta(hours=3)))
                if state == "met"
                else (None, None)
            )
            why = "hospital" if state == "exception" else ""
            row = (f"a08{client[3:]}", activity, client, BOSTON, csm, month, version, 1)
            rows.append(
                (*row, to_text(closes - timedelta(days=2)), to_text(closes), state, state, why, *evidence)
            )
        with self.store.transaction():
            scores.save_points(self.store, rows)
        if csm:
            self._score(csm, month)

    def _score(self, csm: str, month: str) -> None:
        assert MAPPING.touch_points
        definition = MAPPING.touch_points.all_definitions.of(month)
        points = points_of(scores.points(self.store, month, csm))
        made = composite(points, definition)
        percent = None if made.percent is None else str(made.percent)
        with self.store.transaction():
            figures = figures_of(made, points, definition)
            scores.save_score(self.store, csm, month, definition.version, percent, figures)

    def decide(self, kind: DecisionKind, about: str, by: str, minutes: int = 0, **data: Any) -> HumanDecision:
        decision = HumanDecision(
            ORG, kind, about, by, "because", NOW + timedelta(minutes=minutes), None, data
        )
        with self.store.transaction():
            decisions.add(self.store, decision, to_text(NOW))
        return decision

    def confirm_everything(self) -> None:
        """And approve it as the sandbox's mapping has it."""
        for version in plans.versions(MAPPING):
            self.decide(
                DecisionKind.PLAN_APPROVED, version.about, "plan.owner@example.com", hash=version.hash
            )
        with self.store.transaction():
            for number in DECISIONS:
                about = f"plan:{number}"
                told = HumanDecision(
                    ORG, DecisionKind.PLAN_CONFIRMED, about, "plan.owner@example.com", "so", NOW
                )
                decisions.add(self.store, told, to_text(NOW))

    def a_good_month(self) -> None:
        """Ana's March: two Quality Starts, hours against a baseline, eight touch points of which one was missed."""
        self.starts(*CLIENTS[:8])
        for client in CLIENTS[:2]:
            for month in ("2026-01", "2026-02", "2026-03"):
                self.line("revenue", client, f"{month}-{days_in(month)}", "1720")
        self.line("revenue", CLIENTS[2], "2026-03-09", "4999.99")
        for month in ("2025-10", "2025-11", "2025-12", MONTH):
            self.hours_every_day(CLIENTS[0], month, "10")
            self.hours_every_day(CLIENTS[1], month, "4", billable="4.5")
        met = dict.fromkeys(ACTIVITIES, "met")
        self.touch_points(CLIENTS[0], met)
        self.touch_points(CLIENTS[1], {**met, "check_in_7d": "missed"})
        self.confirm_everything()


def lock(
    people: PaidPeople, found: Statement, who: str = ANA, month: str = MONTH, revision: int = 1
) -> LockedStatement:
    """Reviewed, approved and locked, as `month lock` leaves it."""
    named, at = about(Ledger.PAY, who, month), 10 * (revision - 1)
    people.decide(DecisionKind.MONTH_REVIEWED, named, "payroll.lead@example.com", at)
    people.decide(DecisionKind.MONTH_APPROVED, named, "plan.owner@example.com", at + 1)
    digest = pay_lines.digest_of(kept.plain(found))
    decision = people.decide(
        DecisionKind.MONTH_LOCKED, named, "payroll.lead@example.com", at + 2, digest=digest
    )
    total, instant = found.total or Decimal(0), to_text(decision.at)
    row = LockedStatement(who, month, revision, kept.plain(found), digest, total, decision.key, instant)
    with people.pay.transaction():
        pay_lines.lock_statement(people.pay, row)
    return row
