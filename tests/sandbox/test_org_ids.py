"""Ids: checksums as Salesforce computes them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.sandbox import ids

BASE62 = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", min_size=15, max_size=15)


@pytest.mark.parametrize("id18", ["005R0000000UyrWIAS", "a00D0000008pQRAIA2", "0D7aj0000005TbECAU"])
def test_ids_seen_in_the_wild_have_the_checksum_we_compute(id18: str) -> None:
    assert ids.to18(id18[:15]) == id18


@settings(derandomize=True)
@given(BASE62)
def test_an_id_made_18_characters_long_is_valid_and_stays_as_it_is(id15: str) -> None:
    id18 = ids.to18(id15)
    assert ids.is_valid(id18)
    assert ids.to18(id18) == id18


@pytest.mark.parametrize("bad", ["", "005", "005R0000000UyrWIAT", "005R0000000Uyr-", "005r0000000UyrWIAS"])
def test_what_is_no_id_is_refused(bad: str) -> None:
    assert not ids.is_valid(bad)
    with pytest.raises(ValueError, match="not a Salesforce id"):
        ids.to18(bad)


@settings(derandomize=True)
@given(st.lists(st.integers(0, 10**12), min_size=2, unique=True))
def test_ids_sort_in_the_order_they_were_given_out(serials: list[int]) -> None:
    made = [ids.make("a01", serial) for serial in sorted(serials)]
    assert made == sorted(made)
    assert all(ids.is_valid(one) for one in made)
