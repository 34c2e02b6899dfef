"""The select list compiled into what renders a row as the REST API does, parents and children within."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from agent.sandbox.soql.ast import Count, Path, Query
from agent.sandbox.soql.errors import advice
from agent.sandbox.soql.fields import Getter, Parent, Scope
from agent.sandbox.soql.ports import Row
from agent.sandbox.soql.rows import choosing
from agent.sandbox.soql.values import json_value

Render = Callable[[Row, str], Any]
"""A row, and the path its record's URL begins with (`/services/data/v65.0/sobjects`), to a JSON value."""


def record_shape(query: Query, scope: Scope, *, include_deleted: bool) -> Render:
    """Renders a row of `query`; the select list is held against the schema now, once.

    Raises:
        SoqlError: an unknown name, a field selected twice, or a child subquery that does not fit.
    """
    paths = [item for item in query.select if isinstance(item, Path)]
    for path in paths:
        # Checked before paths are taken apart, so that an error can show the whole one.
        scope.column(path)
    members = _members(paths, scope)
    for item in query.select:
        if isinstance(item, Query):
            name, render = _children(item, scope, include_deleted=include_deleted)
            _add(members, name, render, item.source, scope)
    return _record(members, scope.schema.name)


def aggregate_shape(count: Count) -> Render:
    """Renders the one row of COUNT(field)."""
    return lambda row, _: {"attributes": {"type": "AggregateResult"}, count.alias: row[count.alias]}


def _members(paths: Sequence[Path], scope: Scope) -> dict[str, Render]:
    """Key -> how to render it, in the order of the select list; paths by one relationship share its key."""
    members: dict[str, Render] = {}
    for group in _by_first_step(paths):
        if len(group[0].parts) > 1:
            parent = scope.parent(group[0])
            members[parent.relationship] = _parent(parent, [path.rest for path in group])
            continue
        for path in group:
            column = scope.column(path)
            _add(members, column.spelled, _leaf(column.get), path, scope)
    return members


def _by_first_step(paths: Sequence[Path]) -> Iterable[Sequence[Path]]:
    groups: dict[tuple[bool, str], list[Path]] = {}
    for path in paths:
        groups.setdefault((len(path.parts) > 1, path.parts[0].lower()), []).append(path)
    return groups.values()


def _add(members: dict[str, Render], key: str, render: Render, path: Path, scope: Scope) -> None:
    if key in members:
        raise scope.error("MALFORMED_QUERY", path, f"duplicate field selected: {key}")
    members[key] = render


def _leaf(get: Getter) -> Render:
    return lambda row, _: json_value(get(row))


def _record(members: Mapping[str, Render], name: str) -> Render:
    items = tuple(members.items())

    def render(row: Row, root: str) -> dict[str, Any]:
        record: dict[str, Any] = {"attributes": _attributes(name, name, row, root)}
        for key, member in items:
            record[key] = member(row, root)
        return record

    return render


def _parent(parent: Parent, paths: Sequence[Path]) -> Render:
    items = tuple(_members(paths, parent.scope).items())

    def render(row: Row, root: str) -> dict[str, Any] | None:
        found = parent.fetch(row)
        if found is None:
            return None
        name, there = found
        record: dict[str, Any] = {"attributes": _attributes(parent.type_shown or name, name, there, root)}
        for key, member in items:
            record[key] = member(there, root)
        return record

    return render


def _attributes(shown: str, name: str, row: Row, root: str) -> dict[str, str]:
    return {"type": shown, "url": f"{root}/{name}/{row['Id']}"}


def _children(query: Query, scope: Scope, *, include_deleted: bool) -> tuple[str, Render]:
    """The child relationship's name and how to render a parent's children: null where it has none."""
    name, child, lookup = _child_relationship(query, scope)
    choose, record = choosing(query, child), record_shape(query, child, include_deleted=include_deleted)

    def render(row: Row, root: str) -> dict[str, Any] | None:
        rows = scope.catalog.children(child.schema.name, lookup, row["Id"], include_deleted=include_deleted)
        chosen = choose(rows, False)
        if not chosen:
            return None
        return {"totalSize": len(chosen), "done": True, "records": [record(one, root) for one in chosen]}

    return name, render


def _child_relationship(query: Query, scope: Scope) -> tuple[str, Scope, str]:
    wanted = ".".join(query.source.parts)
    for name, (child, lookup) in scope.schema.child_relationships.items():
        schema = scope.catalog.schema(child) if name.lower() == wanted.lower() else None
        if schema is not None:
            return name, Scope(scope.catalog, schema, scope.text), lookup
    message = f"Didn't understand relationship '{wanted}' in FROM part of query call."
    raise scope.error("INVALID_TYPE", query.source, f"{message} {advice('relationship', '__r')}")
