"""SOQL text to a `Query`: the grammar, literals and the limits on a statement's length."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path as FilePath
from typing import TypeVar, cast

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedInput, UnexpectedToken, v_args

from agent.sandbox.soql import ast
from agent.sandbox.soql.errors import SoqlError, located
from agent.sandbox.soql.strings import unescape, unknown_escape

STATEMENT_LENGTH = 100_000
"""Characters a statement may have (platform fact)."""
STRING_LENGTH = 4_000
"""Characters one quoted string within a WHERE may have (platform fact)."""


@lru_cache(maxsize=256)
def parse(text: str) -> ast.Query:
    """The statement in `text`, not yet held against any schema.

    Raises:
        SoqlError: MALFORMED_QUERY, with row and column, for whatever the sandbox's SOQL does not know.
    """
    if len(text) > STATEMENT_LENGTH:
        raise SoqlError(
            "MALFORMED_QUERY",
            f"SOQL statements cannot be longer than {STATEMENT_LENGTH} characters; this one has {len(text)}.",
        )
    try:
        # The transformer works while the parser reduces, so what comes back is a Query, not a tree.
        query = cast(ast.Query, _PARSER.parse(text))
    except UnexpectedInput as unexpected:
        raise located("MALFORMED_QUERY", text, *_unexpected(unexpected, text)) from None
    except _BadLiteral as bad:
        raise located("MALFORMED_QUERY", text, bad.at, bad.message) from None
    return replace(query, text=text)


def _unexpected(error: UnexpectedInput, text: str) -> tuple[int, str]:
    """Where reading stopped, and Salesforce's words for it."""
    if isinstance(error, UnexpectedToken) and error.token.type != "$END":
        return _offset(error.token), f"unexpected token: '{error.token}'"
    if isinstance(error, UnexpectedCharacters):
        at = cast(int, error.pos_in_stream)
        return at, f"line {error.line}:{error.column} no viable alternative at character '{text[at]}'"
    return len(text), "unexpected token: '<EOF>'"


@dataclass
class _BadLiteral(Exception):
    """A value that is shaped like a literal and is none; `parse`, which knows the statement, says where."""

    at: int
    message: str


@v_args(inline=True)
class _Builder(Transformer[Token, ast.Query]):
    """Makes the syntax tree while the parser reduces: a method for each name in the grammar."""

    def query(
        self,
        selection: ast.Count | tuple[ast.Path | ast.Query, ...],
        source: ast.Path,
        where: ast.Predicate | None,
        order: tuple[ast.Order, ...] | None,
        limit: int | None,
    ) -> ast.Query:
        count, select = (selection, ()) if isinstance(selection, ast.Count) else (None, selection)
        return ast.Query("", select, count, source, where, order or (), limit)

    child = query

    def path(self, token: Token) -> ast.Path:
        return ast.Path(tuple(token.split(".")), _offset(token))

    name = path

    def items(self, *items: ast.Path | ast.Query) -> tuple[ast.Path | ast.Query, ...]:
        return items

    def count_rows(self) -> ast.Count:
        return ast.Count(None)

    def count_field(self, path: ast.Path, alias: Token | None) -> ast.Count:
        return ast.Count(path, str(alias)) if alias else ast.Count(path)

    def every(self, *parts: ast.Predicate) -> ast.Every:
        return ast.Every(parts)

    def some(self, *parts: ast.Predicate) -> ast.Some:
        return ast.Some(parts)

    def negation(self, part: ast.Predicate) -> ast.Not:
        return ast.Not(part)

    def compare(self, path: ast.Path, operator: Token, literal: ast.Literal) -> ast.Comparison:
        spelled = "!=" if operator == "<>" else str(operator)
        return ast.Comparison(path, cast(ast.Operator, spelled), (literal,))

    def like(self, path: ast.Path, literal: ast.Literal) -> ast.Comparison:
        return ast.Comparison(path, "like", (literal,))

    def within(self, path: ast.Path, literals: tuple[ast.Literal, ...]) -> ast.Comparison:
        return ast.Comparison(path, "in", literals)

    def without(self, path: ast.Path, literals: tuple[ast.Literal, ...]) -> ast.Comparison:
        return ast.Comparison(path, "not in", literals)

    def list(self, *literals: ast.Literal) -> tuple[ast.Literal, ...]:
        return literals

    def order(self, *orderings: ast.Order) -> tuple[ast.Order, ...]:
        return orderings

    def ordering(self, path: ast.Path, direction: Token | None, nulls: Token | None) -> ast.Order:
        return ast.Order(path, _is(direction, "desc"), _is(nulls, "last"))

    def limit(self, rows: Token) -> int:
        return int(rows)

    def string(self, token: Token) -> ast.Literal:
        raw = token[1:-1]
        if len(raw) > STRING_LENGTH:
            message = (
                f"a string in a WHERE clause may have {STRING_LENGTH} characters; this one has {len(raw)}"
            )
            raise _BadLiteral(_offset(token), message)
        unknown = unknown_escape(raw)
        if unknown is not None:
            raise _BadLiteral(_offset(token), f"invalid string escape {unknown}; write a backslash as \\\\")
        return ast.Literal("string", unescape(raw), raw)

    def number(self, token: Token) -> ast.Literal:
        whole = token.lstrip("+-").isdigit()
        return ast.Literal("int", int(token)) if whole else ast.Literal("double", float(token))

    def date(self, token: Token) -> ast.Literal:
        return ast.Literal("date", _calendar(token, date.fromisoformat))

    def datetime(self, token: Token) -> ast.Literal:
        # Salesforce compares whole seconds (platform fact), so the fraction is dropped once, here.
        moment = _calendar(token, lambda text: datetime.fromisoformat(text.upper()).astimezone(UTC))
        return ast.Literal("dateTime", moment.replace(microsecond=0))

    def true(self, _: Token) -> ast.Literal:
        return ast.Literal("boolean", True)

    def false(self, _: Token) -> ast.Literal:
        return ast.Literal("boolean", False)

    def null(self, _: Token) -> ast.Literal:
        return ast.Literal("null", None)


def _offset(token: Token) -> int:
    return token.start_pos or 0


def _is(token: Token | None, word: str) -> bool:
    return token is not None and token.lower() == word


_Day = TypeVar("_Day", date, datetime)


def _calendar(token: Token, read: Callable[[str], _Day]) -> _Day:
    try:
        return read(str(token))
    except (ValueError, OverflowError):
        raise _BadLiteral(_offset(token), f"invalid date: {token}") from None


_PARSER = Lark(
    FilePath(__file__).with_name("grammar.lark").read_text(encoding="utf-8"),
    parser="lalr",
    start="query",
    transformer=_Builder(),
)
