"""A bare sandbox org with a few people and clients, and an agent's workshop that writes scores to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from agent.clock import SetClock
from agent.desk.state import database_path
from agent.mail.smtp import SmtpMail
from agent.mapping import OrgMapping, load
from agent.pipeline.work import Workshop
from agent.salesforce.org import Org
from agent.sandbox.adapter import SandboxAdapter
from agent.sandbox.catalogue import standard_objects
from agent.sandbox.oauth import ConnectedApp
from agent.sandbox.org import SandboxOrg
from agent.scoring import publish, read
from agent.settings import Settings
from agent.store import Store, diary, mirror, scores
from agent.sync import reading

NOW = datetime(2026, 4, 10, 15, 0, tzinfo=UTC)
MONTH = "2026-03"
SCORE, POINT, REVISION = "CSM_Quality_Score__c", "CSM_Touch_Point__c", "CSM_Quality_Revision__c"
COUNTS = ("met", "late", "missed", "pending", "excluded", "exception")


class ScoredOrg:
    """The org, its clock, and the requests that wrote something. `workshop` begins one agent's life on a disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = SetClock(NOW)
        self.org = SandboxOrg(standard_objects())
        self.admin = self.user("Admin", None)
        self.agent = self.org.integration_user_id = self.user("Agent", None)
        self.org.sessions.register(ConnectedApp("key", consumer_secret="secret", run_as=self.agent))
        self.ana, self.bo = self.user("Ana", "E-0042"), self.user("Bo", "E-0043")
        self.clients = [self.insert("Client__c", Name=f"Client Number{n}") for n in range(3)]
        self.sent: list[tuple[str, list[dict[str, Any]]]] = []
        """Object and records of each call that wrote."""
        self._handle = self.org.handle
        self.org.handle = self._noted  # type: ignore[assignment, method-assign]
        self._open: list[Any] = []

    def _noted(self, request: Any, *rest: Any) -> Any:
        if request.method == "PATCH":
            records = json.loads(request.body)["records"]
            self.sent.append((records[0]["attributes"]["type"], records))
        return self._handle(request, *rest)

    def user(self, name: str, employee: str | None, **values: Any) -> str:
        given = {
            "Username": f"{name}@example.com",
            "LastName": name,
            "Email": f"{name.lower()}@example.com",
            "EmployeeNumber": employee,
            "IsActive": True,
            "TimeZoneSidKey": "America/New_York",
            **values,
        }
        return self.org.insert("User", given, at=NOW - timedelta(days=9), by="admin")

    def insert(self, object: str, **values: Any) -> str:
        return self.org.insert(object, values, at=self.clock.now(), by=self.admin)

    def save(self, record_id: str, **values: Any) -> None:
        """Somebody saves a record now."""
        self.org.update(record_id, values, at=self.clock.now(), by=self.admin)

    def rows(self, object: str) -> dict[str, dict[str, Any]]:
        """What the org holds now, by key."""
        rows = self.org.view(self.clock.now()).rows(object, include_deleted=False)
        empty = dict.fromkeys(self.org.schemas[object].fields)
        return {row["Key__c"]: {**empty, **row} for row in rows}

    def workshop(self, disk: str = "one", mapping: OrgMapping | None = None) -> Workshop:
        settings = Settings(
            sf_auth="client_credentials",
            sf_instance_url="https://sandbox.test",
            sf_client_id="key",
            sf_client_secret="secret",
            smtp_url="smtp://127.0.0.1:1",
            mail_from="sli@example.com",
            admin_email="admin@example.com",
            state_dir=self.folder / disk,
        )
        transport = SandboxAdapter(self.org, self.clock.now, Random(7))
        org = Org(settings, self.clock, transport=transport)
        store, mail = Store(database_path(self.folder / disk)), SmtpMail("smtp://127.0.0.1:1")
        self._open += [org, store, mail]
        work = Workshop(settings, mapping or load(Path("mappings/sandbox")), store, org, mail, Random(7))
        with store.transaction():
            store.put("org_id", self.org.org_id)
            self._mirror(work, "person", "User")
            self._mirror(work, "client", "Client__c")
        return work

    def _mirror(self, work: Workshop, kind: str, object: str) -> None:
        convert = reading.reference_row(work.mapping, kind)
        rows = [{**row, "SystemModstamp": None} for row in self.org.rows(object, self.clock.now())]
        named = work.mapping.reference.kinds()[kind]
        fields = ("Id", "IsDeleted", named.name, named.email, named.active, named.employee, named.title)
        shown = [{name: row.get(name) for name in fields if name} for row in rows]
        mirror.save_references(work.store, [convert(row) for row in shown])

    def close(self) -> None:
        for part in self._open:
            part.close()

    # What the agent does

    def publish(self, work: Workshop) -> int:
        """Write until nothing is due; the rows that had their turn."""
        turns = 0
        while done := publish.write_due(work, self.clock.now()):
            turns += done
        return turns

    def read_back(self, work: Workshop) -> None:
        """Half an hour later: what was committed before is known."""
        self.clock.advance(timedelta(minutes=30))
        while read.read_others(work, self.clock.now()):
            pass

    def score(self, work: Workshop, csm: str, points: Mapping[str, str], month: str = MONTH) -> None:
        """A CSM's month of these touch points, `0:introduction` -> state, as `judge` and `compose` would leave it."""
        rows = [self.point(csm, name, state, month) for name, state in points.items()]
        counts = {state: list(points.values()).count(state) for state in COUNTS}
        due = counts["met"] + counts["late"] + counts["missed"]
        percent = f"{100 * counts['met'] / due:.2f}" if due else None
        figures = {
            "method": "mean_of_rates",
            "due": due,
            "done": counts["met"],
            "counts": counts,
            "low_volume": due < 5,
            "with_exceptions": percent,
            "with_all": "50.00",
        }
        with work.store.transaction():
            scores.save_points(work.store, rows)
            scores.save_score(work.store, csm, month, "2026-02", percent, figures)
            publish.want_points(work, sorted({row[0] for row in rows}), self.clock.now())
            publish.want_scores(work, [(csm, month)], self.clock.now())

    def line(self, work: Workshop, csm: str | None, name: str, state: str) -> None:
        """A touch point alone; the score it counts in is yet to be put together."""
        with work.store.transaction():
            row = self.point(csm, name, state)
            scores.save_points(work.store, [row])
            publish.want_points(work, [row[0]], self.clock.now())

    def point(self, csm: str | None, name: str, state: str, month: str = MONTH) -> tuple[Any, ...]:
        place, activity = name.split(":")
        client = self.clients[int(place)]
        episode = f"a0800000000000{place}AAA"
        done = ("00T000000000001AAA", f"{month}-03T15:00:00Z") if state in {"met", "late"} else (None, None)
        why = {"excluded": "service_ended", "exception": "hospital"}.get(state, "")
        when = (f"{month}-02T14:00:00Z", f"{month}-03T18:00:00Z")
        return (
            *(episode, activity, client, None, csm, month, "2026-02", 1),
            *when,
            *(state, state, why),
            *done,
        )


def log(work: Workshop, kind: str) -> list[str]:
    """The sync log's lines of a kind."""
    return [line["text"] for line in diary.lines(work.store, {"kind": kind})]
