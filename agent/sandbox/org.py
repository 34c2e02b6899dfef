"""The sandbox org: a Salesforce org's state, the saves that move it, and what its users see of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from random import Random  # noqa: TID251 - the type of an argument; nothing is drawn from the module
from typing import Any

from agent.sandbox import ids, trail
from agent.sandbox.catalogue import feed_name, history_name
from agent.sandbox.errors import SalesforceError
from agent.sandbox.faults import Faults
from agent.sandbox.handle import handle
from agent.sandbox.http import Request, Response
from agent.sandbox.locators import Locators
from agent.sandbox.oauth import Sessions
from agent.sandbox.records import Records, stamp
from agent.sandbox.schema import ObjectSchema
from agent.sandbox.store import Change, Row, Store
from agent.sandbox.visibility import View

ORG_ID = ids.make("00D", 1)


class SandboxOrg:
    """One org. Its time is what its callers say (`at`, `now`); a record is saved in the order of time.

    Args:
        schemas: the objects by API name, feed and history objects included.
        org_id: 18 characters, the id of the one `Organization` row.
        first_serial: number of the first record of each object, for two orgs whose ids must differ.
        daily_limit: API calls in 24 hours.
        session_seconds: how long a token lives.
    """

    def __init__(
        self,
        schemas: Mapping[str, ObjectSchema],
        *,
        org_id: str = ORG_ID,
        first_serial: int = 1,
        daily_limit: int = 100_000,
        session_seconds: float = 7200,
    ) -> None:
        self.schemas = schemas
        self.org_id = org_id
        self.daily_limit = daily_limit
        self.integration_user_id: str | None = None
        """The user whose sight the faults narrow, and the one whose own saves are never late."""
        self.faults = Faults()
        self.store = Store(schemas)
        self.sessions = Sessions(timedelta(seconds=session_seconds))
        self.locators = Locators()
        self.calls: deque[datetime] = deque()
        """When each API call of the last 24 hours came."""
        self._records = Records(schemas, self.store, org_id, first_serial)

    def insert(
        self,
        object: str,
        values: Mapping[str, Any],
        *,
        at: datetime,
        by: str,
        commit_at: datetime | None = None,
    ) -> str:
        """Create a record and return its id; readers see it from `commit_at` on (default: at once).

        Values are Python's own: aware datetimes, dates, booleans, numbers, strings. Fields that no client may
        write can be given here, system fields excepted.

        Raises:
            SalesforceError: as Salesforce refuses a row (DUPLICATE_VALUE, REQUIRED_FIELD_MISSING, …).
        """
        row = self._records.created(object, values, at, by)
        schema = self.schemas[object]
        changes = self._kept(object, row)
        if schema.history:
            changes += self._history(schema, row, [trail.created_entry()], at, by)
        self._save(changes, at, by, commit_at)
        return str(row["Id"])

    def update(
        self,
        record_id: str,
        values: Mapping[str, Any],
        *,
        at: datetime,
        by: str,
        commit_at: datetime | None = None,
    ) -> None:
        """Save new values: moves LastModifiedDate and SystemModstamp, logs tracked fields, all in one commit.

        Raises:
            SalesforceError: as Salesforce refuses a row (ENTITY_IS_DELETED, DUPLICATE_VALUE, …).
        """
        schema, before = self._records.living(record_id)
        after = self._records.updated(schema, before, values, at, by)
        changes = self._kept(schema.name, after)
        entries = trail.change_entries(schema, before, after, self._name_of)
        if schema.history:
            changes += self._history(schema, after, entries, at, by)
        if schema.feed and entries:
            changes += self._feed_item(trail.post_values(record_id, None), at, by)
        self._save(changes, at, by, commit_at)

    def delete(self, record_id: str, *, at: datetime, by: str, hard: bool = False) -> None:
        """Put a record and its trail into the recycle bin, or remove them for good (`hard`)."""
        schema, row = self._records.living(record_id)
        touched = self._records.touched(schema, at, by)
        hard = hard or self.faults.take("hard_deletes", object=schema.name, row=row) is not None
        gone = None if hard else row.changed({"IsDeleted": True, **touched})
        changes = self._with_trail(schema, row, gone, at)
        if schema.name == "FeedComment":
            changes += self._counted(row["FeedItemId"], -1, at, by)
        self._save(changes, at, by, None)

    def undelete(self, record_id: str, *, at: datetime, by: str) -> None:
        """Take a record and its trail back out of the recycle bin."""
        found = self.store.find(record_id)
        if found is None or not found[1]["IsDeleted"]:
            raise SalesforceError("UNDELETE_FAILED", "Entity is not in the recycle bin", ())
        schema, row = self.schemas[found[0]], found[1]
        back = self._records.updated(schema, row, {"IsDeleted": False}, at, by)
        self._save(self._with_trail(schema, row, back, at), at, by, None)

    def post(self, parent_id: str, body: str, *, at: datetime, by: str, rich: bool = False) -> str:
        """Post to a record's Chatter feed; returns the feed item's id. The record's stamp does not move."""
        changes = self._feed_item(trail.post_values(parent_id, body, rich=rich), at, by)
        self._save(changes, at, by, None)
        return changes[0].record_id

    def comment(self, feed_item_id: str, body: str, *, at: datetime, by: str) -> str:
        """Comment on a post; moves the post's CommentCount and SystemModstamp."""
        _, item = self._records.living(feed_item_id)
        given = {"FeedItemId": feed_item_id, "ParentId": item["ParentId"], "CommentBody": body}
        row = self._records.created("FeedComment", given, at, by)
        self._save(self._kept("FeedComment", row) + self._counted(feed_item_id, 1, at, by), at, by, None)
        return str(row["Id"])

    def set_formula(self, record_id: str, field: str, value: Any) -> None:
        """Change what a formula shows; no stamp moves (platform fact)."""
        schema, row = self._records.living(record_id)
        at = row["SystemModstamp"]
        self.store.save(self._kept(schema.name, row.changed({field: value})), at=at, commit_at=at)

    def view(self, now: datetime, user_id: str | None = None) -> View:
        """What this user sees of what is committed by `now`; without a user, everything."""
        self.store.advance(now)
        faults = self.faults if user_id is not None and user_id == self.integration_user_id else None
        return View(self.schemas, self.store, faults, now)

    def rows(self, object: str, now: datetime) -> Iterator[Row]:
        """Every row of an object committed by `now`, deleted ones included, whatever faults hide."""
        return self.view(now).rows(object, include_deleted=True)

    def covered_until(self, now: datetime) -> datetime:
        """`latestDateCovered`: nothing saved before it can still appear. It lags while transactions run."""
        self.store.advance(now)
        lag = sum(fault.seconds for fault in self.faults.standing("covered_lag"))
        return min(now, self.store.earliest_open() or now) - timedelta(seconds=lag)

    def handle(self, request: Request, now: datetime, rng: Random) -> Response:
        """Answer one request at the aware UTC instant `now`."""
        return handle(self, request, now, rng)

    def _name_of(self, record_id: str) -> str | None:
        found = self.store.find(record_id)
        return found[1]["Name"] if found else None

    def _kept(self, name: str, row: Row) -> list[Change]:
        """A record's new version wherever it is kept: a feed item stands in its parent's feed as well."""
        kept_in = [name]
        if name == "FeedItem":
            parent = self.store.find(row["ParentId"])
            kept_in += [feed_name(parent[0])] if parent else []
        return [Change(place, row["Id"], row) for place in kept_in]

    def _history(
        self, schema: ObjectSchema, row: Row, entries: Iterable[Mapping[str, Any]], at: datetime, by: str
    ) -> list[Change]:
        name = history_name(schema.name)
        logged = [self._records.begun(name, {"ParentId": row["Id"], **entry}, at, by) for entry in entries]
        return [Change(name, entry["Id"], entry) for entry in logged]

    def _feed_item(self, given: Mapping[str, Any], at: datetime, by: str) -> list[Change]:
        parent, _ = self._records.living(given["ParentId"])
        if not parent.feed:
            message = f"{parent.name} has no feed: feed tracking is off"
            raise SalesforceError("INSUFFICIENT_ACCESS_OR_READONLY", message, ())
        return self._kept("FeedItem", self._records.begun("FeedItem", given, at, by))

    def _counted(self, feed_item_id: str, more: int, at: datetime, by: str) -> list[Change]:
        schema, item = self._records.living(feed_item_id)
        count = {"CommentCount": item["CommentCount"] + more}
        return self._kept(schema.name, item.changed(count | self._records.touched(schema, at, by)))

    def _with_trail(self, schema: ObjectSchema, row: Row, after: Row | None, at: datetime) -> list[Change]:
        """A deleted or restored record, and with it its feed, its comments and its history."""
        self.store.advance(at)
        changes = [Change(change.object, change.record_id, after) for change in self._kept(schema.name, row)]
        for name, lookup in trail.kept_beside(schema):
            moved = {"IsDeleted": after is None or after["IsDeleted"], "SystemModstamp": stamp(at)}
            own = {key: value for key, value in moved.items() if key in self.schemas[name].fields}
            for child in self.store.tables[name].children(lookup, row["Id"]):
                changes.append(Change(name, child["Id"], None if after is None else child.changed(own)))
        return changes

    def _save(self, changes: list[Change], at: datetime, by: str, commit_at: datetime | None) -> None:
        late = 0.0 if by == self.integration_user_id else self._lateness()
        self.store.save(changes, at=stamp(at), commit_at=commit_at or at + timedelta(seconds=late))

    def _lateness(self) -> float:
        return sum(fault.seconds for fault in self.faults.standing("late_commits"))
