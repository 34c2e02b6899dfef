"""The daemon's own log: the lines of the sync log as they come, for people on a terminal, as JSON for machines."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

import structlog

Line = Mapping[str, Any]
"""A line of the sync log: at (UTC text), level, kind, number (of a record, or None), text."""


def to_stderr(for_people: Callable[[Line], str] | None) -> Callable[[Line], None]:
    """What writes a line to stderr, now: as `for_people` words it, or as one JSON object where it is None."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if for_people is None
        else lambda _logger, _method, event: for_people(event)
    )
    written = structlog.wrap_logger(
        structlog.PrintLogger(sys.stderr), processors=[structlog.processors.EventRenamer("text"), renderer]
    )

    def write(line: Line) -> None:
        shown = {name: line[name] for name in ("at", "level", "kind", "number") if line[name] is not None}
        written.info(line["text"], **shown)

    return write
