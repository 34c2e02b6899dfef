"""One intervention's life, drawn at random: what happened to it when, in the plainest words (fictional)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

SIDES = ("client", "referral")
COLOURS = {"client": ("Green", "Yellow", "Orange", "Red"), "referral": ("Green", "Orange", "Red")}
ZONES = ("America/New_York", "America/Chicago", "America/Los_Angeles", "America/Phoenix")
PLAN = "<p>Replace the caregiver and call the family.</p>"
ROLES = (
    "submitter",
    "account_owner",
    "sales_manager",
    "account_regional_director",
    "regional_director",
    "regional_csm",
    "division_head",
)
Moments = list[tuple[datetime, str | None]]


@dataclass(frozen=True)
class Holder:
    """Who holds a role; nobody where `address` is empty and `known` is false."""

    id: str
    address: str | None
    active: bool = True
    known: bool = True


@dataclass(frozen=True)
class Exemption:
    """Somebody entered a later date for a side."""

    at: datetime
    until: date
    by: str
    reason: str


@dataclass
class Life:
    """`colours` and `plans` begin at the creation; nothing in here happens after `end`."""

    created: datetime
    end: datetime
    zone: ZoneInfo
    incident: date | None
    created_date: date
    name: str
    lookups: dict[str, bool]
    holders: dict[str, Holder]
    colours: dict[str, Moments] = field(default_factory=dict)
    plans: dict[str, Moments] = field(default_factory=dict)
    posts: list[tuple[datetime, bool]] = field(default_factory=list)
    """When, and whether a person wrote it (else the agent)."""
    tasks: list[datetime] = field(default_factory=list)
    exemptions: dict[str, Exemption] = field(default_factory=dict)
    second_contact: dict[str, bool] = field(default_factory=dict)
    steps: tuple[bool, ...] = ()
    aligned: bool = True

    def instants(self) -> Iterator[datetime]:
        """When anything happened."""
        yield self.created
        for side in SIDES:
            yield from (at for at, _ in self.colours[side])
            yield from (at for at, _ in self.plans[side])
        yield from (at for at, _ in self.posts)
        yield from self.tasks
        yield from (exemption.at for exemption in self.exemptions.values())


def draw(rng: Random) -> Life:
    """Most lives go well; some go wrong in every way the process knows."""
    created = datetime(2026, rng.randint(1, 12), rng.randint(1, 28), tzinfo=UTC)
    created += timedelta(seconds=rng.randrange(86_400))
    zone = ZoneInfo(rng.choice(ZONES))
    local_day = created.astimezone(zone).date()
    lasts = timedelta(days=rng.choice((2, 9, 20, 33, 40, 48, 62)), seconds=rng.randrange(86_400))
    life = Life(
        created=created,
        end=created + lasts,
        zone=zone,
        incident=rng.choice(
            (None, local_day, local_day - timedelta(days=rng.randrange(45)), local_day + timedelta(3))
        ),
        created_date=local_day if rng.random() < 0.9 else local_day - timedelta(days=1),
        name="Jane Sample - No Call No Show" if rng.random() < 0.9 else "Jane Sample",
        lookups={"client": rng.random() < 0.9, "referral": rng.random() < 0.7},
        holders=_holders(rng),
        second_contact={side: rng.random() < 0.3 for side in SIDES},
        steps=tuple(rng.random() < 0.9 for _ in range(6)),
        aligned=rng.random() < 0.8,
    )
    for side in SIDES:
        life.colours[side] = _colours(rng, life, side)
        life.plans[side] = _plans(rng, life)
    life.posts = [(_moment(rng, life), rng.random() < 0.8) for _ in range(rng.choice((0, 0, 1, 3)))]
    life.tasks = [_moment(rng, life) for _ in range(rng.choice((0, 0, 1)))]
    for side in SIDES:
        if rng.random() < 0.15:
            life.exemptions[side] = _exemption(rng, life, side)
    return life


def _moment(rng: Random, life: Life) -> datetime:
    """Rather early than late, as it is with people."""
    span = (life.end - life.created).total_seconds()
    return life.created + timedelta(seconds=1 + int((span - 2) * rng.random() ** 2))


def _colours(rng: Random, life: Life, side: str) -> Moments:
    choices = (None, "N/A", *COLOURS[side])
    weights = (3, 2, *(2 for _ in COLOURS[side]))
    moves: Moments = [(life.created, rng.choices(choices, weights)[0])]
    for at in sorted({_moment(rng, life) for _ in range(rng.choice((0, 0, 1, 2, 3)))}):
        moves.append((at, rng.choice([c for c in choices if c != moves[-1][1]])))
    return moves


def _plans(rng: Random, life: Life) -> Moments:
    versions: Moments = [(life.created, PLAN if rng.random() < 0.3 else None)]
    for at in sorted({_moment(rng, life) for _ in range(rng.choice((0, 1, 1, 2)))}):
        versions.append((at, None if versions[-1][1] else PLAN))
    return versions


def _exemption(rng: Random, life: Life, side: str) -> Exemption:
    at = _moment(rng, life)
    director = life.holders["regional_director" if side == "client" else "account_regional_director"].id
    until = at.astimezone(life.zone).date() + timedelta(days=rng.randint(1, 40))
    return Exemption(
        at, until, rng.choice((director, director, "005SOMEBODY")), rng.choice(("agreed", "agreed", ""))
    )


def _holders(rng: Random) -> dict[str, Holder]:
    holders = {}
    for role in ROLES:
        fate = rng.random()
        if fate < 0.06:
            holders[role] = Holder("", None, known=False)
        elif fate < 0.10:
            holders[role] = Holder(f"005{role}", f"{role}@example.org", active=False)
        elif fate < 0.14:
            holders[role] = Holder(f"005{role}", None)
        else:
            holders[role] = Holder(f"005{role}", f"{rng.choice((role, role, 'several'))}@example.org")
    return holders
