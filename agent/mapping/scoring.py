"""The shape of touchpoints.toml: where starts of care and contacts stand in this org, and the definitions (I5)."""

from __future__ import annotations

import re
from typing import Self

from pydantic import Field, model_validator

from agent.mapping.definitions import Definition, Definitions, Name
from agent.mapping.names import ApiName, Strict


class StartOfCare(Strict):
    """One record for each client episode (D21, D23). Dates count as the edge of that day on the office's clock."""

    object: ApiName
    client: ApiName
    office: ApiName | None = None
    """None: the client's own office, the first lookup of reference.toml's client that leads to one."""
    first_shift_start: ApiName
    first_shift_end: ApiName | None = None
    expected_start: ApiName | None = None
    """When care was to begin: dates the touch points of who never started."""
    ended: ApiName | None = None
    duplicate_of: ApiName | None = None


class Assignments(Strict):
    """Whose client it was, over time (D22). An object of its own, or the field history of the client."""

    object: ApiName
    client: ApiName
    csm: ApiName
    since: ApiName
    before: ApiName | None = None
    """In a history: who it was until then (`OldValue`)."""
    field: ApiName | None = None
    """In a history, which holds the changes of every field: only rows of this one count."""
    now: ApiName | None = None
    """The client's lookup to the CSM, for clients of whom no row tells."""

    @model_validator(mode="after")
    def _of_one_field(self) -> Self:
        if self.is_history and self.field is None:
            raise ValueError(
                "a history holds the changes of every field; name the one that holds the CSM (`field`)"
            )
        return self

    @property
    def is_history(self) -> bool:
        return self.object.endswith("History")


class Condition(Strict):
    """`field` holds one of `values`."""

    field: ApiName
    values: list[str | bool] = Field(min_length=1)


class Matching(Strict):
    """Rows whose `field` is one of `values`, or fits `pattern`, may serve these activities."""

    activities: list[Name] = Field(min_length=1)
    field: ApiName
    values: list[str] = []
    """Compared without case."""
    pattern: str | None = None
    """A regular expression found anywhere in the text, without case."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.values) == (self.pattern is not None):
            raise ValueError("give either values or a pattern")
        try:
            re.compile(self.pattern or "")
        except re.error as error:
            raise ValueError(f"pattern: not a regular expression: {error}") from None
        return self


class ContactSource(Strict):
    """Tasks, Events, or an object of the org's own: something somebody did for a client."""

    object: ApiName = "Task"
    client: ApiName = "WhatId"
    """The client or the start of care it is about."""
    by: ApiName = "OwnerId"
    at: ApiName
    """When it was done; empty: it has not been."""
    done: Condition | None = None
    """Only rows for which this holds were done; None: `at` alone says it."""
    matching: list[Matching] = Field(min_length=1)


class Dashboard(Strict):
    """The org's own Quality Dashboard figure, to compare with (D32)."""

    object: ApiName
    person: ApiName
    month: ApiName
    """A date within the month, or `2026-02`."""
    percent: ApiName


class TouchPoints(Strict):
    """touchpoints.toml."""

    start_of_care: StartOfCare
    assignments: Assignments
    contacts: list[ContactSource] = Field(min_length=1)
    dashboard: Dashboard | None = None
    definitions: list[Definition] = Field(min_length=1)
    read_every_minutes: int = Field(15, ge=1)
    """How often evidence is read; alerts never wait for it."""

    @model_validator(mode="after")
    def _agree(self) -> Self:
        Definitions(definitions=self.definitions)
        known = {rule.activity for d in self.definitions for rule in d.touch_points}
        served = {name for source in self.contacts for m in source.matching for name in m.activities}
        if unknown := sorted(served - known):
            raise ValueError(f"contacts: no definition has {', '.join(unknown)}; check the spelling")
        if unserved := sorted(known - served):
            raise ValueError(f"contacts: nothing can serve {', '.join(unserved)}; add a matching")
        objects = [source.object for source in self.contacts]
        if len(set(objects)) < len(objects):
            raise ValueError("contacts: each object once; one source may have many matchings")
        return self

    @property
    def all_definitions(self) -> Definitions:
        return Definitions(definitions=self.definitions)
