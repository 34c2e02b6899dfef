"""First loads of many rows by query jobs: the same mirror as by REST, after kills and failures at any point."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from agent.errors import Rejected
from agent.instants import from_text
from agent.loop import Agent
from agent.pipeline import backfill
from agent.salesforce import bulk
from agent.salesforce.bulk import Job
from agent.sandbox.faults import Fault
from agent.store import Store
from agent.store import backfill as kept
from agent.store.backfill import Way
from agent.sync import backfill as loads
from agent.sync import poll
from tests.company import Company
from tests.sync.watching import SLI, cursor, lines, mirrored, seen_first, submit

RESULTS = r"jobs/query/\w+/results"


class Killed(BaseException):
    """The power goes."""


@pytest.fixture(autouse=True)
def _small_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of 20 rows by REST, of 25 by a job; 40 rows are many."""
    monkeypatch.setattr(poll, "PAGE", 20)
    monkeypatch.setattr(loads, "MANY", 40)
    monkeypatch.setattr(backfill, "PAGE_ROWS", 25)
    monkeypatch.setattr(backfill, "ROWS_AT_ONCE", 10)


@contextmanager
def reader(company: Company, name: str = "one") -> Iterator[Agent]:
    """An agent that only reads."""
    with company.agent(name) as agent:
        agent.work.acts = False
        yield agent


def load(agent: Agent, company: Company) -> None:
    """A pass that waits for the jobs, and goes on after the pauses that failures bring."""
    for _ in range(40):
        agent.run_pass(company.clock, wait=lambda seconds: company.later(timedelta(seconds=seconds)))
        if agent.trouble is None:
            return
        wait_until(company, agent.next_wake(company.clock.now()))
    raise AssertionError("the load does not come to its end")


def wait_until(company: Company, instant: datetime) -> None:
    company.later(instant - company.clock.now())


def steps_until(agent: Agent, company: Company, way: Way, stream: str = "intervention") -> None:
    for _ in range(200):
        if (found := kept.all_of(agent.work.store).get(stream)) and found.way is way:
            return
        if not agent.step(company.clock.now()):
            wait_until(company, agent.next_wake(company.clock.now()))
    raise AssertionError(f"{stream} does not come to {way}")


def content(agent: Agent) -> dict[str, list[tuple[Any, ...]]]:
    """The whole mirror."""
    columns = {"intervention": "id, number, stamp, office_id, account_id, source, written, hash, deleted"}
    return {
        table: [
            tuple(r)
            for r in agent.work.store.rows(f"SELECT {columns.get(table, '*')} FROM {table} ORDER BY id")
        ]
        for table in ("intervention", "change", "chatter", "activity", "reference")
    }


def jobs(agent: Agent, object: str = SLI) -> list[Job]:
    org = agent.work.org
    return bulk.jobs_of(org, org.user_id, object, "queryAll", from_text("2026-01-01T00:00:00Z"))


def by_rest(company: Company, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[tuple[Any, ...]]]:
    """What a load without jobs gives."""
    with monkeypatch.context() as patched, reader(company, "by rest") as agent:
        patched.setattr(loads, "MANY", 10**9)
        load(agent, company)
        return content(agent)


def ways(agent: Agent) -> dict[str, Way]:
    return {name: found.way for name, found in kept.all_of(agent.work.store).items()}


