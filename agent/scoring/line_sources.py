"""Lines of pay.db that Salesforce holds: read anew where the mapping names others, and whether they are all here."""

from __future__ import annotations

from collections.abc import Iterator

from agent.mapping import OrgMapping
from agent.mapping.definitions import hash_of
from agent.mapping.incentive import Sources
from agent.scoring.plans import CSM
from agent.store import mirror, pay_lines
from agent.store.mirror import Cursor
from agent.store.pay import PayStore
from agent.sync.scoring import LINES

PAID_BY = {CSM: ("revenue", "hours")}
"""Plan -> the kinds of lines that it pays by; any other plan pays by admissions."""


def follow(pay: PayStore, mapping: OrgMapping) -> None:
    """What was read from another object or field counts no longer, and its stream begins anew: no row that stays as
    it is would be shown again. Lines of files stay.
    """
    for kind, wanted in _sources(mapping):
        if pay.get(_key(kind)) != wanted:
            with pay.transaction():
                pay_lines.forget(pay, kind)
                mirror.forget_cursor(pay, f"{LINES}{kind}")
                pay.put(_key(kind), wanted)


def unread(pay: PayStore, mapping: OrgMapping, plan: str) -> list[str]:
    """Why what is known of the lines that a plan pays by may be a part of them; where that is so, no figure is firm."""
    cursors = mirror.cursors(pay)
    return [
        why
        for kind, wanted in _sources(mapping)
        if wanted and kind in PAID_BY.get(plan, ("admissions",))
        if (why := _unread(kind, wanted, pay.get(_key(kind)), cursors.get(f"{LINES}{kind}")))
    ]


def _unread(kind: str, wanted: str, read: str | None, cursor: Cursor | None) -> str:
    """`read`: the source that was followed last; None: none ever was, so that whatever is here came in files."""
    if read not in {None, wanted}:
        return f"{kind} were read by another mapping, and are read anew (`sli-agent once`)"
    if cursor is not None and cursor.error is not None:
        return f"{kind} cannot be read from Salesforce: `sli-agent check` says why"
    is_read = cursor.loaded if cursor else read is None
    return "" if is_read else f"{kind} are still being read from Salesforce (`sli-agent once`)"


def _sources(mapping: OrgMapping) -> Iterator[tuple[str, str]]:
    """Kind of line -> what tells its source from any other; "" where Salesforce holds none."""
    sources = mapping.incentive.sources if mapping.incentive else Sources()
    for kind in Sources.model_fields:
        source = getattr(sources, kind)
        yield kind, hash_of(source) if source else ""


def _key(kind: str) -> str:
    return f"source_{kind}"
