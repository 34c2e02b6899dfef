"""Messages: one person and what they are told, frozen, with the mail server's answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from agent.model import Channel, MessageState, Recipient
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
    unclear: int
    """Offers whose outcome nobody knows."""
    reply: str
    channel: Channel = Channel.MAIL


def freeze(  # noqa: PLR0913  # one keyword for each of the row's columns
    store: Store,
    keys: Sequence[str],
    recipient: Recipient,
    mail: Frozen,
    now: str,
    next_at: str | None = None,
    *,
    channel: Channel = Channel.MAIL,
) -> None:
    """One person's message for these notices, to be offered at `next_at`, else now. A second call changes nothing.

    A post to a chat is a message too; its address is what people call the chat.
    """
    store.write(
        """INSERT OR IGNORE INTO message (id, address, name, person_id, roles, fallback_for, subject, body, state,
             next_at, created_at, channel) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'queued', ?, ?, ?)""",
        (
            mail.message_id,
            recipient.address,
            recipient.name,
            recipient.person_id,
            to_json(recipient.roles),
            to_json(recipient.fallback_for),
            mail.subject,
            mail.data,
            next_at or now,
            now,
            channel.value,
        ),
    )
    store.write_many(
        "INSERT OR IGNORE INTO message_notice VALUES (?, ?)", ((mail.message_id, key) for key in keys)
    )


_STALE = """m.state = 'queued' AND m.as_is = 0 AND m.next_at <= :now AND m.created_at < :fresh_since
  AND EXISTS (SELECT 1 FROM message_notice x JOIN notice n ON n.key = x.notice_key
              WHERE x.message_id = m.id AND n.state = 'claimed' AND n.intervention_id != '-')"""
"""Frozen so long ago that the reason may be gone. What concerns the admins alone stays true."""


def queued(store: Store, now: str, fresh_since: str, limit: int) -> list[KeptMessage]:
    """Messages whose hour has come, the most urgent deadline first; none that must be judged again first."""
    rows = store.rows(
        f"""SELECT m.* FROM message m LEFT JOIN message_notice x ON x.message_id = m.id
             LEFT JOIN notice n ON n.key = x.notice_key
           WHERE m.state = 'queued' AND m.next_at <= :now AND NOT ({_STALE})
           GROUP BY m.id ORDER BY min(n.due), m.id LIMIT :limit""",  # noqa: S608  # our own words
        {"now": now, "fresh_since": fresh_since, "limit": limit},
    )
    return [_message(row) for row in rows]


def stale(store: Store, now: str, fresh_since: str) -> list[str]:
    """Messages that were frozen before `fresh_since` and are to be offered now: they are judged again first.

    With them go the other messages of their notices that nobody can have yet: a notice that is judged again
    must not be told as it stood before.
    """
    rows = store.rows(
        f"""WITH RECURSIVE back (id) AS (
              SELECT m.id FROM message m WHERE {_STALE}
              UNION
              SELECT other.id FROM back JOIN message_notice x ON x.message_id = back.id
                JOIN message_notice y ON y.notice_key = x.notice_key
                JOIN message other ON other.id = y.message_id AND other.state = 'queued' AND other.as_is = 0)
            SELECT id FROM back""",  # noqa: S608  # our own words
        {"now": now, "fresh_since": fresh_since},
    )
    return [row[0] for row in rows]


def take_back(store: Store, ids: Sequence[str]) -> list[str]:
    """Forget messages that nobody has been offered; the keys of their notices."""
    given = "IN (SELECT value FROM json_each(?))"
    which = (to_json(list(ids)),)
    keys = store.rows(f"SELECT DISTINCT notice_key FROM message_notice WHERE message_id {given}", which)  # noqa: S608
    store.write(f"DELETE FROM message_notice WHERE message_id {given}", which)  # noqa: S608
    store.write(f"DELETE FROM message WHERE id {given}", which)  # noqa: S608
    return sorted(row[0] for row in keys)


def addressed(store: Store, key: str) -> dict[str, MessageState]:
    """By address in lower case, where this notice's messages stand."""
    rows = store.rows(
        "SELECT lower(m.address), m.state FROM message m JOIN message_notice x ON x.message_id = m.id"
        " WHERE x.notice_key = ?",
        (key,),
    )
    return {row[0]: MessageState(row[1]) for row in rows}


def stand_in_as_well(store: Store, keys: Sequence[str], stand_in: Recipient) -> None:
    """Keep for whom else somebody hears these notices who has a message about them already (D7)."""
    rows = store.rows(
        "SELECT DISTINCT m.id, m.fallback_for FROM message m JOIN message_notice x ON x.message_id = m.id"
        " WHERE lower(m.address) = ? AND x.notice_key IN (SELECT value FROM json_each(?))",
        (stand_in.address.lower(), to_json(list(keys))),
    )
    for row in rows:
        roles = dict.fromkeys([*from_json(row["fallback_for"]), *stand_in.fallback_for])
        store.write("UPDATE message SET fallback_for = ? WHERE id = ?", (to_json(list(roles)), row["id"]))


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
    """Move a message on. `columns` may set attempts, unclear, as_is, next_at, reply, sent_at."""
    names = "".join(f", {name} = :{name}" for name in columns)
    store.write(
        f"UPDATE message SET state = :state{names} WHERE id = :id",  # noqa: S608  # our own names
        {"id": message_id, "state": state.value, **columns},
    )


def sending(store: Store) -> list[KeptMessage]:
    """Messages a kill interrupted while they were being offered."""
    return [_message(row) for row in store.rows("SELECT * FROM message WHERE state = 'sending' ORDER BY id")]


def postpone_queued(store: Store, channel: Channel, next_at: str) -> None:
    """The mail server, or the chat, is away: no message for it is tried before this instant."""
    store.write(
        "UPDATE message SET next_at = ? WHERE state = 'queued' AND channel = ? AND next_at < ?",
        (next_at, channel.value, next_at),
    )


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
            "channel": row["channel"],
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
        row["unclear"],
        row["reply"],
        Channel(row["channel"]),
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
