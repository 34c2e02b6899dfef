"""What Quality Starts and Client Hours stand on, client by client (D26, D27, D30). Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from agent.incentive.metrics import Hours, HoursLine, Starts
from agent.incentive.statement import Detail, Evidence, counted
from agent.rounding import cents


def starts_evidence(starts: Starts, why_held: Mapping[str, str], threshold: Decimal) -> Evidence:
    """Who crossed, on which day and with how much; who is held and why, by client."""
    facts = [("Counts from", f"${cents(threshold):,} of net revenue, once in a client's lifetime")]
    if starts.held:
        facts.append(("Held", f"{counted(len(starts.held), 'client')}, each of whom may be one more"))
    crossed = [
        Detail("quality start", s.client, "counted", s.on.isoformat(), cents(s.revenue), "USD")
        for s in starts.counted
    ]
    held = [Detail("quality start", client, "held", why=why_held[client]) for client in starts.held]
    return Evidence(tuple(facts), (*crossed, *held))


def hours_evidence(lines: Iterable[HoursLine], hours: Hours, baseline_from: str) -> Evidence:
    """Hours by client, and the baseline and from where. `lines` are the CSM's of the month."""
    by_client: dict[str, list[HoursLine]] = defaultdict(list)
    for line in lines:
        by_client[line.client].append(line)
    known = [line for own in by_client.values() for line in own]
    baseline = f"{cents(hours.baseline):,} hours a month: " if hours.baseline is not None else "none: "
    facts = [("Baseline", f"{baseline}{baseline_from}")]
    if any(line.billable is not None for line in known):
        facts.append(("Billable", _billable(*_both(known))))
    details = tuple(_of_client(client, by_client[client]) for client in sorted(by_client))
    return Evidence(tuple(facts), details)


def _of_client(client: str, lines: Sequence[HoursLine]) -> Detail:
    total = sum((line.hours for line in lines), Decimal(0))
    billed, billable = _both(lines)
    why = _billable(billed, billable) if billed != billable else ""
    return Detail("client hours", client, amount=cents(total), unit="hours", why=why)


def _both(lines: Sequence[HoursLine]) -> tuple[Decimal, Decimal]:
    """Billed and billable hours, of the lines where both are known (D27)."""
    both = [(line.hours, line.billable) for line in lines if line.billable is not None]
    return sum((hours for hours, _ in both), Decimal(0)), sum((hours for _, hours in both), Decimal(0))


def _billable(billed: Decimal, billable: Decimal) -> str:
    """Billed is not billable: the difference, where there is one."""
    if billable > billed:
        return f"{cents(billable):,} billable, {cents(billable - billed):,} not billed"
    more = f", {cents(billed - billable):,} more billed" if billable < billed else ""
    return f"{cents(billable):,} billable{more}"
