"""First loads of many rows by query jobs: a step asks once or takes one page in; a kill costs no more than that step.

Every fact is a row before the next step stands on it: that a job is wanted, its id, the page to be read. So a stream
never has two jobs at once, and no page is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial

from agent.errors import Forbidden, Gone, Rejected, Unreachable
from agent.instants import from_text, to_text
from agent.pipeline.take_in import take_rows
from agent.pipeline.work import Workshop
from agent.salesforce import bulk
from agent.salesforce.bulk import Job
from agent.store import backfill as kept
from agent.store import diary, mirror
from agent.store.backfill import BY_JOB, Backfill, Way
from agent.store.mirror import Cursor
from agent.sync import backfill as loads
from agent.sync import poll
from agent.sync.streams import Stream

PAGE_ROWS = 10_000
"""Rows of a result page. Its CSV is held in memory: some ten megabytes."""
ROWS_AT_ONCE = 2_000
"""Rows of it that are held as Python values, as many as a page of REST."""
MOST_JOBS = 2
"""After so many jobs for a stream that came to nothing, REST is the better bet."""
MOST_FAILURES = 10
"""Failures in a row to reach a stream's job. With the pauses between them they take half an hour."""


def ask(work: Workshop, now: datetime) -> bool:
    """One question: how large streams are, for a job, or how one stands. False where there is nothing to ask now.

    Raises:
        SalesforceError: the org cannot be asked; everything stands where it stood.
    """
    undecided = loads.undecided(work.streams, mirror.cursors(work.store), _current(work))
    if undecided:
        _decide(work, undecided, now)
        return True
    steps = {Way.WANTED: _create, Way.WORKING: _look}
    return any(
        _tried(work, stream, now, partial(steps[found.way], work, stream, found, now))
        for stream, found in _due(work, now)
        if found.way in steps
    )


def take_page(work: Workshop, now: datetime) -> bool:
    """Take in one page of a job's result. False where there is none.

    Raises:
        SalesforceError: the org cannot be asked; the same page has its turn again.
    """
    ready = ((stream, found) for stream, found in _due(work, now) if found.way is Way.READY)
    return any(
        _tried(work, stream, now, partial(_take_page, work, stream, found, now)) for stream, found in ready
    )


def next_at(work: Workshop) -> str | None:
    """When there is something to be done about a job; None where no stream is left to one."""
    return min((b.next_at for b in _current(work).values() if b.way in BY_JOB), default=None)


def _current(work: Workshop) -> Mapping[str, Backfill]:
    return loads.current(work.streams, kept.all_of(work.store))


def _due(work: Workshop, now: datetime) -> list[tuple[Stream, Backfill]]:
    known = _current(work)
    found = [(s, known[s.name]) for s in work.streams if s.name in known]
    return [(s, b) for s, b in found if b.way in BY_JOB and from_text(b.next_at) <= now]


def _decide(work: Workshop, streams: list[Stream], now: datetime) -> None:
    totals = loads.counts(work.org, streams)
    at, polled = to_text(now), work.tally.polled
    with work.store.transaction():
        for stream in streams:
            total = totals[stream.name]
            way = Way.WANTED if total >= loads.MANY else Way.REST
            # By REST the first page has been read already; a job reads it once more, and it counts once.
            taken = poll.PAGE if way is Way.REST else 0
            polled[stream.name] = max(0, polled[stream.name] - (poll.PAGE - taken))
            kept.save(work.store, Backfill(stream.name, way, loads.job_query(stream), total, at, at, taken))


def _create(work: Workshop, stream: Stream, found: Backfill, now: datetime) -> None:
    """Have Salesforce work, and keep the job's id; or learn first what the values will be."""
    if not found.types:
        types = loads.types_of(work.org, stream)
        if not loads.fits_a_job(types):
            _read_by_rest(work, stream, "the values of these rows cannot be told from CSV", now)
            return
        _keep(work, replace(found, types=types))
        return
    job = _lost_job(work, stream, found) if found.asked_at else None
    if job is None:
        # Kept before the job is created: whoever finds it here without an id looks for that job first.
        found = replace(found, asked_at=work.store.get("server_time"))
        _keep(work, found)
        job = bulk.start(work.org, found.query, include_deleted=stream.include_deleted)
    working = replace(
        found,
        way=Way.WORKING,
        job_id=job.id,
        created_at=to_text(job.created_at),
        jobs=found.jobs + 1,
        failures=0,
    )
    with work.store.transaction():
        kept.save(work.store, replace(working, next_at=loads.look_again(working, now)))
        text = f"{stream.object}: query job {job.id} loads some {found.total:,} rows"
        diary.write(work.store, to_text(now), "run", text, stream=stream.name)


