"""Who is meant by an address, a number, an id or a name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.errors import AgentError
from agent.scoring.people import Person, client_label, person, who
from agent.store import Store, mirror
from tests.scoring.small_staff import ANA, BO, CLIENTS, CY, DEE, MAPPING, reference, staff
from tests.scoring.small_staff import person as row_of


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = staff(tmp_path / "state.db")
    yield opened
    opened.close()


@pytest.mark.parametrize(
    "text",
    ["bo.lind@example.com", " BO.Lind@Example.com ", "0043", BO, BO[:15], "Bo Lind", "bo lind"],
)
def test_a_person_is_named_by_address_number_id_or_whole_name(store: Store, text: str) -> None:
    assert who(store, MAPPING, text) == BO


def test_of_two_with_one_number_the_active_one_is_meant(store: Store) -> None:
    assert who(store, MAPPING, "0042") == ANA
    assert who(store, MAPPING, "Ana Ruiz") == ANA
    assert who(store, MAPPING, "old.ana@example.com") == DEE


def test_two_active_people_of_one_name_are_refused_and_told_apart(store: Store) -> None:
    twin = row_of("005000000000BOBAAA", "Bo Lind", "bo.lind2@example.com", "0099")
    with store.transaction():
        mirror.save_references(store, [twin])
    with pytest.raises(AgentError) as refused:
        who(store, MAPPING, "Bo Lind")
    assert "2 people" in str(refused.value)
    assert "bo.lind@example.com" in str(refused.value)
    assert "bo.lind2@example.com" in str(refused.value)


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("bo.lynd@example.com", "Bo Lind"),
        ("cy", "Cy Quinn"),
        ("cy@example.com", "Cy Quinn"),
        ("43", "Bo Lind"),
        ("Bo Lindt", "Bo Lind"),
    ],
)
def test_nobody_of_that_name_offers_who_is_most_like_it(store: Store, text: str, offered: str) -> None:
    with pytest.raises(AgentError) as refused:
        who(store, MAPPING, text)
    assert f"Did you mean {offered} (" in str(refused.value)


@pytest.mark.parametrize("text", ["", "  ", "zzzz", "42 or 43", ANA.lower(), "gil@example.com"])
def test_what_is_like_nobody_offers_nobody(store: Store, text: str) -> None:
    with pytest.raises(AgentError) as refused:
        who(store, MAPPING, text)
    assert "Did you mean" not in str(refused.value)
    assert "e-mail address, employee number or Salesforce id" in str(refused.value)


def test_a_number_and_a_title_come_from_the_fields_the_mapping_names(store: Store) -> None:
    assert person(store, MAPPING, CY) == Person(
        CY, "Cy Quinn", "cy.quinn@example.com", "", "RN Client Success Manager", active=True
    )
    kept = MAPPING.reference.person.model_copy(update={"employee": None, "active": None})
    bare = MAPPING.model_copy(update={"reference": MAPPING.reference.model_copy(update={"person": kept})})
    assert person(store, bare, DEE) == Person(DEE, "Ana Ruiz", "old.ana@example.com", active=True)


def test_scores_are_filed_under_the_number_else_the_id(store: Store) -> None:
    unknown = "005000000000XXXAAA"
    assert [person(store, MAPPING, one).number for one in (ANA, CY, unknown)] == ["0042", CY, unknown]
    assert [person(store, MAPPING, one).called for one in (ANA, unknown)] == ["Ana Ruiz", unknown]


def test_a_client_is_an_id_unless_names_are_asked_for(store: Store) -> None:
    with store.transaction():
        mirror.save_references(store, [reference("a03000000000BADAAA", "client", "Eve\u202e\r\nSmith")])
    assert client_label(store, CLIENTS[0], names=False) == CLIENTS[0]
    assert client_label(store, CLIENTS[0], names=True) == "Client Number0"
    assert client_label(store, "a03000000000BADAAA", names=True) == "Eve Smith"
    assert client_label(store, "a03000000000NONAAA", names=True) == "a03000000000NONAAA"
