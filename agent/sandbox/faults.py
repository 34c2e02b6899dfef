"""What can be made to go wrong in the sandbox org: faults that are switched on, matched and used up."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, TypeAdapter

Kind = Literal[
    "expired_token",
    "daily_limit",
    "concurrent_limit",
    "unavailable",
    "unavailable_html",
    "lost_locator",
    "dropped",
    "lost_answer",
    "truncated",
    "slow",
    "lock_row",
    "row_error",
    "late_commits",
    "hard_deletes",
    "lost_sharing",
    "hidden_field",
    "read_only_field",
    "covered_lag",
]


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong: what (`kind`), where (every criterion that is set must hold), how often.

    `times` None means until it is switched off. `path` is a regular expression searched in the request's
    path, `where` compares field values of the row, `code` and `message` are what a failing row answers,
    `seconds` is how slow an answer, how late a commit or how far behind `latestDateCovered` is.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    kind: Kind
    times: int | None = None
    method: str | None = None
    path: str | None = None
    object: str | None = None
    field: str | None = None
    ids: frozenset[str] = frozenset()
    where: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    code: str = "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    message: str = "The record does not meet a validation rule."
    seconds: float = 0

    def meets(
        self, *, method: str = "", path: str = "", object: str = "", row: Mapping[str, Any] | None = None
    ) -> bool:
        """Whether this request, or this row of this object, is one the fault is about."""
        return (
            (self.method is None or self.method == method)
            and (self.path is None or re.search(self.path, path) is not None)
            and (self.object is None or self.object == object)
            and (not self.ids or (row is not None and row.get("Id") in self.ids))
            and (not self.where or (row is not None and all(row.get(k) == v for k, v in self.where.items())))
        )

    @classmethod
    def expired_token(cls, times: int | None = 1, **where: Any) -> Fault:
        """The token that comes with the request is revoked: 401 until a new one is fetched."""
        return cls("expired_token", times, **where)

    @classmethod
    def daily_limit(cls, times: int | None = 1, **where: Any) -> Fault:
        """403: the calls of the last 24 hours are used up."""
        return cls("daily_limit", times, **where)

    @classmethod
    def concurrent_limit(cls, times: int | None = 1, **where: Any) -> Fault:
        """403: too many long requests at once; over in seconds."""
        return cls("concurrent_limit", times, **where)

    @classmethod
    def unavailable(cls, times: int | None = 1, **where: Any) -> Fault:
        """503 in Salesforce's JSON."""
        return cls("unavailable", times, **where)

    @classmethod
    def unavailable_html(cls, times: int | None = 1, **where: Any) -> Fault:
        """503 as a page of HTML, from the edge."""
        return cls("unavailable_html", times, **where)

    @classmethod
    def lost_locator(cls, times: int | None = 1, **where: Any) -> Fault:
        """The next page of a query cannot be had any more."""
        return cls("lost_locator", times, **where)

    @classmethod
    def dropped(cls, times: int | None = 1, **where: Any) -> Fault:
        """The connection closes before the org has done anything."""
        return cls("dropped", times, **where)

    @classmethod
    def lost_answer(cls, times: int | None = 1, **where: Any) -> Fault:
        """The org does the work; the connection closes before its answer arrives."""
        return cls("lost_answer", times, **where)

    @classmethod
    def truncated(cls, times: int | None = 1, **where: Any) -> Fault:
        """The answer breaks off half-way."""
        return cls("truncated", times, **where)

    @classmethod
    def slow(cls, seconds: float, times: int | None = 1, **where: Any) -> Fault:
        """The answer takes this long."""
        return cls("slow", times, seconds=seconds, **where)

    @classmethod
    def lock_row(cls, *ids: str, times: int | None = 1, **where: Any) -> Fault:
        """Writing one of these records (of any, where none is named) finds it locked."""
        return cls("lock_row", times, ids=frozenset(ids), **where)

    @classmethod
    def row_error(cls, object: str, code: str, *, times: int | None = None, **where: Any) -> Fault:
        """Writing a row of this object fails with this code."""
        return cls("row_error", times, object=object, code=code, **where)

    @classmethod
    def late_commits(cls, seconds: float, **where: Any) -> Fault:
        """What others save becomes visible this much later than its stamp says."""
        return cls("late_commits", seconds=seconds, **where)

    @classmethod
    def hard_deletes(cls, **where: Any) -> Fault:
        """What is deleted bypasses the recycle bin: only getDeleted still tells."""
        return cls("hard_deletes", **where)

    @classmethod
    def lost_sharing(cls, object: str, *ids: str, **where: Any) -> Fault:
        """The integration user no longer sees these rows (without a condition, all of the object's)."""
        return cls("lost_sharing", object=object, ids=frozenset(ids), **where)

    @classmethod
    def hidden_field(cls, object: str, field: str) -> Fault:
        """Field-level security hides the field from the integration user."""
        return cls("hidden_field", object=object, field=field)

    @classmethod
    def read_only_field(cls, object: str, field: str) -> Fault:
        """Field-level security lets the integration user read the field and not write it."""
        return cls("read_only_field", object=object, field=field)

    @classmethod
    def covered_lag(cls, seconds: float) -> Fault:
        """`latestDateCovered` lies this far behind."""
        return cls("covered_lag", seconds=seconds)


_PARSER = TypeAdapter(Fault)
_DEFAULTS = {f.name: f.default for f in dataclasses.fields(Fault)}


class Faults:
    """The faults that are switched on, in the order in which they were."""

    def __init__(self) -> None:
        self._active: list[tuple[Fault, int | None]] = []

    def add(self, *faults: Fault) -> None:
        self._active.extend((fault, fault.times) for fault in faults)

    def clear(self) -> None:
        self._active.clear()

    def standing(self, *kinds: Kind) -> Iterator[Fault]:
        """The faults of these kinds, none of them used up by looking."""
        return (fault for fault, _ in self._active if fault.kind in kinds)

    def take(self, *kinds: Kind, **facts: Any) -> Fault | None:
        """The first fault of these kinds that this request or row meets (see `Fault.meets`), used once."""
        for position, (fault, left) in enumerate(self._active):
            if fault.kind in kinds and fault.meets(**facts):
                if left is not None:
                    self._active[position : position + 1] = [(fault, left - 1)] if left > 1 else []
                return fault
        return None

    def add_json(self, payload: Any) -> None:
        """Switch on faults given as JSON: one object or a list, keys as in `Fault`.

        Raises:
            pydantic.ValidationError: an unknown key, kind or type of value.
        """
        self.add(
            *[_PARSER.validate_python(item) for item in (payload if isinstance(payload, list) else [payload])]
        )

    def to_json(self) -> list[dict[str, Any]]:
        """The faults switched on, with the uses that are left as `times`."""
        return [
            {
                name: sorted(value) if isinstance(value, frozenset) else value
                for name, value in {**dataclasses.asdict(fault), "times": left}.items()
                if name in ("kind", "times") or value not in (_DEFAULTS[name], {}, 0)
            }
            for fault, left in self._active
        ]
