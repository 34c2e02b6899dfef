"""What happens to one intervention, told in time since its submission."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
AT_SUBMISSION = timedelta(0)
AGREED = "the incident's own plan"
"""Stands for the plan text of the incident."""
NOT_APPLICABLE = "N/A"


@dataclass(frozen=True)
class Exemption:
    """An exception to the 30 days (D6). `until_in` counts local days from today, negative ones are past."""

    after: timedelta
    until_in: int
    by: Literal["director", "csm"] = "director"
    reason: str | None = "Family travels until then; all agreed to wait."


@dataclass(frozen=True)
class SideStory:
    """The saves of one side: (time since submission, value), in time order."""

    colours: tuple[tuple[timedelta, str], ...] = ()
    plan: tuple[tuple[timedelta, str], ...] = ()
    exemption: Exemption | None = None

    def planned(self, after: timedelta, text: str = AGREED) -> SideStory:
        return replace(self, plan=((after, text),))

    def then(self, after: timedelta, colour: str) -> SideStory:
        return replace(self, colours=(*self.colours, (after, colour)))

    def exempted(self, exemption: Exemption) -> SideStory:
        return replace(self, exemption=exemption)

    @property
    def starts(self) -> timedelta:
        """When the side's clock starts (D2): with its first colour; at submission where it has none (D3)."""
        return next((after for after, colour in self.colours if colour != NOT_APPLICABLE), AT_SUBMISSION)


UNTOUCHED = SideStory()


def coloured(colour: str, after: timedelta = AT_SUBMISSION) -> SideStory:
    return SideStory(colours=((after, colour),))


@dataclass(frozen=True)
class Story:
    """One intervention. `office` and `account` default to some office and its first account."""

    incident: str
    age: timedelta
    client: SideStory = UNTOUCHED
    referral: SideStory = UNTOUCHED
    nickname: str | None = None
    incident_days: int | None = 0
    """Local days from incident to submission; negative: it claims a later day; None: no date given."""
    due_in: int | None = None
    """Local days from today to the day its 30 days end; overrides `incident_days`."""
    office: str | None = None
    account: Literal[1, 2] | None = 1
    submitter: Literal["hcl", "director"] = "hcl"
    name: str | None = None
    description: str | None = None
    posts: int = 99
    dated_off: int = 0
    """Days by which somebody mistook the SLI Created Date (S8)."""
    queued: bool = False
    deleted_after: timedelta | None = None
