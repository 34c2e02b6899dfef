"""Whether Salesforce answers: when it fails as a whole, that is told once, and it is left alone for a while."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.errors import LimitExceeded, SalesforceError, SignInError
from agent.instants import to_text
from agent.store import Store, diary, to_json

PAUSE_SIGN_IN = timedelta(minutes=15)
PAUSE_DAILY_LIMIT = timedelta(hours=1)
PAUSE_CONCURRENT_LIMIT = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=5)
"""Between two tries while the org cannot be reached; the first come after seconds."""


@dataclass
class Trouble:
    """Salesforce said no: until when it is left alone, and what admins were told about it."""

    until: datetime
    text: str
    tries: int


class Access:
    """Units that ask the org run through here. `trouble` is None while it answers."""

    def __init__(self, store: Store) -> None:
        self.trouble: Trouble | None = None
        self._store = store

    def is_paused(self, now: datetime) -> bool:
        """True while Salesforce is left alone."""
        return self.trouble is not None and now < self.trouble.until

    def run(self, now: datetime, unit: Callable[[], bool]) -> bool:
        """What this unit says; False where Salesforce is left alone, or fails as a whole."""
        if self.is_paused(now):
            return False
        try:
            done = unit()
        except SalesforceError as error:
            self._fails(error, now)
            return False
        if done and self.trouble:
            text = f"Salesforce answers again after {self.trouble.tries} failed tries"
            self._alarm(now, text, "info")
            self.trouble = None
            self.keep()
        return done

    def keep(self) -> None:
        """Write the trouble, or that there is none, where `status` finds it."""
        known = self.trouble
        kept = to_json({"until": to_text(known.until), "text": known.text}) if known else ""
        if kept != (self._store.get("trouble") or ""):
            with self._store.transaction():
                self._store.put("trouble", kept)

    def _fails(self, error: SalesforceError, now: datetime) -> None:
        tries = self.trouble.tries + 1 if self.trouble else 1
        until = now + pause_after(error, tries)
        if self.trouble is None or self.trouble.text != str(error):
            self._alarm(now, f"Salesforce: {error} Next try at {to_text(until)}.", "error")
        self.trouble = Trouble(until, str(error), tries)
        self.keep()

    def _alarm(self, now: datetime, text: str, level: str) -> None:
        with self._store.transaction():
            diary.write(self._store, to_text(now), "alarm", text, level=level)


def pause_after(error: SalesforceError, tries: int) -> timedelta:
    """How long Salesforce is left alone after the `tries`-th failure in a row."""
    if isinstance(error, LimitExceeded):
        return PAUSE_DAILY_LIMIT if error.daily else PAUSE_CONCURRENT_LIMIT
    if isinstance(error, SignInError):
        return PAUSE_SIGN_IN
    return min(LONGEST_PAUSE, timedelta(seconds=5 * 2.0 ** min(tries, 10)))