def test_a_load_by_jobs_gives_the_same_mirror_as_one_by_rest(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = by_rest(company, monkeypatch)
    with reader(company) as agent:
        load(agent, company)
        found = kept.all_of(agent.work.store)
        assert {"intervention", "feed", "person"} <= {name for name, f in found.items() if f.job_id}
        assert content(agent) == expected
        assert seen_first(agent) == len(expected["intervention"])


def test_a_small_org_is_asked_neither_for_counts_nor_for_jobs(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poll, "PAGE", 2000)
    with reader(company) as agent:
        load(agent, company)
        assert kept.all_of(agent.work.store) == {}


def test_a_stream_below_the_threshold_goes_on_by_rest(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loads, "MANY", 61)
    with reader(company) as agent:
        load(agent, company)
        found = kept.all_of(agent.work.store)["intervention"]
        assert (found.way, found.taken, found.total, found.jobs) == (Way.DONE, 60, 60, 0)


def test_an_agent_killed_in_every_transaction_of_a_load_ends_with_the_same_mirror_and_one_job_a_stream(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = by_rest(company, monkeypatch)
    transaction = Store.transaction
    left = 0

    @contextmanager
    def fatal(self: Store) -> Iterator[None]:
        nonlocal left
        with transaction(self):
            yield
            left -= 1
            if left == 0:
                raise Killed

    monkeypatch.setattr(Store, "transaction", fatal)
    # The n-th life dies in its n-th transaction, so each of them is broken off in one life or another.
    for left in count(1):  # noqa: B007
        with reader(company, "victim") as agent:
            try:
                load(agent, company)
            except Killed:
                continue
            break
    left = 0
    with reader(company, "victim") as agent:
        assert content(agent) == expected
        assert [job.state for job in jobs(agent)] == [bulk.COMPLETE]
        assert seen_first(agent) == 60


def test_a_job_whose_creation_was_not_heard_of_is_found_and_not_created_again(company: Company) -> None:
    with reader(company) as agent:
        company.seeded.org.faults.add(Fault.lost_answer(method="POST", path="jobs/query$"))
        load(agent, company)
        assert len(jobs(agent)) == 1
        assert len(mirrored(agent)) == 60


def test_a_job_that_is_worked_on_is_looked_at_when_its_hour_comes_and_not_before(company: Company) -> None:
    with reader(company) as agent:
        steps_until(agent, company, Way.WORKING)
        while agent.step(company.clock.now()):
            pass
        found = kept.all_of(agent.work.store)["intervention"]
        assert agent.next_wake(company.clock.now()) == company.clock.now() + loads.LOOK_FIRST
        calls = agent.work.org.calls
        assert not agent.step(company.clock.now())
        assert agent.work.org.calls == calls
        wait_until(company, from_text(found.next_at))
        assert agent.step(company.clock.now())


def test_rows_saved_while_a_job_is_worked_on_are_read_after_it(company: Company) -> None:
    with reader(company) as agent:
        steps_until(agent, company, Way.WANTED)
        first_page_at = cursor(agent, "intervention").began
        company.later(timedelta(seconds=7))
        steps_until(agent, company, Way.READY)
        company.later(timedelta(seconds=7))
        late = submit(company, "Too late for the job")
        created = kept.all_of(agent.work.store)["intervention"].created_at
        load(agent, company)
        assert late not in mirrored(agent)
        assert cursor(agent, "intervention").covered == created != first_page_at
        company.later(timedelta(minutes=1))
        load(agent, company)
        assert late in mirrored(agent)


def test_a_job_that_was_deleted_is_started_again(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = by_rest(company, monkeypatch)
    with reader(company) as agent:
        steps_until(agent, company, Way.READY)
        assert agent.step(company.clock.now())
        gone = kept.all_of(agent.work.store)["intervention"].job_id
        agent.work.org.request("DELETE", f"jobs/query/{gone}", "delete")
        load(agent, company)
        assert content(agent) == expected
        assert [job.id for job in jobs(agent)] != [gone]
        assert any("Another job is started" in line for line in lines(agent, "run"))


def test_after_two_jobs_that_came_to_nothing_the_stream_is_read_by_rest(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = by_rest(company, monkeypatch)
    with reader(company) as agent:
        for _ in range(backfill.MOST_JOBS):
            steps_until(agent, company, Way.WORKING)
            job = kept.all_of(agent.work.store)["intervention"].job_id
            agent.work.org.request("PATCH", f"jobs/query/{job}", "abort", body={"state": "Aborted"})
            company.later(timedelta(seconds=10))
            assert agent.step(company.clock.now())
        load(agent, company)
        assert content(agent) == expected
        assert ways(agent)["intervention"] is Way.DONE
        assert any("read by REST" in line and "Aborted" in line for line in lines(agent, "run"))


def test_an_object_that_the_bulk_api_does_not_take_is_read_by_rest(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = by_rest(company, monkeypatch)

    def refuse(*_: Any, **__: Any) -> Job:
        raise Rejected("start a query job: INVALIDENTITY.", code="INVALIDENTITY")

    monkeypatch.setattr(bulk, "start", refuse)
    with reader(company) as agent:
        load(agent, company)
        assert content(agent) == expected
        assert agent.trouble is None


def test_rows_whose_values_csv_cannot_tell_apart_are_read_by_rest(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loads, "types_of", lambda _org, stream: dict.fromkeys(stream.fields, "anyType"))
    with reader(company) as agent:
        load(agent, company)
        assert jobs(agent) == []
        assert len(mirrored(agent)) == 60


@pytest.mark.parametrize(
    "fault",
    [
        Fault.expired_token(path=RESULTS),
        Fault.unavailable(4, path=RESULTS),
        Fault.unavailable_html(4, path=RESULTS),
        Fault.dropped(4, path=RESULTS),
        Fault.truncated(4, path=RESULTS),
        Fault.concurrent_limit(4, path=RESULTS),
        Fault.daily_limit(path=RESULTS),
        Fault.slow(90, 4, path=RESULTS),
        Fault.unavailable(4, path=r"jobs/query/\w+$"),
        Fault.unavailable(1, method="POST", path="jobs/query$"),
    ],
    ids=lambda fault: f"{fault.kind} of {fault.path}",
)
def test_a_fault_in_the_middle_of_a_load_by_jobs_costs_no_row_and_no_second_job(
    company: Company, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    expected = by_rest(company, monkeypatch)
    with reader(company) as agent:
        company.seeded.org.faults.add(fault)
        load(agent, company)
        assert content(agent) == expected
        assert len(jobs(agent)) == 1


def test_a_result_that_stays_out_of_reach_is_left_for_rest(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = by_rest(company, monkeypatch)
    monkeypatch.setattr(backfill, "MOST_FAILURES", 3)
    with reader(company) as agent:
        company.seeded.org.faults.add(Fault.unavailable(None, path=RESULTS))
        load(agent, company)
        company.later(timedelta(minutes=1))
        load(agent, company)
        assert content(agent) == expected
        assert any("read by REST" in line for line in lines(agent, "run"))


def test_the_log_tells_of_every_tenth_of_a_load(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backfill, "PAGE_ROWS", 5)
    with reader(company) as agent:
        load(agent, company)
        told = [line for line in lines(agent, "run") if line.startswith(f"{SLI}:")]
        assert told[1:3] == [f"{SLI}: 10 of 60 rows loaded", f"{SLI}: 15 of 60 rows loaded"]
        assert told[-1] == f"{SLI}: loaded, 60 rows"
