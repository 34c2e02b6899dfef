"""Formulas and roll-ups change without moving the stamp: the open SLIs are read anew every hour for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from agent.errors import Forbidden
from agent.instants import from_text, to_text
from agent.pipeline import take_in
from agent.pipeline.work import Workshop
from agent.salesforce import soql
from agent.salesforce.parts import part_query
from agent.store import mapped_fields, mirror
from agent.sync.streams import QUERIES_PER_CALL, at_rest

EVERY = timedelta(hours=1)
IDS_IN_ONE_CALL = QUERIES_PER_CALL * soql.IDS_IN_ONE_CONDITION


def refresh_when_due(work: Workshop, now: datetime) -> bool:
    """Read the next open SLIs of this hour's round, one call's worth; False where there is nothing to do.

    Raises:
        SalesforceError: the call failed; the round goes on with the same records.
    """
    if not _has_formulas(work) or not at_rest(work.streams, mirror.cursors(work.store)):
        return False
    after = work.store.get("formulas_after") or ""
    if not after and not _begins(work, now):
        return False
    ids = mirror.open_ids(work.store, after, IDS_IN_ONE_CALL)
    try:
        rows = _read(work, ids)
    except Forbidden:
        rows = []  # A field vanished: the poll meets it as well, and names it.
    with work.store.transaction():
        if rows:
            take_in.take_rows(work, "intervention", rows, now)
        work.store.put("formulas_after", ids[-1] if len(ids) == IDS_IN_ONE_CALL else "")
    return bool(ids)


def _has_formulas(work: Workshop) -> bool:
    mapped = set(work.mapping.intervention.read_fields())
    return not mapped.isdisjoint(mapped_fields.calculated(work.store, "intervention"))


def _begins(work: Workshop, now: datetime) -> bool:
    """Whether the hour for a new round has come; the first comes an hour after the first load, which read them."""
    began = from_text(work.store.get("formulas_round"))
    due = began is not None and now - began >= EVERY
    if began is None or due:
        with work.store.transaction():
            work.store.put("formulas_round", to_text(now))
    return due


def _read(work: Workshop, ids: Sequence[str]) -> list[Mapping[str, Any]]:
    """These records as the org shows them now. A page may end early: what it left out is asked once more."""
    stream = next(s for s in work.streams if s.name == "intervention")
    rows: dict[str, Mapping[str, Any]] = {}
    left = list(ids)
    while left:
        conditions = soql.ids_in("Id", left)
        parts = [
            part_query(f"open{n}", soql.select(stream.object, stream.fields, condition), include_deleted=True)
            for n, condition in enumerate(conditions)
        ]
        answers = work.org.composite(parts)
        pages = [answers.page(part.name) for part in parts]
        found = {row["Id"]: row for page in pages for row in page.records}
        rows |= found
        left = [] if all(page.done for page in pages) or not found else [i for i in left if i not in found]
    return list(rows.values())
