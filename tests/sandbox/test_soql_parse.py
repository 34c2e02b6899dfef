"""What the sandbox's SOQL understands, what it refuses, and how it says where."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from agent.sandbox.soql import Query, SoqlError, parse
from agent.sandbox.soql.ast import Comparison, Count, Every, Literal, Not, Path, Some


def where(condition: str) -> object:
    return parse(f"SELECT Id FROM X WHERE {condition}").where


def value(literal: str) -> object:
    predicate = where(f"F = {literal}")
    assert isinstance(predicate, Comparison)
    return predicate.literals[0].value


def refusal(text: str) -> SoqlError:
    with pytest.raises(SoqlError) as caught:
        parse(text)
    return caught.value


def test_a_whole_statement_is_taken_apart_in_any_letter_case() -> None:
    query = parse(
        "sElEcT Id, A__r.Name,(select Id from F Limit 3) fRoM X oRdEr By A__r.Name dEsC nUlLs LaSt LiMiT 5"
    )
    feeds = query.select[2]
    assert isinstance(feeds, Query)
    assert query.select[:2] == (Path(("Id",), 7), Path(("A__r", "Name"), 11))
    assert (feeds.source.parts, feeds.limit) == (("F",), 3)
    assert (query.source.parts, query.limit) == (("X",), 5)
    (order,) = query.order
    assert (order.path.parts, order.descending, order.nulls_last) == (("A__r", "Name"), True, True)


@pytest.mark.parametrize(
    ("selection", "count"),
    [
        ("COUNT()", Count(None)),
        ("count( )", Count(None)),
        ("COUNT(Id)", Count(Path(("Id",), 13))),
        ("COUNT(Id) fromage", Count(Path(("Id",), 13), "fromage")),
    ],
)
def test_counting_is_read_with_and_without_an_alias(selection: str, count: Count) -> None:
    assert parse(f"SELECT {selection} FROM X").count == count


def test_names_may_begin_with_a_keyword() -> None:
    query = parse("SELECT Ordered__c, Fromage__c, Inn, Nulls__c FROM Selection WHERE Notes = 1 AND Likes = 2")
    assert [item.parts for item in query.select if isinstance(item, Path)] == [
        ("Ordered__c",),
        ("Fromage__c",),
        ("Inn",),
        ("Nulls__c",),
    ]


@pytest.mark.parametrize(
    ("literal", "meant"),
    [
        ("null", None),
        ("TRUE", True),
        ("false", False),
        ("0", 0),
        ("-12", -12),
        ("+3.5", 3.5),
        ("1e3", 1000.0),
        ("2026-11-21", date(2026, 11, 21)),
        ("2026-11-21T19:01:00Z", datetime(2026, 11, 21, 19, 1, tzinfo=UTC)),
        ("2026-11-21T19:01:00.999Z", datetime(2026, 11, 21, 19, 1, tzinfo=UTC)),
        ("2026-11-21T19:01:00+00:00", datetime(2026, 11, 21, 19, 1, tzinfo=UTC)),
        ("2026-11-21T12:01:00-0700", datetime(2026, 11, 21, 19, 1, tzinfo=UTC)),
        (r"'it\'s'", "it's"),
        (r"'a\\b\n\r\t\"\_\%'", 'a\\b\n\r\t"_%'),
        (r"'\\'", "\\"),
        ("'𝄞 é'", "𝄞 é"),
        ("''", ""),
    ],
)
def test_a_literal_means(literal: str, meant: object) -> None:
    assert value(literal) == meant
    assert type(value(literal)) is type(meant)


def test_like_keeps_the_escapes_it_needs() -> None:
    predicate = where(r"F LIKE '100\%'")
    assert predicate == Comparison(Path(("F",), 23), "like", (Literal("string", "100%", r"100\%"),))


def test_the_other_spelling_of_not_equal_is_the_same() -> None:
    assert where("F <> 1") == where("F != 1")


def test_and_binds_alike_operands_and_parentheses_nest() -> None:
    predicate = where("A = 1 AND (B = 2 OR (NOT C = 3)) AND D = 4")
    assert isinstance(predicate, Every)
    middle = predicate.parts[1]
    assert len(predicate.parts) == 3
    assert isinstance(middle, Some)
    assert isinstance(middle.parts[1], Not)


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("SELECT Id FROM X WHERE A = 1 AND B = 2 OR C = 3", "OR"),
        ("SELECT Id FROM X WHERE A = 1 OR B = 2 AND C = 3", "AND"),
        ("SELECT Id FROM X WHERE A = 1 AND NOT B = 2", "NOT"),
        ("SELECT Id FROM X WHERE NOT A = 1 AND B = 2", "AND"),
        ("SELECT Id FROM X WHERE A > TODAY", "TODAY"),
        ("SELECT Id FROM X WHERE A = LAST_N_DAYS:3", "LAST_N_DAYS"),
        ("SELECT Id FROM X WHERE CALENDAR_YEAR(A) = 2026", "("),
        ("SELECT Id FROM X WHERE A IN (SELECT Id FROM Y)", "SELECT"),
        ("SELECT Id FROM X WHERE A IN ()", ")"),
        ("SELECT Id FROM X WHERE A INCLUDES ('a')", "INCLUDES"),
        ("SELECT Id FROM X WHERE A NOT LIKE 'a'", "LIKE"),
        ("SELECT Id FROM X WHERE", "<EOF>"),
        ("SELECT Id FROM X GROUP BY Id", "GROUP"),
        ("SELECT Id FROM X HAVING COUNT(Id) > 1", "HAVING"),
        ("SELECT Id FROM X LIMIT 5 OFFSET 5", "OFFSET"),
        ("SELECT Id FROM X LIMIT -1", "-1"),
        ("SELECT Id FROM X LIMIT 5 ORDER BY Id", "ORDER"),
        ("SELECT Id FROM X FOR UPDATE", "FOR"),
        ("SELECT Id FROM X ALL ROWS", "ALL"),
        ("SELECT Id FROM X x, x.Y y", "x"),
        ("SELECT FIELDS(ALL) FROM X LIMIT 200", "("),
        ("SELECT TYPEOF What WHEN User THEN Name END FROM Task", "What"),
        ("SELECT SUM(A) FROM X", "("),
        ("SELECT COUNT(Id), Name FROM X", ","),
        ("SELECT Name n FROM X", "n"),
        ("SELECT Id, (SELECT COUNT() FROM Feeds) FROM X", "("),
        ("SELECT Id, (SELECT Id, (SELECT Id FROM Y) FROM Z) FROM X", "("),
        ("SELECT FROM X", "FROM"),
        ("SELECT Id", "<EOF>"),
        ("", "<EOF>"),
        ("UPDATE X", "UPDATE"),
    ],
)
def test_what_is_not_known_is_malformed_and_the_token_is_named(text: str, token: str) -> None:
    error = refusal(text)
    assert error.code == "MALFORMED_QUERY"
    assert error.message.endswith(f"\nunexpected token: '{token}'")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("SELECT * FROM X", "no viable alternative at character '*'"),
        ("SELECT Id FROM X WHERE A = :bound", "no viable alternative at character ':'"),
        ('SELECT Id FROM X WHERE A = "x"', "no viable alternative at character '\"'"),
        ("SELECT Id FROM X WHERE A = 'x", "no viable alternative at character '''"),
        ("SELECT Id FROM X WHERE A = 2026-02-30", "invalid date: 2026-02-30"),
        ("SELECT Id FROM X WHERE A = 2026-11-21T25:00:00Z", "invalid date: 2026-11-21T25:00:00Z"),
        ("SELECT Id FROM X WHERE A = 0001-01-01T00:00:00+05:00", "invalid date"),
        ("SELECT Id FROM X WHERE A = 2026-11-21T19:01:00", "unexpected token"),
        (r"SELECT Id FROM X WHERE A = '\q'", r"invalid string escape \q"),
    ],
)
def test_a_value_that_is_none_is_malformed(text: str, says: str) -> None:
    error = refusal(text)
    assert error.code == "MALFORMED_QUERY"
    assert says in error.message


def test_an_error_shows_the_place_as_salesforce_does() -> None:
    assert refusal("SELECT Id FROM X GROUP BY Id").message == (
        "\nSELECT Id FROM X GROUP BY Id\n                 ^\n"
        "ERROR at Row:1:Column:18\nunexpected token: 'GROUP'"
    )


def test_an_error_further_on_shows_only_what_stands_around_it_and_counts_rows() -> None:
    text = f"SELECT {', '.join(['Id'] * 30)}\nFROM X\nGROUP BY Id"
    before, excerpt_caret, place, _ = refusal(text).message.removeprefix("\n").split("\n")
    assert place == "ERROR at Row:3:Column:1"
    assert before[excerpt_caret.index("^") :].startswith("GROUP BY")
    assert len(before) <= 80


def test_a_string_of_4000_characters_is_the_longest_a_where_may_hold() -> None:
    assert value(f"'{'x' * 4000}'") == "x" * 4000
    assert (
        "may have 4000 characters; this one has 4001"
        in refusal(f"SELECT Id FROM X WHERE A = '{'x' * 4001}'").message
    )


def test_a_where_of_many_ids_may_be_longer_than_one_string() -> None:
    ids = ", ".join(f"'a0C0000000000{n:05d}'" for n in range(400))
    predicate = where(f"Id IN ({ids})")
    assert isinstance(predicate, Comparison)
    assert len(predicate.literals) == 400


def test_a_statement_of_more_than_100000_characters_is_refused() -> None:
    short = "SELECT Id FROM X"
    assert parse(short + " " * (100_000 - len(short))).source.parts == ("X",)
    error = refusal(short + " " * (100_001 - len(short)))
    assert error.code == "MALFORMED_QUERY"
    assert "cannot be longer than 100000 characters" in error.message


def test_the_same_text_is_parsed_once() -> None:
    assert parse("SELECT Id FROM Once") is parse("SELECT Id FROM Once")
