"""The comparison of ids: what the org shows against what the mirror holds. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.instants import to_text
from agent.salesforce import soql, wire
from agent.salesforce.parts import Page, Part, part_query
from agent.sync import poll
from agent.sync.streams import Stream

STREAMS = ("intervention", "feed", "comment")
"""What is compared. History commits with its parent."""
PART = "census"
FEW, SHARE = 5, 0.1
"""More records vanished at once than both of these: rather a sharing rule lost than so many deletions."""


@dataclass(frozen=True)
class Held:
    """What the mirror knows of a record. `stamp` is "" where it keeps none: then edits are not compared."""

    deleted: bool
    stamp: str = ""


@dataclass(frozen=True)
class Differences:
    """Ids the mirror lacks or holds in an older version, and ids it holds alive that the org does not show."""

    unread: Sequence[str]
    vanished: Sequence[str]


def part(stream: Stream, after_id: str) -> Part:
    """The next page of ids; those in the recycle bin as well, which proves them deleted."""
    fields = ["Id", "IsDeleted", "SystemModstamp"]
    conditions = [f"Id > '{after_id}'"] if after_id else []
    if stream.name != "intervention":
        fields.append("ParentId")
    if stream.name == "feed":
        # They repeat the history, and the mirror does not keep them.
        conditions.append("Type != 'TrackedChange'")
    query = soql.select(stream.object, fields, " AND ".join(conditions), "Id", poll.PAGE)
    return part_query(PART, query, include_deleted=True)


def ends_at(page: Page) -> str | None:
    """The id up to which this page tells; None where it is the last one and tells of all that follow."""
    more = page.records and (not page.done or len(page.records) >= poll.PAGE)
    return str(page.records[-1]["Id"]) if more else None


def compare(
    rows: Sequence[Mapping[str, Any]], held: Mapping[str, Held], low_water: str, ours: str
) -> Differences:
    """Compare a page with the mirror's records of the same range of ids.

    Rows stamped at the stream's `low_water` mark or later are left to the poll, which is going to read them.
    `ours` is the key prefix of the SLIs: what is said on other objects is no concern of the mirror.
    """
    unread = [
        row["Id"]
        for row in rows
        if (stamp := to_text(wire.parse_datetime(row["SystemModstamp"]))) < low_water
        and (row.get("ParentId") or ours).startswith(ours)
        and _is_unread(row, stamp, held.get(row["Id"]))
    ]
    shown = {row["Id"] for row in rows}
    return Differences(unread, [i for i, known in held.items() if not known.deleted and i not in shown])


def _is_unread(row: Mapping[str, Any], stamp: str, known: Held | None) -> bool:
    if row["IsDeleted"]:
        return known is not None and not known.deleted
    return known is None or known.deleted or bool(known.stamp and known.stamp < stamp)


def looks_like_lost_sharing(vanished: int, living: int) -> bool:
    """Too many at once to conclude anything of each: vanished is not deleted."""
    return vanished > max(FEW, SHARE * living)
