"""Seven roles, each in every state a person can be in (D7), and whoever is asked besides (D16)."""

from __future__ import annotations

from typing import Any

import pytest

from agent.alerts.recipients import resolve, stand_ins, without_refused
from agent.mapping import ROLES, RoleName
from agent.model import Audience, Recipient, RoleOutcome, Side
from tests.alerts.test_recipients_roles import (
    ADMIN,
    MAPPING,
    TITLES,
    outcome,
    person,
    recipient,
    told,
    tree,
    with_changed,
    with_fallback,
)

PATHS = {name: role.path or "" for name, role in MAPPING.recipients.roles.items()}
NAMES = dict(zip(ROLES, ["Sam", "Omar", "Mona", "Raul", "Rita", "Cleo", "Dora"], strict=True))
OTHER = {role: ROLES[(n + 1) % len(ROLES)] for n, role in enumerate(ROLES)}
"""A role that somebody else holds."""


def address(role: RoleName) -> str:
    return f"{NAMES[role].lower()}@agency.example"


def in_state(role: RoleName, state: str) -> dict[str, Any]:
    """The seven people, this one of them in that state."""
    path = PATHS[role]
    return {
        "present": tree,
        "missing": lambda: with_changed(path, None),
        "inactive": lambda: with_changed(f"{path}.IsActive", False),
        "no address": lambda: with_changed(f"{path}.Email", None),
        "bad address": lambda: with_changed(f"{path}.Email", "two@a.example; three@a.example"),
    }[state]()


HOW = {
    "present": "told",
    "missing": "missing",
    "inactive": "inactive",
    "no address": "no_address",
    "bad address": "no_address",
}


@pytest.mark.parametrize("state", HOW)
@pytest.mark.parametrize("role", ROLES)
def test_each_role_in_each_state_is_accounted_for_and_heard_by_somebody(role: RoleName, state: str) -> None:
    audience = told(in_state(role, state))
    [found] = [each for each in audience.outcomes if each.role == role]
    assert [each.role for each in audience.outcomes] == list(ROLES)
    # Without the account's owner nothing leads on to the owner's manager.
    lost = {"sales_manager"} if (role, state) == ("account_owner", "missing") else set()
    others = [each for each in audience.outcomes if each.role not in lost | {role}]
    assert {each.how for each in others} == {"told"}
    assert found.how == HOW[state]
    if state == "present":
        assert recipient(audience, address(role)).roles == (TITLES[role],)
    else:
        assert found.address == ADMIN
        assert TITLES[role] in recipient(audience, ADMIN).fallback_for
        assert address(role) not in {each.address for each in audience.recipients}


@pytest.mark.parametrize("role", ROLES)
def test_whoever_holds_another_role_as_well_gets_one_mail_that_names_both(role: RoleName) -> None:
    twin = person(NAMES[OTHER[role]])
    if role == "account_owner":
        twin["Manager"] = person("Mona")
    audience = told(with_changed(PATHS[role], twin))
    both = recipient(audience, address(OTHER[role]))
    assert set(both.roles) == {TITLES[role], TITLES[OTHER[role]]}
    assert len(audience.recipients) == 6
    assert outcome(audience, role) == RoleOutcome(role, "told", both.address, both.person_id)


def asked(*hearers: str, sides: tuple[Side, ...] = (), people: dict[str, Any] | None = None) -> Audience:
    return resolve(
        MAPPING,
        people or tree(),
        has_account=bool((people or tree())["Referral_Account__r"]),
        admin=ADMIN,
        hearers=hearers,  # type: ignore[arg-type]  # names of roles
        sides=sides,
    )


@pytest.mark.parametrize(
    ("sides", "names"),
    [((Side.CLIENT,), ["Cleo"]), ((Side.REFERRAL,), ["Omar"]), (tuple(Side), ["Omar", "Cleo"])],
)
def test_the_owner_of_a_side_hears_what_concerns_that_side(sides: tuple[Side, ...], names: list[str]) -> None:
    assert [each.name for each in asked("side_owner", sides=sides).recipients] == names


def test_a_weekly_reminder_reaches_the_owner_both_directors_and_later_the_division_head() -> None:
    audience = asked("side_owner", "regional_director", "account_regional_director", sides=(Side.CLIENT,))
    assert [each.name for each in audience.recipients] == ["Raul", "Rita", "Cleo"]
    assert [each.role for each in audience.outcomes] == [
        "account_regional_director",
        "regional_director",
        "regional_csm",
    ]
    joined = asked("side_owner", "regional_director", "division_head", sides=(Side.CLIENT,))
    assert [each.name for each in joined.recipients] == ["Rita", "Cleo", "Dora"]


def test_an_owner_who_is_a_director_too_hears_it_once_in_both_roles() -> None:
    people = with_changed("Office__r.Regional_CSM__r", person("Rita"))
    [rita] = asked("side_owner", "regional_director", sides=(Side.CLIENT,), people=people).recipients
    assert set(rita.roles) == {TITLES["regional_director"], TITLES["regional_csm"]}


def test_a_referral_side_without_an_account_has_its_owners_fallback_hear_it() -> None:
    people = tree() | {"Referral_Account__r": None}
    audience = asked("side_owner", "account_regional_director", sides=(Side.REFERRAL,), people=people)
    assert [each.address for each in audience.recipients] == [ADMIN]
    assert {each.role: each.how for each in audience.outcomes} == {
        "account_owner": "missing",
        "account_regional_director": "dropped",
    }


def test_a_refused_address_is_heard_by_the_fallback_of_each_role_it_held() -> None:
    mapping = with_fallback("regional_csm", "care-desk@agency.example")
    audience = told(with_changed("Office__r.Regional_CSM__r", person("Rita")), mapping=mapping)
    people = without_refused(mapping, audience, {"rita@agency.example"}, ADMIN)
    by_address = {each.address: each for each in people}
    assert "rita@agency.example" not in by_address
    assert by_address[ADMIN].fallback_for == (TITLES["regional_director"],)
    assert by_address["care-desk@agency.example"].fallback_for == (TITLES["regional_csm"],)
    assert len(people) == 7


def test_a_refused_address_whose_fallback_is_refused_as_well_is_heard_by_nobody_more() -> None:
    people = without_refused(MAPPING, told(tree()), {"rita@agency.example", ADMIN}, ADMIN)
    assert {each.name for each in people} == set(NAMES.values()) - {"Rita"}


def test_who_holds_no_role_of_the_mapping_is_stood_in_for_by_the_admins() -> None:
    asker = Recipient("pat@agency.example", "Pat", None, ("Asked for the silence that ended",))
    [stand_in] = stand_ins(MAPPING, asker, ADMIN)
    assert (stand_in.address, stand_in.fallback_for) == (ADMIN, asker.roles)
