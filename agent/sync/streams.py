"""What is read from the org: one stream per object, and whose turn it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.mapping import OrgMapping
from agent.store.mirror import Cursor

QUERIES_PER_CALL = 5
"""Queries in one composite call (platform fact)."""
SYSTEM = ("Id", "IsDeleted", "CreatedDate", "CreatedById", "LastModifiedDate", "SystemModstamp")
EVERY_POLL = ("intervention", "history", "feed", "comment")
"""What judgement stands on; read at every poll. The rest takes turns."""
OPTIONAL = frozenset({"activity", "client"})
"""Streams no deadline depends on: their failure stops no judgement."""


@dataclass(frozen=True)
class Stream:
    """One ordered read: `stamp` is the field it is ordered by, whole seconds; with Id it is a total order."""

    name: str
    object: str
    fields: tuple[str, ...]
    stamp: str = "SystemModstamp"
    where: str | None = None
    include_deleted: bool = True

    @property
    def every_poll(self) -> bool:
        return self.name in EVERY_POLL

    @property
    def required(self) -> bool:
        return self.name not in OPTIONAL


def streams(mapping: OrgMapping) -> tuple[Stream, ...]:
    """Every stream this mapping has; those read at every poll first."""
    return (*_story(mapping), *_reference(mapping), _notices(mapping), _decisions(mapping))


def _story(mapping: OrgMapping) -> list[Stream]:
    """The interventions and what is told about them."""
    i, c = mapping.intervention, mapping.chatter
    fields = unique(*SYSTEM, *mapping.intervention.read_fields(), *written_fields(mapping))
    found = [Stream("intervention", i.object, fields)]
    if c.history:
        fields = ("Id", "ParentId", "Field", "OldValue", "NewValue", "CreatedById", "CreatedDate")
        # History rows have no SystemModstamp and commit with their parent (platform fact).
        found.append(Stream("history", c.history, fields, "CreatedDate", include_deleted=False))
    if c.feed:
        fields = (
            "Id",
            "IsDeleted",
            "ParentId",
            "Type",
            "Body",
            "CreatedById",
            "CreatedDate",
            "SystemModstamp",
        )
        found.append(Stream("feed", c.feed, fields))
    if c.comments:
        fields = ("Id", "IsDeleted", "ParentId", "FeedItemId", "CommentBody", "CreatedById", "CreatedDate")
        found.append(Stream("comment", c.comments, fields, "CreatedDate"))
    if c.activities:
        a = c.activities
        fields = unique(
            *("Id", "IsDeleted", a.related, a.subject, "CreatedById", "CreatedDate", "SystemModstamp"),
            *([a.completed] if a.completed else []),
        )
        where = f"{a.related.removesuffix('Id')}.Type = '{i.object}'"
        found.append(Stream("activity", a.object, fields, where=where))
    return found


def _reference(mapping: OrgMapping) -> list[Stream]:
    found = []
    for name, kind in mapping.reference.kinds().items():
        named = (kind.name, kind.email, kind.active, kind.employee, kind.title, kind.time_zone, kind.region)
        fields = unique("Id", *(f for f in (*named, *kind.lookups) if f), "SystemModstamp")
        # Users are never deleted and have no IsDeleted (platform fact).
        deletable = name != "person"
        fields = (*fields, "IsDeleted") if deletable else fields
        found.append(Stream(name, kind.object, fields, include_deleted=deletable))
    return found


def _notices(mapping: OrgMapping) -> Stream:
    n = mapping.write_back.notice
    named = (n.key, n.intervention, n.rule, n.side, n.due, n.stage, n.claimed_by, n.outcome, n.reason)
    fields = ("Id", *named, n.told_at, n.told, "CreatedDate", "LastModifiedDate", "SystemModstamp")
    return Stream("notice", n.object, fields, include_deleted=False)


def _decisions(mapping: OrgMapping) -> Stream:
    d = mapping.write_back.decision
    fields = ("Id", d.key, d.kind, d.about, d.by, d.reason, d.at, d.until, d.data, "SystemModstamp")
    return Stream("decision", d.object, fields, include_deleted=False)


def written_fields(mapping: OrgMapping) -> tuple[str, ...]:
    """Fields of the SLI that the agent writes."""
    return tuple(target.field for target in mapping.write_back.fields().values())


def judged_fields(mapping: OrgMapping) -> frozenset[str]:
    """Fields whose history judgement looks at."""
    fields: set[str | None] = set()
    for side in mapping.intervention.sides.values():
        fields |= {side.colour, side.plan, side.exception_until, side.exception_reason}
    return frozenset(f for f in fields if f)


def whose_turn(all_streams: Sequence[Stream], cursors: Mapping[str, Cursor], turn: int) -> list[Stream]:
    """The streams of the next call, at most five.

    Unfinished and never finished reads go first; in the steady state every poll reads what judgement stands
    on and the rest takes turns.
    """
    unfinished = [s for s in all_streams if _unfinished(cursors.get(s.name))]
    if unfinished:
        return unfinished[:QUERIES_PER_CALL]
    steady = [s for s in all_streams if s.every_poll]
    others = [s for s in all_streams if not s.every_poll]
    free = QUERIES_PER_CALL - len(steady)
    return steady + [others[(turn * free + k) % len(others)] for k in range(min(free, len(others)))]


def at_rest(all_streams: Sequence[Stream], cursors: Mapping[str, Cursor]) -> bool:
    """True when all that judgement needs has been read to its end once and no read is unfinished."""
    return all(not _unfinished(cursors.get(s.name), failing_counts=True) for s in all_streams if s.required)


def _unfinished(cursor: Cursor | None, *, failing_counts: bool = False) -> bool:
    if cursor is None:
        return True
    if cursor.error is not None and not failing_counts:
        return False  # A failing stream waits for its turn and must not starve the others.
    return not cursor.loaded or cursor.resume_stamp is not None


def unique(*fields: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(fields))
