"""Deletions that leave no trace in any read, and edits that move no stamp we read by: asked for and taken in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from agent.instants import from_text, to_text
from agent.pipeline import org_time
from agent.pipeline.work import Workshop
from agent.store import census, diary, from_json, mirror, to_json
from agent.store.census import Why
from agent.store.mirror import Cursor
from agent.sync.poll import PollAnswer
from agent.sync.replication import EVERY, Question, Reply, Span, questions, spans
from agent.sync.streams import Stream


def to_ask(
    work: Workshop, turn: Sequence[Stream], cursors: Mapping[str, Cursor], now: datetime
) -> dict[Question, Span]:
    """The questions of this poll with their spans; none while the last ones are young or a stream is not loaded."""
    org_now = org_time.org_now(work.store, now)
    asked = from_text(work.store.get("deletions_asked"))
    if asked is not None and org_now - asked < EVERY:
        return {}
    read = {stream.name for stream in turn}
    wanted = [question for question in questions(work.mapping) if question.stream in read]
    return spans(wanted, cursors, through(work), org_now)


def through(work: Workshop) -> dict[str, str]:
    """By question, the org's instant up to which it has been answered."""
    known: dict[str, str] = from_json(work.store.get("deletions_through") or "{}")
    return known


def take(work: Workshop, answer: PollAnswer, asked: Mapping[Question, Span], now: datetime) -> None:
    """Take the replies in. In the caller's transaction."""
    for reply in answer.replies:
        _follow(work, reply, now)
    if any(abs(answer.server_time - end) > org_time.TOLERANCE for _, end in asked.values()):
        return  # Our clock has jumped, so the spans were wrong: asked anew at the next poll, by the org's clock.
    covered = {r.question.name: r.covered for r in answer.replies if r.covered is not None}
    work.store.put("deletions_through", to_json({**through(work), **covered}))
    work.store.put("deletions_asked", to_text(answer.server_time))
    _tell_failures(work, answer.replies, now)


def _follow(work: Workshop, reply: Reply, now: datetime) -> None:
    question = reply.question
    if question.updated:
        # Younger ones are read again by every poll.
        before = mirror.cursors(work.store)[question.stream].low_water or ""
        edited = census.settled_comments(work.store, reply.ids, before)
        census.doubt(work.store, question.stream, edited, Why.EDITED, to_text(now))
    elif question.stream == "intervention":
        gone = mirror.mark_deleted(work.store, reply.ids)
        if gone:
            diary.write(work.store, to_text(now), "change", f"{gone} SLI(s) deleted for good in Salesforce")
    else:
        mirror.mark_changed(work.store, census.mark_said_deleted(work.store, reply.ids))


def _tell_failures(work: Workshop, replies: Sequence[Reply], now: datetime) -> None:
    """One alarm for all that cannot be asked, until it fails for another reason."""
    failing = {r.question.name: str(r.error) for r in replies if r.error is not None}
    before: dict[str, str] = from_json(work.store.get("deletions_error") or "{}")
    new = {error: None for name, error in failing.items() if before.get(name) != error}
    if new:
        text = (
            f"deletions cannot be asked for: {' '.join(new)} "
            "Deleted SLIs, posts and comments may seem alive until that is mended."
        )
        diary.write(work.store, to_text(now), "alarm", text, level="error")
    work.store.put("deletions_error", to_json(failing))
