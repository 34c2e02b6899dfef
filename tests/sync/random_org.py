"""An org in which anything may happen, and an agent that may be killed: the moves, and what holds after each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from agent.loop import Agent
from agent.sandbox.faults import Fault
from agent.sandbox.schema import ObjectSchema
from agent.store import census, mirror
from agent.sync.streams import streams
from tests.company import Company
from tests.sync.agreement import COMMENT, FEED, FORMULA, held
from tests.sync.watching import MINUTE, SLI, milestones, mirrored, steps_until_rest, with_post

TASK = "Task"
HIDEABLE = (
    (SLI, "Client_Intervention_Plan__c"),
    (SLI, "Client_Status__c"),
    (SLI, "Office__c"),
    (SLI, "Name"),
    (SLI, FORMULA),
    (SLI, "Client_Plan_State__c"),
    (FEED, "Body"),
    (COMMENT, "CommentBody"),
    (TASK, "Subject"),
    ("User", "Email"),
    ("Office__c", "Time_Zone__c"),
)
"""Fields that reading can do without for a while."""


class Killed(BaseException):
    """The power goes."""


class RandomOrg:
    """The sandbox org, the agent that reads it, and what was done to both. A number chooses a record."""

    def __init__(self, company: Company) -> None:
        self.company, self.org = company, company.seeded.org
        self._deleted = {row["Id"] for row in company.rows(SLI) if row["IsDeleted"]}
        """SLIs that were deleted at some time."""
        self._unshared: set[str] = set()
        self._ever_unshared: set[str] = set()
        self._hidden: dict[tuple[str, str], dict[str, Any]] = {}
        """Fields the agent may not read, with what its mirror held of them when they were hidden."""
        self._cancelled: set[str] = set()
        """SLIs with a cancelled milestone, as of the last look."""
        self._standing: list[Fault] = []
        self._life = ExitStack()
        self._disks, self._names = count(1), count(1)
        self._change_field(FORMULA, type="string", calculated=True)
        self.lose_disk()

    def close(self) -> None:
        self._life.close()

    # What people do. `late`: so many seconds after its stamp a save becomes visible.

    def create(self, values: Mapping[str, Any], late: int) -> None:
        office = self.company.seeded.ids["office/Phoenix"]
        given = {"Name": f"No Name {next(self._names)}", "Office__c": office, **values}
        self.org.insert(SLI, given, at=self._now, by=self._admin, commit_at=self._in(late))

    def edit(self, object: str, which: int, values: Mapping[str, Any], late: int, by: str = "admin") -> None:
        if record_id := self._pick(object, which):
            person = self.company.seeded.ids[by]
            self.org.update(record_id, values, at=self._now, by=person, commit_at=self._in(late))

    def edit_many(self, each: int, values: Mapping[str, Any], late: int) -> None:
        """A bulk update: every so-manieth SLI, all within one second."""
        for record_id in self._living(SLI)[::each]:
            self.org.update(record_id, values, at=self._now, by=self._admin, commit_at=self._in(late))

    def delete(self, object: str, which: int, *, hard: bool) -> None:
        if record_id := self._pick(object, which):
            self.org.delete(record_id, at=self._now, by=self._admin, hard=hard)
            self._deleted |= {record_id} if object == SLI else set()

    def undelete(self, object: str, which: int) -> None:
        """Out of the recycle bin, where the record it belongs to is alive."""
        bin = [row for row in self.company.rows(object) if self._is_in_bin(row)]
        if bin:
            self.org.undelete(bin[which % len(bin)]["Id"], at=self._now, by=self._admin)

    def post(self, which: int, text: str, late: int) -> None:
        if record_id := self._pick(SLI, which):
            with self._lately(late):
                self.org.post(record_id, text, at=self._now, by=self._admin)

    def comment(self, which: int, text: str, late: int) -> None:
        if post := self._pick(FEED, which):
            with self._lately(late):
                self.org.comment(post, text, at=self._now, by=self._admin)

    def do(self, which: int, subject: str, late: int) -> None:
        """Somebody does something about an SLI."""
        if record_id := self._pick(SLI, which):
            given = {"Subject": subject, "Status": "Completed", "WhatId": record_id}
            self.org.insert(TASK, given, at=self._now, by=self._admin, commit_at=self._in(late))

    def recompute(self, each: int, value: str) -> None:
        """What a formula stands on changes, and no stamp moves."""
        for record_id in self._living(SLI)[::each]:
            self.org.set_formula(record_id, FORMULA, value)

    # What administrators and the network do

    def unshare(self, which: int, each: int) -> None:
        """Hide every so-manieth SLI from the agent; one of them where `each` is 0.

        Only from an agent that has read everything once: what an agent knows of an SLI that it was shown for a part
        of its first load, no comparison of ids can tell.
        """
        cursors = mirror.cursors(self.agent.work.store)
        if not all(s.name in cursors and cursors[s.name].loaded for s in self.agent.work.streams):
            return
        slis = self._living(SLI)
        chosen = slis[which % each :: each] if each else slis[which % len(slis) :][:1]
        self._unshared |= {*chosen}
        self._ever_unshared |= {*chosen}
        self._stand()

    def share(self) -> None:
        """Sharing comes back after the agent has compared all ids: from then on it knows what it does not see."""
        if self._unshared:
            self._standing.clear()
            self._hidden.clear()
            self._stand()
            self.wait_for_a_comparison()
        self._unshared.clear()
        self._stand()

    def hide(self, field: tuple[str, str]) -> None:
        self._hidden.setdefault(field, self._values(field))
        self._stand()

    def show(self) -> None:
        self._hidden.clear()
        self._stand()

    def retype(self, field: str, type: str) -> None:
        self._change_field(field, type=type)

    def fail(self, fault: Fault) -> None:
        """A fault that is used up, or stands until the org is healed."""
        self._standing += [fault] if fault.times is None else []
        self.org.faults.add(fault)

    def heal(self) -> None:
        self._standing.clear()
        self._hidden.clear()
        self._stand()
        self.share()

    # What becomes of the agent

    def wait(self, span: timedelta) -> None:
        """Time passes, and the agent does what there is to do then."""
        self.company.later(span)
        steps_until_rest(self.agent, self.company, at_most=400)

    def wait_for_a_comparison(self) -> None:
        """A whole comparison of ids, and the look at what it left in doubt."""
        for _ in range(4):
            self.wait(timedelta(hours=7))
        for _ in range(45):
            self.wait(MINUTE)

    def kill(self, transactions: int) -> None:
        """The power goes in the so-manieth transaction of the next minute, if there are so many."""
        left = transactions
        store: Any = self.agent.work.store
        whole: Callable[[], Any] = store.transaction

        @contextmanager
        def fatal() -> Iterator[None]:
            nonlocal left
            with whole():
                yield
                left -= 1
                if left == 0:
                    raise Killed

        store.transaction = fatal
        with suppress(Killed):
            self.wait(MINUTE)
        self._begin_life()

    def lose_disk(self) -> None:
        self._disk = f"disk {next(self._disks)}"
        self._hidden = {field: {} for field in self._hidden}
        self._cancelled.clear()
        self._begin_life()

    def _begin_life(self) -> None:
        self._life.close()
        self.agent: Agent = self._life.enter_context(self.company.agent(self._disk))
        with_post(self.agent)

    # What holds at any time

    def unproven(self) -> list[str]:
        """What the agent concluded though nothing proves it."""
        gone = {i for i, row in mirrored(self.agent).items() if row["deleted"]} - self._deleted
        cancelled = {m[0] for m in milestones(self.agent) if m[3] == "cancelled"}
        because_unseen = (cancelled - self._cancelled) & self._unshared - self._deleted
        self._cancelled = cancelled
        unseen = {row["id"] for row in census.unseen(self.agent.work.store)}
        found = [f"{i} counts as deleted" for i in gone]
        found += [f"{i} is cancelled because it cannot be seen" for i in because_unseen]
        found += [f"{i} is marked as unseen" for i in unseen - self._ever_unshared - self._deleted]
        return sorted(found)

    def blanked(self) -> list[str]:
        """What the mirror held of fields that were hidden then, and holds no more."""
        return sorted(
            f"{field[1]} of {i}"
            for field, before in self._hidden.items()
            for i, value in self._values(field).items()
            if value is None and before.get(i) is not None
        )

    # How it is done

    @property
    def _now(self) -> datetime:
        return self.company.clock.now()

    @property
    def _admin(self) -> str:
        return self.company.seeded.ids["admin"]

    def _in(self, seconds: int) -> datetime:
        return self._now + timedelta(seconds=seconds)

    @contextmanager
    def _lately(self, seconds: int) -> Iterator[None]:
        late = Fault.late_commits(seconds)
        self._standing.append(late)
        self._stand()
        yield
        self._standing.remove(late)
        self._stand()

    def _stand(self) -> None:
        """Those faults stand that are to stand; whatever was to be used up is forgotten."""
        faults = self.org.faults
        faults.clear()
        faults.add(*self._standing, *(Fault.hidden_field(*field) for field in self._hidden))
        if self._unshared:
            faults.add(Fault.lost_sharing(SLI, *self._unshared))

    def _living(self, object: str) -> list[str]:
        """Ids of the records anybody can save now."""
        ids = (row["Id"] for row in self.company.rows(object) if row.get("Body", row) is not None)
        return sorted(i for i in ids if self._is_alive(i))

    def _is_alive(self, record_id: str) -> bool:
        found = self.org.store.find(record_id)
        return found is not None and not found[1]["IsDeleted"]

    def _is_in_bin(self, row: Mapping[str, Any]) -> bool:
        found = self.org.store.find(row["Id"])
        belongs_to = row.get("FeedItemId") or row.get("ParentId") or row.get("WhatId")
        return bool(found and found[1]["IsDeleted"]) and (not belongs_to or self._is_alive(belongs_to))

    def _pick(self, object: str, which: int) -> str | None:
        ids = self._living(object)
        return ids[which % len(ids)] if ids else None

    def _values(self, field: tuple[str, str]) -> dict[str, Any]:
        """What the mirror holds of a field, by record id."""
        [stream] = [s.name for s in streams(self.agent.work.mapping) if s.object == field[0]]
        return {i: row[field[1]] for i, row in held(self.agent)[stream].items() if field[1] in row}

    def _change_field(self, name: str, **traits: Any) -> None:
        schemas: dict[str, ObjectSchema] = self.org.schemas  # type: ignore[assignment]
        changed = replace(schemas[SLI].fields[name], **traits)
        schemas[SLI] = schemas[SLI].with_fields(changed)
