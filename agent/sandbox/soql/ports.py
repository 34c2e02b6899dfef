"""What SOQL asks of an org: its schemas and the rows a user may see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from agent.sandbox.schema import ObjectSchema

Row = Mapping[str, Any]
"""One record by field API name; values are aware UTC datetimes, dates, bools, ints, floats, strings, None."""


class Catalog(Protocol):
    """An org as one user sees it at one instant."""

    def schema(self, name: str) -> ObjectSchema | None:
        """The object of this name, in any letter case, without fields hidden from the user; None: unknown."""

    def rows(self, name: str, *, include_deleted: bool) -> Iterable[Row]:
        """The visible rows of an object, named exactly, in any order."""

    def rows_from(self, name: str, field: str, low: Any, *, include_deleted: bool) -> Iterable[Row] | None:
        """The visible rows with `field >= low`, ascending by (field, Id); None: the field has no index."""

    def row(self, record_id: str) -> tuple[str, Row] | None:
        """Object name and row of a record by its 18-character id, deleted or not; None: not visible."""

    def children(self, child: str, lookup: str, parent_id: str, *, include_deleted: bool) -> Iterable[Row]:
        """The visible rows of `child` whose `lookup` holds `parent_id`, in any order."""
