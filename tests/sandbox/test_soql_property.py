"""Any WHERE keeps the rows that a naive reading of it keeps, indexed or not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from soql_world import World, at, id_of

Keep = Callable[[dict[str, Any]], bool]
Clause = tuple[str, Keep]
"""A piece of SOQL, and what it means said in plain Python."""

WORDS = ("a", "B", "b_c", "100%", "it's", "two\nlines", "back\\slash")
ROWS = st.fixed_dictionaries(
    {
        "Key__c": st.none() | st.sampled_from(WORDS),
        "Steps__c": st.none() | st.integers(-2, 2),
        "SystemModstamp": st.integers(0, 5).map(lambda second: at(0, second)),
        "Due__c": st.none() | st.integers(0, 5_000_000).map(lambda us: at(0) + timedelta(microseconds=us)),
        "Office__c": st.none() | st.sampled_from([id_of("Office__c", 1), id_of("Office__c", 2)]),
    }
)
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a is not None and a < b,
    "<=": lambda a, b: a is not None and a <= b,
    ">": lambda a, b: a is not None and a > b,
    ">=": lambda a, b: a is not None and a >= b,
}
OPERATORS = st.sampled_from(sorted(COMPARE))


def quoted(word: str) -> str:
    for sign, escape in (("\\", r"\\"), ("'", r"\'"), ("\n", r"\n"), ("_", r"\_"), ("%", r"\%")):
        word = word.replace(sign, escape)
    return f"'{word}'"


def lowered(row: dict[str, Any]) -> Any:
    return row["Key__c"] and row["Key__c"].lower()


def second_of(moment: Any) -> Any:
    return moment and moment.replace(microsecond=0)


def comparing(field: str, sign: str, text: str, value: Any, of: Callable[[dict[str, Any]], Any]) -> Clause:
    return f"{field} {sign} {text}", lambda row: COMPARE[sign](of(row), value)


def moment_clause(field: str, sign: str, second: int) -> Clause:
    text = f"2026-11-21T19:00:0{second}Z"
    return comparing(field, sign, text, at(0, second), lambda row: second_of(row[field]))


def key_list(words: list[str | None], negated: bool) -> Clause:
    text = ", ".join("null" if word is None else quoted(word) for word in words)
    folded = [word and word.lower() for word in words]
    return (
        f"Key__c {'NOT ' if negated else ''}IN ({text})",
        lambda row: (lowered(row) in folded) is not negated,
    )


def beginning(word: str) -> Clause:
    text = quoted(word)[:-1] + "%'"
    return (
        f"Key__c LIKE {text}",
        lambda row: row["Key__c"] is not None and lowered(row).startswith(word.lower()),
    )


def null_clause(field: str, sign: str) -> Clause:
    return f"{field} {sign} null", lambda row: (row[field] is None) is (sign == "=")


def office(number: int, width: int) -> Clause:
    wanted = id_of("Office__c", number)
    return f"Office__c = '{wanted[:width]}'", lambda row: row["Office__c"] == wanted


LEAVES = st.one_of(
    st.builds(
        lambda o, w: comparing("Key__c", o, quoted(w), w.lower(), lowered), OPERATORS, st.sampled_from(WORDS)
    ),
    st.builds(
        lambda o, n: comparing("Steps__c", o, str(n), n, lambda row: row["Steps__c"]),
        OPERATORS,
        st.integers(-2, 2),
    ),
    st.builds(moment_clause, st.sampled_from(["SystemModstamp", "Due__c"]), OPERATORS, st.integers(0, 5)),
    st.builds(key_list, st.lists(st.none() | st.sampled_from(WORDS), min_size=1, max_size=3), st.booleans()),
    st.builds(beginning, st.sampled_from(WORDS)),
    st.builds(
        null_clause,
        st.sampled_from(["Key__c", "Steps__c", "Due__c", "Office__c"]),
        st.sampled_from(["=", "!="]),
    ),
    st.builds(office, st.sampled_from([1, 2, 3]), st.sampled_from([15, 18])),
)


def joined(word: str, clauses: list[Clause]) -> Clause:
    together = all if word == "AND" else any
    return (
        f" {word} ".join(f"({text})" for text, _ in clauses),
        lambda row: together(keep(row) for _, keep in clauses),
    )


def negated(clause: Clause) -> Clause:
    return f"NOT ({clause[0]})", lambda row: not clause[1](row)


CLAUSES = st.recursive(
    LEAVES,
    lambda inner: (
        st.builds(joined, st.sampled_from(["AND", "OR"]), st.lists(inner, min_size=2, max_size=4))
        | inner.map(negated)
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.lists(ROWS, max_size=12), CLAUSES, st.sampled_from(["", "ORDER BY SystemModstamp, Id"]), st.booleans()
)
def test_any_where_keeps_what_a_naive_reading_keeps(
    rows: list[dict[str, Any]], clause: Clause, order: str, indexed: bool
) -> None:
    world = World(indexed=frozenset({"SystemModstamp", "Due__c"} if indexed else ()))
    for number, row in enumerate(rows, start=1):
        world.add("Case__c", number, Name=str(number), **row)
    text, keep = clause
    kept = [(row["SystemModstamp"], str(number)) for number, row in enumerate(rows, start=1) if keep(row)]
    answered = world.names(f"WHERE {text} {order}")
    assert sorted(answered) == sorted(name for _, name in kept)
    if order:
        assert answered == [name for _, name in sorted(kept, key=lambda pair: (pair[0], int(pair[1])))]
