"""What a person does about dead letters: have them tried again, or let them go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from agent.desk.words import counted
from agent.errors import AgentError
from agent.instants import to_text
from agent.model import MessageState, NoticeState
from agent.store import Store, diary, intents, messages, mirror, notices, overwritten, stuck_rows, to_json
from agent.store.intents import IntentState
from agent.store.mirror import MirroredIntervention
from agent.store.own_rows import RowState

STUCK = (MessageState.DEAD, MessageState.UNCERTAIN)


@dataclass(frozen=True)
class Letters:
    """Dead letters: messages by Message-ID; records whose fields are refused; records with parked fields; rows of
    scores by their keys."""

    messages: tuple[str, ...]
    refused: tuple[str, ...]
    parked: tuple[str, ...]
    own_rows: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any((self.messages, self.refused, self.parked, self.own_rows))

    def __str__(self) -> str:
        counts = (
            (self.messages, "mail", "mails"),
            (self.refused, "SLI's refused fields", "SLIs' refused fields"),
            (self.parked, "SLI's parked fields", "SLIs' parked fields"),
            (self.own_rows, "row of the scores", "rows of the scores"),
        )
        named = [counted(len(found), one, many) for found, one, many in counts if found]
        return ", ".join(named) or "nothing"


def find(store: Store, which: str | None, *, dropped: bool = False) -> Letters:
    """The dead letters of one SLI (record number or id), the message with this Message-ID, the row of a score with
    this key, or all (None).

    `dropped`: those as well that a person has let go.

    Raises:
        AgentError: neither an SLI nor a letter that is known.
    """
    states = (*STUCK, MessageState.DROPPED) if dropped else STUCK
    kept = mirror.find(store, which) if which else None
    mails = messages.ids_of(store, states, kept.id if kept else which)
    stuck = (*stuck_rows.STUCK, RowState.DROPPED) if dropped else stuck_rows.STUCK
    rows = [row["key"] for row in stuck_rows.letters(store, *stuck) if which in (None, row["key"])]
    if which and kept is None and not mails and not rows:
        raise AgentError(
            f"Neither an SLI nor a dead letter is known as {which!r}.",
            hint="Give a record number (SLI-00042), or a Message-ID or key that `sli-agent outbox list --json` tells.",
        )
    refused = [IntentState.DEAD, *([IntentState.DROPPED] if dropped else [])]
    parked = [overwritten.PARKED, *([overwritten.DROPPED] if dropped else [])]
    return Letters(
        tuple(mails),
        _records(intents.letters(store, *refused), kept, which),
        _records(overwritten.parked(store, *parked), kept, which),
        tuple(rows),
    )


def _records(
    rows: list[dict[str, str]], kept: MirroredIntervention | None, which: str | None
) -> tuple[str, ...]:
    found = dict.fromkeys(row["record_id"] for row in rows)
    return tuple(i for i in found if which is None or (kept is not None and i == kept.id))


def retry(store: Store, letters: Letters, now: datetime) -> None:
    """Mails are offered again, the same bytes with the same Message-ID; fields are written again, parked ones too."""
    at = to_text(now)
    with store.transaction():
        for message_id in letters.messages:
            messages.set_state(store, message_id, MessageState.QUEUED, next_at=at, as_is=1)
        intents.retry_now(store, letters.refused, at)
        overwritten.unpark(store, letters.parked)
        # What such a field should say is worked out with the next judgement.
        mirror.mark_changed(store, letters.parked)
        stuck_rows.retry_now(store, letters.own_rows, at)
        _log(store, letters, "to be tried again, as a person asked", at)


def drop(store: Store, letters: Letters, now: datetime) -> None:
    """They are not tried again; they stay on record as dropped, the mails in the notices in Salesforce as well."""
    at = to_text(now)
    with store.transaction():
        for message_id in letters.messages:
            messages.set_state(store, message_id, MessageState.DROPPED)
            for key in messages.notices_of(store, message_id):
                _tell_salesforce(store, key)
        intents.drop(store, letters.refused)
        overwritten.drop(store, letters.parked)
        stuck_rows.drop(store, letters.own_rows)
        _log(store, letters, "dropped by a person", at)


def _tell_salesforce(store: Store, key: str) -> None:
    """A notice that is still being delivered reports its deliveries anyhow."""
    kept = notices.by_key(store, store.get("org_id") or "", key)
    if kept is not None and kept.state is not NoticeState.CLAIMED:
        told = to_json({**kept.told, "deliveries": messages.deliveries_of(store, key)})
        notices.set_state(store, key, kept.state, unreported=True, told=told)


def _log(store: Store, letters: Letters, text: str, at: str) -> None:
    for message_id in letters.messages:
        diary.write(store, at, "delivery", f"a mail is {text}", message_id=message_id)
    for record_id in dict.fromkeys((*letters.refused, *letters.parked)):
        [kept] = mirror.interventions(store, [record_id])
        diary.write(store, at, "write_back", f"the agent's fields are {text}", about=(kept.id, kept.number))
    for key in letters.own_rows:
        diary.write(store, at, "write_back", f"{key} is {text}", key=key)