def _lost_job(work: Workshop, stream: Stream, found: Backfill) -> Job | None:
    """The job that was created though its answer, or this agent, got lost."""
    since = from_text(found.asked_at)
    operation = bulk.operation(stream.include_deleted)
    jobs = bulk.jobs_of(work.org, work.org.user_id, stream.object, operation, since or from_text(found.since))
    return next((job for job in jobs if job.state in bulk.ALIVE), None)


def _look(work: Workshop, stream: Stream, found: Backfill, now: datetime) -> None:
    job = bulk.look_at(work.org, found.job_id or "")
    if job.state in bulk.RUNNING:
        _keep(work, replace(found, next_at=loads.look_again(found, now), failures=0))
    elif job.state == bulk.COMPLETE:
        _keep(work, replace(found, way=Way.READY, next_at=to_text(now), failures=0))
    else:
        _start_again(work, stream, f"query job {job.id} ended as {job.state} {job.reason}".rstrip(), now)


def _take_page(work: Workshop, stream: Stream, found: Backfill, now: datetime) -> None:
    page = bulk.result_page(work.org, found.job_id or "", found.locator, PAGE_ROWS)
    moved = replace(found, locator=page.next_locator, taken=found.taken + page.rows, failures=0)
    with work.store.transaction():
        for rows in bulk.read_rows(page, found.types, ROWS_AT_ONCE):
            take_rows(work, stream.name, rows, now)
        if page.next_locator is None:
            moved = replace(moved, way=Way.DONE)
            cursor = mirror.cursors(work.store).get(stream.name, Cursor(stream.name))
            mirror.save_cursor(work.store, loads.loaded(cursor, found.created_at or ""))
        kept.save(work.store, moved)
        _say_how_far(work, stream, found, moved, now)
    work.tally.polled[stream.name] += page.rows


def _say_how_far(work: Workshop, stream: Stream, before: Backfill, after: Backfill, now: datetime) -> None:
    """A line of the sync log for every tenth of a load."""
    whole = max(after.total, 1)
    if after.way is Way.DONE:
        text = f"{stream.object}: loaded, {after.taken:,} rows"
    elif before.taken * 10 // whole < after.taken * 10 // whole:
        text = f"{stream.object}: {after.taken:,} of {after.total:,} rows loaded"
    else:
        return
    diary.write(work.store, to_text(now), "run", text, stream=stream.name)


def _tried(work: Workshop, stream: Stream, now: datetime, attempt: Callable[[], None]) -> bool:
    """Always True; what fails for this stream alone is mended here, the rest is for the whole agent to wait for."""
    try:
        attempt()
    except (Gone, Rejected, Forbidden) as error:
        if _current(work)[stream.name].way is Way.WANTED:
            _read_by_rest(work, stream, str(error), now)
        else:
            _start_again(work, stream, str(error), now)
    except Unreachable as error:
        found = _current(work)[stream.name]
        if found.failures + 1 < MOST_FAILURES:
            _keep(work, replace(found, failures=found.failures + 1))
            raise
        _read_by_rest(work, stream, str(error), now)
    return True


def _start_again(work: Workshop, stream: Stream, why: str, now: datetime) -> None:
    """Another job, if the first ones were not too many. What was taken in stays: it will be found unchanged."""
    found = _current(work)[stream.name]
    if found.jobs >= MOST_JOBS:
        _read_by_rest(work, stream, why, now)
        return
    blank = Backfill(stream.name, Way.WANTED, found.query, found.total, to_text(now), to_text(now))
    with work.store.transaction():
        kept.save(work.store, replace(blank, types=found.types, jobs=found.jobs))
        diary.write(
            work.store,
            to_text(now),
            "run",
            f"{stream.object}: {why}. Another job is started.",
            level="warning",
        )


def _read_by_rest(work: Workshop, stream: Stream, why: str, now: datetime) -> None:
    """Go on after the first page, which was read before the job was thought of."""
    found = _current(work)[stream.name]
    with work.store.transaction():
        kept.save(work.store, replace(found, way=Way.REST, taken=poll.PAGE, job_id=None))
        text = f"{stream.object}: read by REST, page by page: {why}"
        diary.write(work.store, to_text(now), "run", text, level="warning")


def _keep(work: Workshop, found: Backfill) -> None:
    with work.store.transaction():
        kept.save(work.store, found)
