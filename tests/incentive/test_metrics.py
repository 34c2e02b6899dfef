"""Quality Starts and Client Hours, to the figures of the documents (I3, I4, D26, D27)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from agent.incentive import metrics
from agent.incentive.metrics import (
    ClientRevenue,
    HoursLine,
    QualityStart,
    RevenueLine,
    Starts,
    Threshold,
    Whose,
    average_days,
    baseline_of,
    days_in,
    hours_of,
)
from agent.rounding import cents

THRESHOLD = Decimal(5_000)
BASELINE_MONTHS = ("2025-10", "2025-11", "2025-12")


def revenue(*lines: tuple[date, str], **traits: object) -> ClientRevenue:
    kept = [RevenueLine("c", day, Decimal(amount)) for day, amount in lines]
    return ClientRevenue("c", kept, **{"complete": True, **traits})  # type: ignore[arg-type]


def quality_start(
    found: ClientRevenue, threshold: Threshold = lambda _month: THRESHOLD
) -> QualityStart | None:
    return metrics.quality_start(found, threshold)


def starts_of(clients: Iterable[ClientRevenue], csm: str, month: str, whose: Whose) -> Starts:
    return metrics.starts_of(clients, csm, month, whose, lambda _month: THRESHOLD)


def monthly(months: int) -> list[tuple[date, str]]:
    ends = [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]
    return [(day, "1720") for day in ends[:months]]


def test_the_1720_dollar_client_starts_in_the_third_month_and_never_on_a_single_one() -> None:
    start = quality_start(revenue(*monthly(4)))
    assert start is not None
    assert (start.on, start.month, start.revenue) == (date(2026, 3, 31), "2026-03", 5_160)
    assert quality_start(revenue(*monthly(2))) is None


def test_exactly_5000_dollars_is_reached_and_a_cent_less_is_not() -> None:
    day = date(2026, 5, 4)
    assert quality_start(revenue((day, "5000.00"))) is not None
    assert quality_start(revenue((day, "4999.99"))) is None


def test_a_refund_of_the_same_day_counts_and_a_later_one_takes_nothing_back() -> None:
    day = date(2026, 5, 4)
    assert quality_start(revenue((day, "5100"), (day, "-200"))) is None
    start = quality_start(
        revenue((day, "5100"), (day + timedelta(days=1), "-200"), (day + timedelta(days=9), "900"))
    )
    assert start is not None
    assert start.on == day


def test_a_client_with_revenue_from_before_is_held_or_begins_with_the_opening_balance() -> None:
    lines = monthly(2)
    assert quality_start(revenue(*lines, complete=False)) is None
    start = quality_start(revenue(*lines, opening=Decimal(3_000)))
    assert start is not None
    assert start.on == date(2026, 2, 28)
    # Reached before anything here was known: another month's start, once in a lifetime.
    assert quality_start(revenue(*lines, opening=Decimal(5_000))) is None


@given(st.permutations(monthly(4)))
def test_the_order_of_the_lines_changes_nothing(lines: list[tuple[date, str]]) -> None:
    assert quality_start(revenue(*lines)) == quality_start(revenue(*monthly(4)))


def daily(months: tuple[str, ...], hours: int = 10, csm: str | None = "m") -> list[HoursLine]:
    return [
        HoursLine("c", date.fromisoformat(f"{month}-{day:02}"), Decimal(hours), csm)
        for month in months
        for day in range(1, days_in(month) + 1)
    ]


def test_constant_daily_hours_read_minus_8_70_percent_in_february_and_nothing_a_day() -> None:
    baseline, days = baseline_of(daily(BASELINE_MONTHS), "m", BASELINE_MONTHS), average_days(BASELINE_MONTHS)
    found = hours_of(daily(("2026-02",)), "m", "2026-02", baseline, days)
    assert found.growth_percent is not None
    assert cents(found.growth_percent) == Decimal("-8.70")
    assert found.day_adjusted_percent == 0
    assert (found.total, found.growth) == (280, 280 - Fraction(920, 3))


def test_hours_belong_to_whoever_had_the_client_on_that_day() -> None:
    lines = [*daily(("2026-02",)), *daily(("2026-02",), csm="other"), *daily(("2026-02",), csm=None)]
    assert hours_of(lines, "m", "2026-02", None, Fraction(30)).total == 280


def test_without_a_baseline_growth_is_held_and_the_total_stands() -> None:
    for baseline in (None, Fraction(0), Fraction(-50)):
        found = hours_of(daily(("2026-02",)), "m", "2026-02", baseline, Fraction(30))
        assert (found.total, found.growth, found.growth_percent, found.day_adjusted_percent) == (
            280,
            None,
            None,
            None,
        )
    assert baseline_of([], "m", BASELINE_MONTHS) is None


def test_a_month_without_hours_lowers_the_baseline_it_is_part_of() -> None:
    baseline = baseline_of(daily(("2025-10", "2025-12")), "m", BASELINE_MONTHS)
    assert (baseline, average_days(BASELINE_MONTHS)) == (Fraction(620, 3), Fraction(92, 3))


def of(client: str, *lines: tuple[date, str], complete: bool = True) -> ClientRevenue:
    return ClientRevenue(
        client, [RevenueLine(client, day, Decimal(amount)) for day, amount in lines], complete
    )


def test_a_start_belongs_to_whoever_had_the_client_at_the_end_of_the_day_it_was_reached() -> None:
    handed_over = date(2026, 3, 31)
    first = of("a", *monthly(3))
    other = of("b", (date(2026, 3, 30), "5000"))

    def whose(_client: str, day: date) -> str:
        return "new" if day >= handed_over else "old"

    assert [s.client for s in starts_of([first, other], "new", "2026-03", whose).counted] == ["a"]
    assert [s.client for s in starts_of([first, other], "old", "2026-03", whose).counted] == ["b"]


def test_a_client_is_held_only_where_unknown_revenue_may_have_made_the_start_in_this_month() -> None:
    march, april = date(2026, 3, 9), date(2026, 4, 9)
    clients = [
        of("may", (march, "100"), complete=False),
        of("reached it earlier by what is known", (date(2026, 2, 9), "5000"), (march, "9"), complete=False),
        of("nothing this month", (date(2026, 2, 9), "100"), (april, "9"), complete=False),
        of("only a refund this month", (date(2026, 2, 9), "100"), (march, "-9"), complete=False),
        of("known from the start", (march, "100")),
    ]
    assert starts_of(clients, "m", "2026-03", lambda _c, _d: "m") == Starts((), ("may",))
    assert starts_of(clients, "other", "2026-03", lambda _c, _d: "m") == Starts((), ())


def test_a_client_whose_start_may_lie_before_or_after_a_handover_is_held_for_both() -> None:
    def whose(_client: str, day: date) -> str:
        return "new" if day.day >= 16 else "old"

    days = [date(2026, 3, 5), date(2026, 3, 25)]
    handed_over = of("c", *((day, "100") for day in days), complete=False)
    assert [starts_of([handed_over], csm, "2026-03", whose).held for csm in ("old", "new", "other")] == [
        ("c",),
        ("c",),
        (),
    ]
    # By what is known alone it was reached on the 5th: if not then, before.
    reached = of("c", (days[0], "5000"), (days[1], "9"), complete=False)
    assert [starts_of([reached], csm, "2026-03", whose).held for csm in ("old", "new")] == [("c",), ()]


def test_revenue_in_another_currency_holds_its_months_and_is_never_added_up() -> None:
    january, march = date(2026, 1, 9), date(2026, 3, 9)
    lines = [RevenueLine("c", march, Decimal(4_000))]
    client = ClientRevenue("c", lines, complete=False, foreign=[january])
    held = {
        m: starts_of([client], "m", m, lambda _c, _d: "m").held for m in ("2026-01", "2026-02", "2026-03")
    }
    assert held == {"2026-01": ("c",), "2026-02": (), "2026-03": ("c",)}


def test_a_start_stays_where_it_was_whatever_later_months_ask_for() -> None:
    def dearer(month: str) -> Decimal:
        return Decimal(6_000) if month >= "2026-04" else THRESHOLD

    def cheaper(month: str) -> Decimal:
        return Decimal(3_000) if month >= "2026-03" else THRESHOLD

    months = [
        start and start.month
        for start in (
            quality_start(revenue(*monthly(4)), dearer),
            quality_start(revenue(*monthly(4), opening=Decimal(-200)), dearer),
            quality_start(revenue(*monthly(4)), cheaper),
            quality_start(revenue(*monthly(4), opening=Decimal(5_500)), dearer),
        )
    ]
    assert months == ["2026-03", "2026-04", "2026-03", None]


@given(
    st.permutations(
        [of(name, *monthly(3)) for name in "abcd"] + [of("e", (date(2026, 3, 1), "1"), complete=False)]
    )
)
def test_the_order_of_the_clients_changes_nothing(clients: list[ClientRevenue]) -> None:
    found = starts_of(clients, "m", "2026-03", lambda _c, _d: "m")
    assert ([s.client for s in found.counted], found.held) == (list("abcd"), ("e",))
