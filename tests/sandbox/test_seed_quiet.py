"""Nothing falls due about now, so that two passes minutes apart see a quiet org."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from agent.sandbox.seed import seed
from agent.sandbox.seed.quiet import end_of_day, is_quiet, quiet_day, quiet_instant
from tests.acceptance import naive

NOW = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
CHICAGO = ZoneInfo("America/Chicago")
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

INSTANTS = [
    NOW,
    # Local midnight in every zone: on the hour, five times a night.
    *(datetime(2026, 11, 21, hour, minute, tzinfo=UTC) for hour in (4, 5, 6, 7, 8) for minute in (10, 50)),
    datetime(2026, 3, 9, 4, 5, tzinfo=UTC),  # the night after clocks went forward
    datetime(2026, 11, 2, 5, 50, tzinfo=UTC),  # the night after clocks went back
    datetime(2027, 1, 1, 0, 0, tzinfo=UTC),
]


def deadlines(now: datetime) -> list[datetime]:
    """Every instant at which something is due in an org seeded at `now`, worked out from its rows."""
    org = seed(now, size=80).org
    facts = naive.read(org, now, None)
    found = []
    for sli in facts.tables[naive.SLI].values():
        zone = ZoneInfo(facts.get("Office__c", sli["Office__c"])["Time_Zone__c"])
        found.append(sli["CreatedDate"] + 7 * DAY)
        found.append(end_of_day(sli["CreatedDate"].astimezone(zone).date() + 30 * DAY, zone))
        if sli["Incident_Date__c"]:
            found.append(end_of_day(sli["Incident_Date__c"] + 30 * DAY, zone))
        for side, start in naive.clock_starts(sli, facts).items():
            found += [start + 22 * HOUR, start + DAY, start + 7 * DAY]
            found += reminders(naive.resolution_due(sli, side, facts), zone)
            found += [moved + DAY for moved in naive.colours(sli, side, facts)]
            planned = [row for row in facts.history[sli["Id"]] if row["Field"] == naive.PLAN[side]]
            for at in (sli["CreatedDate"], *(row["CreatedDate"] for row in planned)):
                found += [end_of_day(at.astimezone(zone).date() + n * DAY, zone) for n in (14, 30)]
            if sli[naive.EXCEPTION_UNTIL[side]]:
                found.append(end_of_day(sli[naive.EXCEPTION_UNTIL[side]], zone))
    last_words: dict[str, datetime] = {}
    for name in ("FeedItem", "FeedComment"):
        for row in org.rows(name, now):
            last_words[row["ParentId"]] = max(
                row["CreatedDate"], last_words.get(row["ParentId"], row["CreatedDate"])
            )
    return [*found, *(at + 14 * DAY for at in last_words.values())]


def reminders(due: datetime, zone: ZoneInfo) -> list[datetime]:
    """The end of the 30 days, what warns of it, and half a year of what follows it every week (D16)."""
    day = due.astimezone(zone).date()
    return [end_of_day(day + n * DAY, zone) for n in (-7, -1, *range(0, 182, 7))]


@pytest.mark.parametrize("now", INSTANTS, ids=str)
def test_no_deadline_falls_about_now(now: datetime) -> None:
    near = [due for due in deadlines(now) if now - 15 * MINUTE <= due <= now + 30 * MINUTE]
    assert near == []


def test_deadlines_lie_on_both_sides_of_now() -> None:
    due = deadlines(NOW)
    assert min(due) < NOW - 15 * MINUTE
    assert sum(NOW < instant < NOW + DAY for instant in due) > 5


def test_a_second_pass_eleven_minutes_later_owes_nothing_new() -> None:
    org = seed(NOW, size=130).org
    first = naive.expected_alerts(org, NOW, fallback="admin@example.com")
    second = naive.expected_alerts(org, NOW + 11 * MINUTE, fallback="admin@example.com")
    assert first == second


def test_the_window_is_closed_at_both_ends() -> None:
    assert not is_quiet(NOW - 15 * MINUTE, NOW)
    assert not is_quiet(NOW + 30 * MINUTE, NOW)
    assert is_quiet(NOW - 16 * MINUTE, NOW)
    assert is_quiet(NOW + 31 * MINUTE, NOW)


def test_a_day_that_ends_about_now_gives_way_to_the_day_before() -> None:
    day = date(2026, 11, 20)
    midnight = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
    assert quiet_day(day, CHICAGO, midnight) == date(2026, 11, 19)
    assert quiet_day(day, CHICAGO, midnight + timedelta(hours=1)) == day


def test_an_instant_moves_back_until_all_its_deadlines_are_clear() -> None:
    submitted = NOW - DAY
    moved = quiet_instant(submitted, NOW, lambda instant: [instant + DAY, instant + DAY + 50 * MINUTE])
    assert moved == submitted - 92 * MINUTE


def test_the_end_of_a_local_day_is_given_in_utc() -> None:
    assert end_of_day(date(2026, 7, 1), CHICAGO) == datetime(2026, 7, 2, 4, 59, 59, tzinfo=UTC)
