"""Scores of many clients and a year, put together anew and after one call: a small and a large state by turns."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from agent.clock import SetClock
from agent.instants import to_text
from agent.mail.smtp import SmtpMail
from agent.mapping import load
from agent.pipeline.work import Workshop
from agent.ports import Random
from agent.salesforce.org import Org
from agent.scoring import compose, judge
from agent.settings import Settings
from agent.store import Store, care, mirror, scores, to_json
from bench.mapped import SANDBOX

FIRST = datetime(2026, 2, 2, 14, tzinfo=UTC)
"""The first start of care; the others follow over a year."""
END = datetime(2027, 3, 1, tzinfo=UTC)
DAYS = 330
CLIENTS_OF_A_CSM = 250
"""In a year: about twenty begin in each month, as with one client in a busy office."""
CHECK_INS = to_json(["check_in_14d", "check_in_24h", "check_in_7d"])
CALLS = ((0.0, to_json(["introduction"])), (0.5, CHECK_INS), (5.0, CHECK_INS), (12.0, CHECK_INS))
"""Days after the first shift, and what a call may serve."""


class _NoChance:
    """Nothing here is left to chance."""

    def random(self) -> float:
        return 0.5


def recomputed(sizes: Sequence[int], rounds: int) -> dict[str, dict[str, Any]]:
    """By number of clients: all of it put together anew, and what one changed call costs afterwards."""
    with ExitStack() as stack:
        works = {size: _filled(stack, size) for size in sizes}
        whole = {size: _all(work) for size, work in works.items()}
        one: dict[int, list[float]] = {size: [] for size in sizes}
        for turn in range(rounds + 1):  # The first turn warms up.
            for size, work in works.items():
                ms = _one(work, turn)
                if turn:
                    one[size].append(ms)
        return {
            f"{size:,} clients": _told(works[size], whole[size], one[size], one[sizes[0]]) for size in sizes
        }


def _told(work: Workshop, whole: float, one: Sequence[float], smallest: Sequence[float]) -> dict[str, Any]:
    points = int(work.store.value("SELECT count(*) FROM touch_point"))
    return {
        "touch points": points,
        "CSMs' months": int(work.store.value("SELECT count(*) FROM score")),
        "all anew, s": round(whole, 1),
        "µs a touch point": round(1e6 * whole / points),
        "one changed call, ms": round(median(one), 2),
        "times the smallest": round(median(one) / median(smallest), 2),
    }


def _filled(stack: ExitStack, clients: int) -> Workshop:
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="sli-bench-")))
    loaded = Settings.model_validate(
        {
            "sf_auth": "client_credentials",
            "sf_instance_url": "http://127.0.0.1:1",
            "sf_client_id": "bench",
            "sf_client_secret": "bench",
            "smtp_url": "smtp://127.0.0.1:1",
            "mail_from": "sli@example.com",
            "admin_email": "admin@example.com",
            "state_dir": folder,
        }
    )
    store, rng = Store(folder / "state.db"), _NoChance()
    stack.callback(store.close)
    org, mail = Org(loaded, SetClock(END)), SmtpMail("smtp://127.0.0.1:1")
    work = Workshop(loaded, load(SANDBOX), store, org, mail, _random(rng))
    print(f"scores: filling {clients:,} clients", file=sys.stderr, flush=True)
    _fill(store, clients)
    return work


def _random(rng: _NoChance) -> Random:
    return rng


def _fill(store: Store, clients: int) -> None:
    csms = max(1, clients // CLIENTS_OF_A_CSM)
    office = "a02000000000001AAA"
    with store.transaction():
        store.put("org_id", "00D000000000001AAA")
        zone = to_json({"Time_Zone__c": "America/New_York"})
        mirror.save_references(store, [(office, "office", "Boston", zone, "1", 0)])
        mirror.save_references(store, [_client(n, csms, office) for n in range(clients)])
        care.save_episodes(store, [_episode(n, office) for n in range(clients)])
        care.save_contacts(store, list(_calls(clients, csms)))


def _client_id(n: int) -> str:
    return f"a04{n:012}AAA"


def _csm(n: int, csms: int) -> str:
    return f"005{n % csms:012}AAA"


def _client(n: int, csms: int, office: str) -> tuple[Any, ...]:
    fields = {"Office__c": office, "CSM__c": _csm(n, csms)}
    return (_client_id(n), "client", f"Client {n}", to_json(fields), str(n), 0)


def _start(n: int) -> datetime:
    return FIRST + timedelta(days=(n * 7) % DAYS, minutes=n % 600)


def _episode(n: int, office: str) -> dict[str, Any]:
    absent = dict.fromkeys(("expected_start", "ended_at", "duplicate_of"))
    return {
        "id": f"a08{n:012}AAA",
        "client_id": _client_id(n),
        "office_id": office,
        "first_shift_start": to_text(_start(n)),
        "first_shift_end": to_text(_start(n) + timedelta(hours=4)),
        **absent,
        "deleted": 0,
        "hash": str(n),
    }


def _calls(clients: int, csms: int) -> Iterator[tuple[Any, ...]]:
    """Eight of nine calls are made."""
    for n in range(clients):
        for k, (days, serves) in enumerate(CALLS):
            if (n + k) % 9:
                at = to_text(_start(n) + timedelta(days=days))
                yield (f"00T{n * 10 + k:012}AAA", _client_id(n), _csm(n, csms), at, serves, "1", 0)


def _all(work: Workshop) -> float:
    """Seconds until every touch point and every score stands."""
    began = time.perf_counter()
    while judge.judge_waiting(work, END, END):
        pass
    while compose.compose_due(work, END):
        pass
    return time.perf_counter() - began


def _one(work: Workshop, turn: int) -> float:
    """Milliseconds from a new call about one client to the scores that follow.

    Raises:
        RuntimeError: it touched another number of CSMs' months than one.
    """
    n = 9 * (turn + 1) - 3  # Of these the last call was never made.
    csms = int(work.store.value("SELECT count(DISTINCT csm) FROM score"))
    made = (
        f"00TX{turn:011}AAA",
        _client_id(n),
        _csm(n, csms),
        to_text(_start(n) + timedelta(days=11)),
        CHECK_INS,
        "1",
        0,
    )
    with work.store.transaction():
        care.mark_about(work.store, care.save_contacts(work.store, [made]))
    began = time.perf_counter()
    judge.judge_waiting(work, END, END)
    touched = scores.due(work.store, 10)
    compose.compose_due(work, END)
    ms = 1000 * (time.perf_counter() - began)
    if len(touched) != 1:
        raise RuntimeError(f"one changed call touched {len(touched)} CSMs' months, not one")
    return ms
