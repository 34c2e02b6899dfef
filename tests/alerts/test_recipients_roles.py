"""The seven roles of an intervention, each accounted for exactly once (S10, D3, D7)."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.alerts.recipients import is_one_address, resolve, soql_fields
from agent.mapping import ROLES, load
from agent.mapping.models import OrgMapping
from agent.model import Audience, Recipient, RoleOutcome

ADMIN = "admin@agency.example"
MAPPING = load(Path(__file__).parents[2] / "mappings" / "sandbox")
TITLES = {name: role.title for name, role in MAPPING.recipients.roles.items()}
HANG_ON_THE_ACCOUNT = ("account_owner", "sales_manager", "account_regional_director", "division_head")


def person(name: str, **changes: Any) -> dict[str, Any]:
    fields = {"Id": f"005-{name}", "Name": name, "Email": f"{name.lower()}@agency.example", "IsActive": True}
    return fields | changes


def tree() -> dict[str, Any]:
    """Seven different people, all reachable."""
    return {
        "CreatedBy": person("Sam"),
        "Office__r": {"Regional_Director__r": person("Rita"), "Regional_CSM__r": person("Cleo")},
        "Referral_Account__r": {
            "Owner": person("Omar", Manager=person("Mona")),
            "CC_Location__r": {
                "Regional_Director__r": person("Raul"),
                "Region__r": {"Division_Head__r": person("Dora")},
            },
        },
    }


def with_changed(path: str, value: Any) -> dict[str, Any]:
    """The tree with one place changed: `Office__r.Regional_CSM__r`."""
    changed = copy.deepcopy(tree())
    at = changed
    *way, last = path.split(".")
    for segment in way:
        at = at[segment]
    at[last] = value
    return changed


def told(people: dict[str, Any], has_account: bool = True, mapping: OrgMapping = MAPPING) -> Audience:
    return resolve(mapping, people, has_account=has_account, admin=ADMIN)


def outcome(audience: Audience, role: str) -> RoleOutcome:
    [found] = [each for each in audience.outcomes if each.role == role]
    return found


def recipient(audience: Audience, address: str) -> Recipient:
    [found] = [each for each in audience.recipients if each.address == address]
    return found


def with_fallback(role: str, address: str) -> OrgMapping:
    changed = MAPPING.recipients.roles[role].model_copy(update={"fallback": address})  # type: ignore[index]
    roles = MAPPING.recipients.roles | {role: changed}
    return MAPPING.model_copy(update={"recipients": MAPPING.recipients.model_copy(update={"roles": roles})})


def test_seven_reachable_people_get_one_mail_each_in_the_order_of_the_roles() -> None:
    names = ["Sam", "Omar", "Mona", "Raul", "Rita", "Cleo", "Dora"]
    assert told(tree()) == Audience(
        recipients=tuple(
            Recipient(f"{name.lower()}@agency.example", name, f"005-{name}", roles=(TITLES[role],))
            for role, name in zip(ROLES, names, strict=True)
        ),
        outcomes=tuple(
            RoleOutcome(role, "told", f"{name.lower()}@agency.example", f"005-{name}")
            for role, name in zip(ROLES, names, strict=True)
        ),
    )


def test_without_a_referral_account_its_four_roles_drop_out_and_nobody_stands_in() -> None:
    people = tree() | {"Referral_Account__r": None}
    audience = told(people, has_account=False)
    dropped = [each for each in audience.outcomes if each.how == "dropped"]
    assert dropped == [RoleOutcome(role, "dropped", None) for role in ROLES if role in HANG_ON_THE_ACCOUNT]
    assert [each.name for each in audience.recipients] == ["Sam", "Rita", "Cleo"]


def test_a_person_in_two_roles_gets_one_mail_that_names_both() -> None:
    audience = told(with_changed("Office__r.Regional_Director__r", person("Sam")))
    sam = recipient(audience, "sam@agency.example")
    assert sam.roles == (TITLES["submitter"], TITLES["regional_director"])
    assert len(audience.recipients) == 6


def test_two_users_with_one_address_get_one_mail_in_the_first_ones_name() -> None:
    twin = person("Samuel", Email="SAM@Agency.example")
    audience = told(with_changed("Office__r.Regional_CSM__r", twin))
    assert recipient(audience, "sam@agency.example") == Recipient(
        "sam@agency.example", "Sam", "005-Sam", roles=(TITLES["submitter"], TITLES["regional_csm"])
    )
    assert outcome(audience, "regional_csm") == RoleOutcome(
        "regional_csm", "told", "sam@agency.example", "005-Samuel"
    )


@pytest.mark.parametrize("path", ["Office__r", "Office__r.Regional_CSM__r"])
def test_a_role_with_nobody_at_the_end_of_its_path_is_missing_and_heard_by_its_fallback(path: str) -> None:
    audience = told(with_changed(path, None))
    assert outcome(audience, "regional_csm") == RoleOutcome("regional_csm", "missing", ADMIN)
    assert TITLES["regional_csm"] in recipient(audience, ADMIN).fallback_for
    assert recipient(audience, ADMIN).roles == ()


def test_an_account_that_cannot_be_seen_leaves_its_roles_missing_not_dropped() -> None:
    audience = told(tree() | {"Referral_Account__r": None}, has_account=True)
    assert {outcome(audience, role).how for role in HANG_ON_THE_ACCOUNT} == {"missing"}
    assert len(recipient(audience, ADMIN).fallback_for) == 4


@pytest.mark.parametrize("active", [False, None])
def test_an_inactive_person_is_never_written_to(active: bool | None) -> None:
    audience = told(with_changed("Office__r.Regional_CSM__r.IsActive", active))
    assert outcome(audience, "regional_csm") == RoleOutcome("regional_csm", "inactive", ADMIN, "005-Cleo")
    assert "cleo@agency.example" not in [each.address for each in audience.recipients]


@pytest.mark.parametrize(
    "email",
    [
        None,
        "",
        "cleo",
        "cleo@a.example, bo@a.example",
        "cleo @a.example",
        "cleo@a.example\r\nBcc: x",
        "a@b@c",
    ],
)
def test_a_person_whose_address_cannot_be_used_is_heard_by_the_fallback(email: str | None) -> None:
    audience = told(with_changed("Office__r.Regional_CSM__r.Email", email))
    assert outcome(audience, "regional_csm") == RoleOutcome("regional_csm", "no_address", ADMIN, "005-Cleo")


def test_a_fallback_may_be_an_address_of_its_own() -> None:
    audience = told(
        with_changed("Office__r.Regional_CSM__r", None),
        mapping=with_fallback("regional_csm", "care-desk@agency.example"),
    )
    assert recipient(audience, "care-desk@agency.example") == Recipient(
        "care-desk@agency.example", "", None, fallback_for=(TITLES["regional_csm"],)
    )


@pytest.mark.parametrize(
    ("vacant", "fallback"), [("CreatedBy", "Rita"), ("Office__r.Regional_CSM__r", "Rita")]
)
def test_a_fallback_who_is_told_anyway_gets_one_mail_that_says_both(vacant: str, fallback: str) -> None:
    role = "submitter" if vacant == "CreatedBy" else "regional_csm"
    audience = told(with_changed(vacant, None), mapping=with_fallback(role, f"{fallback}@Agency.example"))
    [rita] = [each for each in audience.recipients if each.name == "Rita"]
    assert (rita.person_id, rita.roles, rita.fallback_for) == (
        "005-Rita",
        (TITLES["regional_director"],),
        (TITLES[role],),
    )
    assert len(audience.recipients) == 6
    assert outcome(audience, role).address == rita.address


def test_the_order_of_the_file_changes_nothing() -> None:
    roles = dict(reversed(MAPPING.recipients.roles.items()))
    turned = MAPPING.model_copy(update={"recipients": MAPPING.recipients.model_copy(update={"roles": roles})})
    assert told(tree(), mapping=turned) == told(tree())
    assert soql_fields(turned) == soql_fields(MAPPING)


def test_the_query_asks_for_every_field_of_every_person_once() -> None:
    fields = soql_fields(MAPPING)
    assert len(fields) == len(set(fields)) == 28
    assert fields[:4] == ["CreatedBy.Id", "CreatedBy.Name", "CreatedBy.Email", "CreatedBy.IsActive"]
    assert "Referral_Account__r.CC_Location__r.Region__r.Division_Head__r.Email" in fields


def test_two_roles_on_one_path_are_asked_for_once() -> None:
    same = MAPPING.recipients.roles["regional_csm"].model_copy(update={"path": "CreatedBy"})
    roles = MAPPING.recipients.roles | {"regional_csm": same}
    mapping = MAPPING.model_copy(
        update={"recipients": MAPPING.recipients.model_copy(update={"roles": roles})}
    )
    assert len(soql_fields(mapping)) == 24


@pytest.mark.parametrize("address", ["ann@a.example", "ann.o'hara+sli@a.example", "jörg@a.example"])
def test_common_addresses_can_be_used(address: str) -> None:
    assert is_one_address(address)


@pytest.mark.parametrize(
    "address",
    ["<ann@a.example>", "ann@a.example;", "ann\u200b@a.example", "an\u202en@a.example", "@a", "ann@", 7],
)
def test_addresses_that_would_mislead_a_reader_or_a_server_cannot_be_used(address: object) -> None:
    assert not is_one_address(address)


people = st.one_of(
    st.none(),
    st.builds(
        lambda n, email, active: {"Id": n, "Name": n, "Email": email, "IsActive": active},
        st.sampled_from("ABC"),
        st.sampled_from([None, "", "a@x.example", "A@X.example", "b@x.example", ADMIN, "no address"]),
        st.booleans(),
    ),
)
owners = st.one_of(
    st.none(), st.builds(lambda owner, manager: (owner or {}) | {"Manager": manager}, people, people)
)
trees = st.fixed_dictionaries(
    {},
    optional={
        "CreatedBy": people,
        "Office__r": st.none()
        | st.fixed_dictionaries({"Regional_Director__r": people, "Regional_CSM__r": people}),
        "Referral_Account__r": st.none()
        | st.fixed_dictionaries(
            {
                "Owner": owners,
                "CC_Location__r": st.none()
                | st.fixed_dictionaries(
                    {
                        "Regional_Director__r": people,
                        "Region__r": st.fixed_dictionaries({"Division_Head__r": people}),
                    }
                ),
            }
        ),
    },
)


@given(trees, st.booleans())
def test_all_seven_roles_are_accounted_for_whatever_the_org_holds(
    some: dict[str, Any], has_account: bool
) -> None:
    audience = told(some, has_account)
    assert [each.role for each in audience.outcomes] == list(ROLES)
    addresses = [each.address for each in audience.recipients]
    assert len({address.lower() for address in addresses}) == len(addresses)
    by_address = {each.address: each for each in audience.recipients}
    for each in audience.outcomes:
        if each.how == "dropped":
            assert each.address is None
            assert not has_account
            continue
        heard_by = by_address[each.address or ""]
        assert TITLES[each.role] in (heard_by.roles if each.how == "told" else heard_by.fallback_for)
    named = sum(len(each.roles) + len(each.fallback_for) for each in audience.recipients)
    assert named == sum(each.how != "dropped" for each in audience.outcomes)
