"""The agent's heartbeat: one unit of work a step, and when to wake next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from agent.instants import from_text, to_text
from agent.pipeline import (
    backfill,
    budget,
    claim,
    decisions,
    deliver,
    doubts,
    drift,
    formulas,
    freshness,
    go_live,
    report,
    take_in,
    tidy,
    told_elsewhere,
    write_back,
)
from agent.pipeline.access import Access, Trouble
from agent.pipeline.work import Tally, Workshop
from agent.ports import Clock
from agent.scoring.step import Scoring
from agent.store import decisions as decided
from agent.store import diary, intents, messages, notices


class Agent:
    """Poll, judge, tell, write: `step` does one unit and says whether there is more to do now."""

    def __init__(self, work: Workshop) -> None:
        self.work = work
        self._salesforce = Access(work.store)
        self._next_poll: datetime | None = None
        self._reserved = False
        """So few API calls are left that only alerts may use them."""
        self._run: tuple[int, int] | None = None
        """The open run's id, and the calls made before it."""
        self._worked = False
        self.last_tally: dict[str, Any] = {}
        self.scoring = Scoring(work)
        self._units: tuple[Callable[[datetime], bool], ...] = (
            self._begin,
            self._look_after_jobs,
            self._poll,
            self._take_page,
            self._judge,
            self._announce,
            self._claim,
            self._watch,
            self._deliver,
            self._report,
            self._keep_decisions,
            self._write,
            self._compare,
            self._tidy,
            self._score,
        )

    @property
    def trouble(self) -> Trouble | None:
        """Salesforce fails as a whole; None while it answers."""
        return self._salesforce.trouble

    def step(self, now: datetime) -> bool:
        """Do one unit of work, the most urgent first; False when there is none until `next_wake`."""
        self._open(now)
        if any(unit(now) for unit in self._units):
            self._worked = True
            return True
        if self._next_look() is None:
            self._end(now, "ok" if self.trouble is None else self.trouble.text)
        return False

    def next_wake(self, now: datetime) -> datetime:
        """When there is work again: the next poll, the end of a pause, or the next row whose hour comes."""
        paused = self._salesforce.is_paused(now)
        candidates = [self.trouble.until if self.trouble and paused else self._next_poll or now]
        scoring = self.scoring.next_wake(now) if self._may_score else None
        candidates += [at for at in (self._next_look(), scoring) if at]
        if self.work.acts:
            store = self.work.store
            rows = [messages.next_at(store, to_text(now))]
            if not paused:
                at = to_text(now)
                rows += [notices.next_at(store, at), intents.next_at(store, at), decided.next_at(store, at)]
            candidates += [from_text(at) for at in rows if at]
        return max(now, min(candidates))

    def run_pass(
        self,
        clock: Clock,
        watch: Callable[[], None] = lambda: None,
        wait: Callable[[float], None] | None = None,
    ) -> dict[str, Any]:
        """One full pass: poll now, then everything that follows from it. The pass's tally.

        `watch` is called after every unit of work, to show progress. `wait` lets so many seconds pass while
        Salesforce works on a query job; without it the pass ends there, and the next one goes on.
        """
        self._next_poll = None
        while self.step(clock.now()) or (wait is not None and self._waited(clock, wait)):
            watch()
        self._end(clock.now(), "ok")
        return self.last_tally

    def _waited(self, clock: Clock, wait: Callable[[float], None]) -> bool:
        """Let the time pass until a query job is to be looked at again; False where none is."""
        look = self._next_look()
        if look is None:
            return False
        wait(max(0.0, (look - clock.now()).total_seconds()))
        return True

    def _next_look(self) -> datetime | None:
        """When a query job has its turn; None where there is none, or the org is left alone."""
        at = None if self.trouble or self._reserved else backfill.next_at(self.work)
        return from_text(at)

    # The units, in order of urgency. Each returns True when it did something.

    def _begin(self, now: datetime) -> bool:
        """At the start: what a kill left half done."""
        if self.work.recovered:
            return False
        self.work.recovered = True
        self._salesforce.keep()  # Another process starts without trouble.
        return deliver.recover(self.work, now) > 0

    def _look_after_jobs(self, now: datetime) -> bool:
        """Before polling, so that Salesforce works on a job while other streams are read."""
        may = self.work.started and not self._reserved
        return may and self._salesforce.run(now, lambda: backfill.ask(self.work, now))

    def _take_page(self, now: datetime) -> bool:
        return not self._reserved and self._salesforce.run(now, lambda: backfill.take_page(self.work, now))

    def _poll(self, now: datetime) -> bool:
        if self._next_poll is not None and now < self._next_poll:
            return False

        def poll() -> bool:
            go_live.ensure_started(self.work, now)
            more = take_in.poll_once(self.work, now)
            pace = budget.follow(self.work, now)
            self._reserved = pace.reserved
            # A first load that runs into the reserve goes on page by page, as slowly as everything else.
            self._next_poll = now if more and not pace.reserved else now + pace.interval
            return True

        return self._salesforce.run(now, poll)

    def _judge(self, now: datetime) -> bool:
        return take_in.judge_due(self.work, now) > 0

    def _announce(self, now: datetime) -> bool:
        """Silences that have ended, once all that changed meanwhile is judged."""
        return decisions.announce_ended(self.work, now)

    def _claim(self, now: datetime) -> bool:
        def claim_or_adopt() -> bool:
            adopted = told_elsewhere.adopt_left_behind(self.work, now)
            return claim.claim_due(self.work, now) + adopted > 0

        return self.work.acts and self._salesforce.run(now, claim_or_adopt)

    def _watch(self, now: datetime) -> bool:
        return self.work.acts and freshness.watch(self.work, now, self.trouble.text if self.trouble else "")

    def _deliver(self, now: datetime) -> bool:
        return self.work.acts and deliver.deliver_due(self.work, now) > 0

    def _report(self, now: datetime) -> bool:
        return self.work.acts and self._salesforce.run(
            now, lambda: report.report_outcomes(self.work, now) > 0
        )

    def _keep_decisions(self, now: datetime) -> bool:
        """What people decided while Salesforce could not be reached."""

        def send() -> bool:
            work = self.work
            return decisions.send(work.store, work.mapping, work.org, now, work.backoff) > 0

        return self.work.acts and self._salesforce.run(now, send)

    def _write(self, now: datetime) -> bool:
        may = self.work.acts and not self._reserved
        return may and self._salesforce.run(now, lambda: write_back.write_fields(self.work, now) > 0)

    def _compare(self, now: datetime) -> bool:
        """What no poll shows: records in doubt, fields that are gone or back, and formulas."""

        def compare() -> bool:
            return (
                doubts.look_up(self.work, now)
                or drift.look_when_due(self.work, now)
                or formulas.refresh_when_due(self.work, now)
            )

        return not self._reserved and self._salesforce.run(now, compare)

    def _tidy(self, now: datetime) -> bool:
        return self.work.acts and tidy.tidy_when_due(self.work, now)

    def _score(self, now: datetime) -> bool:
        """Last of all, and with its own troubles: no alert waits for a score."""
        return self._may_score and self.scoring.step(now)

    @property
    def _may_score(self) -> bool:
        return self.work.started and self.trouble is None and not self._reserved

    def _open(self, now: datetime) -> None:
        if self._run is None:
            self.work.tally = Tally()
            self._worked = False
            with self.work.store.transaction():
                self._run = (diary.begin_run(self.work.store, to_text(now)), self.work.org.calls)

    def _end(self, now: datetime, outcome: str) -> None:
        if self._run is None:
            return
        run_id, calls_before = self._run
        self._run = None
        self.last_tally = self.work.tally.as_dict(self.work.store, self.work.org.calls - calls_before)
        story = self.work.tally.story(self.last_tally["api_calls"])
        with self.work.store.transaction():
            if story:
                diary.write(self.work.store, to_text(now), "run", story)
            if self._worked or self.trouble:
                diary.end_run(self.work.store, run_id, to_text(now), outcome, self.last_tally)
            else:
                diary.forget_run(self.work.store, run_id)
