"""What every unit of work is given, and what it leaves behind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from agent.instants import from_text
from agent.mapping import OrgMapping
from agent.model import Channel, Recipient, Rule
from agent.pipeline.prepared import Prepared
from agent.ports import Mail, Random, Webhook
from agent.salesforce.org import Org
from agent.settings import Settings
from agent.store import Store, from_json, judged, mapped_fields
from agent.store.mapped_fields import MappedField
from agent.store.pay import NAME as PAY
from agent.sync.drift import readable
from agent.sync.streams import Stream, streams

LONGEST_WAIT = 15.0
"""Minutes between two tries of the same thing."""


@dataclass
class Tally:
    """What one pass did. Counts only; the keys of `as_dict` are a public interface (`--json`)."""

    polled: Counter[str] = field(default_factory=Counter)
    sent: int = 0
    suppressed: int = 0
    silenced: int = 0
    dead: int = 0
    shadow: int = 0
    mails: int = 0
    written: int = 0
    failed: int = 0
    score_rows: int = 0
    """The agent's own rows about scores that Salesforce took."""

    def as_dict(self, store: Store, api_calls: int) -> dict[str, Any]:
        return {
            "polled": dict(sorted(self.polled.items())),
            "api_calls": api_calls,
            "milestones": judged.counts(store),
            "alerts": {
                "sent": self.sent,
                "suppressed": self.suppressed,
                "dead": self.dead,
                "shadow": self.shadow,
            },
            "mails": self.mails,
            "write_backs": {"written": self.written, "failed": self.failed},
            "scores": {"written": self.score_rows},
        }

    def story(self, api_calls: int) -> str:
        """The pass as a line of the sync log; "" where nothing came of what was read."""
        done = {
            "alerts told": self.sent,
            "mails sent": self.mails,
            "mails refused": self.dead,
            "alerts that no longer held": self.suppressed,
            "alerts silenced": self.silenced,
            "alerts in shadow": self.shadow,
            "SLIs written": self.written,
            "rows not written": self.failed,
            "rows of scores written": self.score_rows,
        }
        if not any(done.values()):
            return ""
        counts = {"rows read": self.polled.total(), "API calls": api_calls, **done}
        return "pass done: " + ", ".join(f"{name} {n}" for name, n in counts.items() if n)


@dataclass
class Workshop:
    """The wired parts a unit of work needs. One per agent; `tally` is renewed for each pass."""

    settings: Settings
    mapping: OrgMapping
    store: Store
    org: Org
    mail: Mail
    rng: Random
    tally: Tally = field(default_factory=Tally)
    stopped: Callable[[], bool] = lambda: False
    """True once the agent is to end: a batch of mails is left where it stands."""
    acts: bool = True
    """False for a dry run: nothing is claimed, sent or written."""
    started: bool = False
    """The org, its go-live instant and the rules' effective dates are known to this process."""
    recovered: bool = False
    """What a kill left half done has been taken up."""

    webhooks: Mapping[Channel, Webhook] = field(default_factory=dict)
    """The chats that are posted to, beside the mails."""

    looked: bool = False
    """This process has compared the org's fields with the mapping."""
    _drawn_at: datetime | None = None
    _drawn: dict[int, timedelta] = field(default_factory=dict)
    """The waits drawn at that instant, by how often something had failed."""
    held: dict[str, Prepared] = field(default_factory=dict)
    """By key, notices that were claimed and wait to share a mail with others (pipeline/freeze.py)."""

    def __post_init__(self) -> None:
        self.follow_fields()

    def follow_fields(self) -> None:
        """Read what the org shows: the mapping's streams, without the fields that are missing."""
        self.missing: tuple[MappedField, ...] = tuple(mapped_fields.missing(self.store))
        self.streams: tuple[Stream, ...] = readable(streams(self.mapping), self.missing)

    @property
    def pay_path(self) -> Path:
        """Where pay.db lies: beside the state, and opened only by who needs it."""
        return self.settings.state_dir / PAY

    @property
    def org_id(self) -> str:
        return self.store.get("org_id") or ""

    @property
    def admin(self) -> Recipient:
        """Who hears what concerns the agent itself."""
        return Recipient(self.settings.admin_email, "", None, ("Administrator of the SLI agent",))

    @property
    def epoch(self) -> str:
        """The name of this agent's life on this disk: who claimed a notice."""
        return self.store.get("epoch") or ""

    def told_after(self, rule: Rule) -> datetime | None:
        """Only what became due after this instant is told (D9, D18); None: the go-live instant is not known."""
        known = self.store.get("rules_effective")
        go_live = self.store.get("go_live")
        if known is None or go_live is None:
            return None
        # A kind that is not live has no date of its own: in shadow it is decided since the go-live.
        return from_text(max(from_json(known).get(rule.value) or go_live, go_live))

    def backoff(self, attempts: int) -> timedelta:
        """The wait before try number `attempts` + 1: doubling from a minute to 15, with jitter."""
        minutes = min(LONGEST_WAIT, 2.0**attempts)
        return timedelta(minutes=minutes * (0.75 + 0.5 * self.rng.random()))

    def next_try(self, now: datetime, attempts: int) -> datetime:
        """The same as an instant, and the same for all that fail at this one; what has failed often waits for a
        full quarter of an hour.

        Hundreds of alerts may wait for one cause, as when sharing is lost: each with a wait of its own would be
        a call of its own, and the API's budget would be gone in a day.
        """
        if self._drawn_at != now:
            self._drawn_at, self._drawn = now, {}
        at = now + self._drawn.setdefault(attempts, self.backoff(attempts))
        if 2.0**attempts < LONGEST_WAIT:
            return at
        quarter = timedelta(minutes=LONGEST_WAIT)
        since_midnight = at - at.replace(hour=0, minute=0, second=0, microsecond=0)
        return at + (-since_midnight % quarter)
