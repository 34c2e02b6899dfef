"""SOQL text from values: literals that cannot break out, conditions short enough, pages without gaps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from agent.salesforce.wire import in_utc, to18

LONGEST_WHERE = 4_000
"""Characters Salesforce takes in one WHERE (platform fact)."""
IDS_IN_ONE_CONDITION = 150
"""Each takes 21 characters: 3,150, which leaves room for the field's path and for other conditions."""

_ESCAPES = str.maketrans(
    {"\\": r"\\", "'": r"\'", "\n": r"\n", "\r": r"\r", "\t": r"\t", "\b": r"\b", "\f": r"\f"}
)

Literal = str | bool | int | float | Decimal | date | datetime | None


def literal(value: Literal) -> str:
    """A value as SOQL writes it; datetimes in UTC and whole seconds, unquoted (platform fact).

    Raises:
        ValueError: a naive datetime.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return f"{in_utc(value):%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return f"'{value.translate(_ESCAPES)}'"
    return str(value)


def ids_in(field: str, ids: Iterable[str]) -> list[str]:
    """Conditions `field IN (...)` that together name every id once; none for no ids.

    One query each: a WHERE takes 4,000 characters, far fewer than all ids may need.

    Raises:
        ValueError: something among them is not an id.
    """
    quoted = [f"'{record_id}'" for record_id in dict.fromkeys(map(to18, ids))]
    starts = range(0, len(quoted), IDS_IN_ONE_CONDITION)
    return [f"{field} IN ({','.join(quoted[start : start + IDS_IN_ONE_CONDITION])})" for start in starts]


def keyset(field: str, stamp: datetime, last_id: str = "") -> str:
    """The condition for everything after the row (`stamp`, `last_id`), ordered by `field, Id`.

    Many rows share one stamp (bulk loads): the id decides among equals. Without `last_id`, from `stamp` on.

    Raises:
        ValueError: a naive stamp, or `last_id` is not an id.
    """
    moment = literal(stamp)
    if not last_id:
        return f"{field} >= {moment}"
    return f"(({field} > {moment}) OR ({field} = {moment} AND Id > '{to18(last_id)}'))"


def select(
    object: str,
    fields: Sequence[str],
    where: str = "",
    order_by: str = "",
    limit: int | None = None,
) -> str:
    """A query. Conditions that mix AND with OR bring their own parentheses, as SOQL demands.

    Raises:
        ValueError: `where` is longer than Salesforce takes.
    """
    if len(where) > LONGEST_WHERE:
        raise ValueError(f"A WHERE takes {LONGEST_WHERE} characters; this one on {object} has {len(where)}.")
    clauses = (
        f"SELECT {', '.join(fields)} FROM {object}",  # noqa: S608 - names come from reviewed mappings
        f"WHERE {where}" if where else "",
        f"ORDER BY {order_by}" if order_by else "",
        f"LIMIT {limit}" if limit is not None else "",
    )
    return " ".join(clause for clause in clauses if clause)
