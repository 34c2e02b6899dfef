"""getDeleted and getUpdated: what no read by stamps shows, asked now and then within a poll's call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.errors import SalesforceError
from agent.instants import from_text, to_text
from agent.mapping import OrgMapping
from agent.salesforce import wire
from agent.salesforce.parts import Answers, Part, part_deleted, part_updated
from agent.store.mirror import Cursor

EVERY = timedelta(seconds=300)
"""Salesforce advises five minutes between two calls of getUpdated or getDeleted."""
_CLOCKS_DIFFER = timedelta(hours=1)
DELETED_REACH = timedelta(days=15) - _CLOCKS_DIFFER
UPDATED_REACH = timedelta(days=30) - _CLOCKS_DIFFER
"""How far back Salesforce answers (platform facts); a longer span is refused."""

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Question:
    """Which records of a stream's object were deleted in a span, or else which were saved (`updated`).

    `bounds`: the streams whose late rows `latestDateCovered` speaks of.
    """

    stream: str
    object: str
    bounds: tuple[str, ...]
    updated: bool = False

    @property
    def name(self) -> str:
        return f"{self.stream}_{'updated' if self.updated else 'deleted'}"

    def part(self, span: Span) -> Part:
        return (part_updated if self.updated else part_deleted)(self.name, self.object, *span)


@dataclass(frozen=True)
class Reply:
    """The ids a question brought, complete through `covered` (an instant as text); or why it brought none."""

    question: Question
    ids: Sequence[str] = ()
    covered: str | None = None
    error: SalesforceError | None = None


def questions(mapping: OrgMapping) -> tuple[Question, ...]:
    """Deleted SLIs, posts and comments, and edited comments: only those are read by a stamp edits do not move.

    History commits with its parent (platform fact), so what bounds the SLIs bounds it too.
    """
    c = mapping.chatter
    found = [Question("intervention", mapping.intervention.object, ("intervention", "history"))]
    if c.feed:
        found.append(Question("feed", c.feed, ("feed",)))
    if c.comments:
        found.append(Question("comment", c.comments, ("comment",)))
        found.append(Question("comment", c.comments, ("comment",), updated=True))
    return tuple(found)


def spans(
    asked: Sequence[Question], cursors: Mapping[str, Cursor], through: Mapping[str, str], org_now: datetime
) -> dict[Question, Span]:
    """From where each question was answered last to now, by the org's clock; for streams that are loaded."""
    found = {}
    for question in asked:
        cursor = cursors.get(question.stream)
        if cursor is None or not cursor.loaded or cursor.covered is None:
            continue
        since = from_text(through.get(question.name) or cursor.low_water or cursor.covered)
        reach = UPDATED_REACH if question.updated else DELETED_REACH
        # After a long absence the whole span would be refused for ever.
        found[question] = max(since, org_now - reach), org_now
    return found


def reply(question: Question, answers: Answers) -> Reply:
    try:
        if question.updated:
            updated = answers.updated(question.name)
            return Reply(question, [wire.to18(i) for i in updated.ids], to_text(updated.covered))
        deleted = answers.deleted(question.name)
        return Reply(question, [wire.to18(i) for i in deleted.at], to_text(deleted.covered))
    except SalesforceError as error:
        return Reply(question, error=error)
