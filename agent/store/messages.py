"""Messages: one person and what they are told, frozen, with the mail server's answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from agent.model import MessageState, Recipient
from agent.store.database import Store, from_json, to_json


class Frozen(Protocol):
    """A composed mail: its Message-ID, its subject, and the bytes that travel."""

    @property
    def message_id(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def data(self) -> bytes: ...


@dataclass(frozen=True)
class KeptMessage:
    """A frozen message: the bytes that are offered, however often."""

    id: str
    recipient: Recipient
    subject: str
    body: bytes
    state: MessageState
    attempts: int
    reply: str


def freeze(store: Store, key: str, recipient: Recipient, mail: Frozen, now: str) -> None:
    """One person's message for this notice, ready to be offered. A second call for it changes nothing."""
    store.write(
        """INSERT OR IGNORE INTO message (id, address, name, person_id, roles, fallback_for, subject, body, state,
             next_at, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'queued', ?, ?)""",
        (
            mail.message_id,
            recipient.address,
            recipient.name,
            recipient.person_id,
            to_json(recipient.roles),
            to_json(recipient.fallback_for),
            mail.subject,
            mail.data,
            now,
            now,
        ),
    )
    store.write("INSERT OR IGNORE INTO message_notice VALUES (?, ?)", (mail.message_id, key))


def queued(store: Store, now: str, limit: int) -> list[KeptMessage]:
    """Messages whose hour has come, the most urgent deadline first."""
    rows = store.rows(
        """SELECT m.* FROM message m LEFT JOIN message_notice x ON x.message_id = m.id
             LEFT JOIN notice n ON n.key = x.notice_key
           WHERE m.state = 'queued' AND m.next_at <= ? GROUP BY m.id ORDER BY min(n.due), m.id LIMIT ?""",
        (now, limit),
    )
    return [_message(row) for row in rows]


def listed(store: Store, *, states: Sequence[MessageState] = ()) -> list[dict[str, Any]]:
    """Messages without their bytes, oldest first, of these states (all where none is named)."""
    marks = ",".join("?" * len(states))
    where = f"WHERE m.state IN ({marks})" if states else ""
    rows = store.rows(
        "SELECT m.id, m.address, m.roles, m.fallback_for, m.subject, m.state, m.attempts, m.next_at, m.reply,"  # noqa: S608  # marks only
        " m.created_at, m.sent_at, group_concat(x.notice_key) AS notices FROM message m"
        f" LEFT JOIN message_notice x ON x.message_id = m.id {where} GROUP BY m.id ORDER BY m.created_at, m.id",
        [s.value for s in states],
    )
    return [
        {**dict(r), "roles": from_json(r["roles"]), "fallback_for": from_json(r["fallback_for"])}
        for r in rows
    ]


def ids_of(store: Store, states: Sequence[MessageState], which: str | None) -> list[str]:
    """Messages of these states, oldest first: about this intervention or with this Message-ID; None: all."""
    marks = ",".join("?" * len(states))
    rows = store.rows(
        "SELECT DISTINCT m.id FROM message m LEFT JOIN message_notice x ON x.message_id = m.id"  # noqa: S608  # marks only
        " LEFT JOIN notice n ON n.key = x.notice_key"
        f" WHERE m.state IN ({marks}) AND (? IS NULL OR ? IN (n.intervention_id, m.id)) ORDER BY m.created_at, m.id",
        [*(s.value for s in states), which, which],
    )
    return [row[0] for row in rows]


def set_state(store: Store, message_id: str, state: MessageState, **columns: Any) -> None:
    """Move a message on. `columns` may set attempts, next_at, reply, sent_at."""
    names = "".join(f", {name} = :{name}" for name in columns)
    store.write(
        f"UPDATE message SET state = :state{names} WHERE id = :id",  # noqa: S608  # our own names
        {"id": message_id, "state": state.value, **columns},
    )


def sending(store: Store) -> list[KeptMessage]:
    """Messages a kill interrupted while they were being offered."""
    return [_message(row) for row in store.rows("SELECT * FROM message WHERE state = 'sending' ORDER BY id")]


def postpone_queued(store: Store, next_at: str) -> None:
    """The mail server is away: no message is tried before this instant."""
    store.write("UPDATE message SET next_at = ? WHERE state = 'queued' AND next_at < ?", (next_at, next_at))


def notices_of(store: Store, message_id: str) -> list[str]:
    rows = store.rows("SELECT notice_key FROM message_notice WHERE message_id = ? ORDER BY 1", (message_id,))
    return [row[0] for row in rows]


def deliveries_of(store: Store, key: str) -> list[dict[str, Any]]:
    """Who was told this notice, as it is kept in Salesforce (`told`)."""
    rows = store.rows(
        """SELECT m.* FROM message m JOIN message_notice x ON x.message_id = m.id
           WHERE x.notice_key = ? ORDER BY m.address""",
        (key,),
    )
    return [
        {
            "address": row["address"],
            "person_id": row["person_id"],
            "roles": from_json(row["roles"]),
            "fallback_for": from_json(row["fallback_for"]),
            "state": row["state"],
            "at": row["sent_at"],
            "reply": row["reply"],
        }
        for row in rows
    ]


def next_at(store: Store, after: str) -> str | None:
    """The earliest instant from then on at which a message may be offered."""
    found: str | None = store.value(
        "SELECT min(next_at) FROM message WHERE state = 'queued' AND next_at > ?", (after,)
    )
    return found


def _message(row: Any) -> KeptMessage:
    return KeptMessage(
        row["id"],
        Recipient(
            row["address"],
            row["name"],
            row["person_id"],
            tuple(from_json(row["roles"])),
            tuple(from_json(row["fallback_for"])),
        ),
        row["subject"],
        row["body"],
        MessageState(row["state"]),
        row["attempts"],
        row["reply"],
    )


def forget_bodies(store: Store, before: str, limit: int) -> int:
    """Empty the letters that were sent before this instant; how many. Who was told what stays."""
    return store.write(
        "UPDATE message SET body = x'' WHERE id IN (SELECT id FROM message"
        " WHERE state = 'sent' AND sent_at < ? AND body != x'' ORDER BY sent_at LIMIT ?)",
        (before, limit),
    )


def counts(store: Store) -> dict[str, int]:
    """Messages by state."""
    return {
        row[0]: row[1] for row in store.rows("SELECT state, count(*) FROM message GROUP BY state ORDER BY 1")
    }
