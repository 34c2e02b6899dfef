"""Fills a sandbox org with a fictional company whose interventions meet every rule (docs/sandbox.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.sandbox import ids
from agent.sandbox.catalogue import standard_objects
from agent.sandbox.org import SandboxOrg
from agent.sandbox.rename import Names, Renames, renamed
from agent.sandbox.seed.background import background
from agent.sandbox.seed.care import write_care
from agent.sandbox.seed.care_story import care_stories
from agent.sandbox.seed.casebook import Casebook
from agent.sandbox.seed.company import FOUNDED, Company, user_row
from agent.sandbox.seed.dice import Dice
from agent.sandbox.seed.notable import notable
from agent.sandbox.seed.timeline import Playback, Ref, Timeline

GO_LIVE = timedelta(days=4)
"""How long before now the agent went live (D9)."""


@dataclass(frozen=True)
class Seeded:
    """A filled org. `seeded["plan_missing_both"]` is the id of that notable intervention.

    `ids` holds every seeded record by its key, such as `agent`, `rd/Nebraska`, `office/Phoenix` or
    `care/Boston/3`, a start of care.
    """

    org: SandboxOrg
    names: Names
    now: datetime
    go_live: datetime
    ids: Mapping[str, str]
    notable: Mapping[str, str]

    def __getitem__(self, nickname: str) -> str:
        return self.notable[nickname]


def seed(
    now: datetime, *, size: int = 300, seed: int = 7, renames: Mapping[str, Renames] | None = None
) -> Seeded:
    """Build an org as it stands at `now` (aware UTC, cut to the minute) with `size` interventions.

    The same arguments give the same ids and rows. No deadline falls between 15 minutes before now and
    30 minutes after it, and nothing is saved in the last two minutes.

    Args:
        now: the instant the ages of all records are counted from.
        size: number of interventions; the notable ones are always among them.
        seed: another number deals other names, times and outcomes to the others.
        renames: other API names and values for the same org.

    Raises:
        ValueError: `size` is too small for the notable interventions.
    """
    now = now.replace(second=0, microsecond=0)
    stories = notable()
    if size < len(stories):
        raise ValueError(f"size {size} is too small: the sandbox needs {len(stories)} interventions or more")
    timeline, dice = Timeline(), Dice(seed)
    company = Company(now, dice, clients=size * 4 // 5)
    company.write(timeline)
    casebook = Casebook(company, timeline, now)
    told = [*stories.values(), *background(size - len(stories), dice)]
    keys = [casebook.write(story, number) for number, story in enumerate(told)]
    go_live = now - GO_LIVE
    _write_settings(timeline, go_live)
    playback = _opened(now, renames or {})
    timeline.play(playback)
    # Played after all else, so that no other record's id depends on it.
    care = Timeline()
    write_care(care, company, care_stories(size, dice))
    care.play(playback)
    playback.org.integration_user_id = playback.ids["agent"]
    notable_ids = {nickname: playback.ids[key] for nickname, key in zip(stories, keys, strict=False)}
    return Seeded(playback.org, playback.names, now, go_live, playback.ids, notable_ids)


def _opened(now: datetime, renames: Mapping[str, Renames]) -> Playback:
    """A new org with its administrator, who has to be there before anyone can save anything."""
    names = Names(renames)
    org = SandboxOrg(renamed(standard_objects(), renames))
    at = now - FOUNDED
    admin = ids.make("005", 1)
    row = user_row("Sample Administrator", title="System Administrator", zone="America/New_York")
    org.insert(names.object("User"), names.row("User", row), at=at, by=admin)
    company = {"Name": "Sample Home Care (sandbox)", "IsSandbox": True}
    org.insert(names.object("Organization"), names.row("Organization", company), at=at, by=admin)
    return Playback(org, names, ids={"admin": admin, "organization": org.org_id})


def _write_settings(timeline: Timeline, go_live: datetime) -> None:
    row = {
        "Key__c": "settings",
        "Org_Id__c": Ref("organization"),
        "Go_Live__c": go_live,
        "Rules_Effective__c": "{}",
    }
    timeline.insert("settings", "SLI_Agent_Settings__c", row, at=go_live, by="agent")
