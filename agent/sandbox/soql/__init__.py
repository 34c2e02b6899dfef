"""SOQL as Salesforce reads it: `parse` a statement, `execute` it over a `Catalog`, render the `Result`."""

from __future__ import annotations

from agent.sandbox.soql.ast import Query
from agent.sandbox.soql.csv_pages import csv_page, refuse_for_bulk
from agent.sandbox.soql.errors import SoqlError
from agent.sandbox.soql.parse import parse
from agent.sandbox.soql.ports import Catalog, Row
from agent.sandbox.soql.run import Result, execute

__all__ = [
    "Catalog",
    "Query",
    "Result",
    "Row",
    "SoqlError",
    "csv_page",
    "execute",
    "parse",
    "refuse_for_bulk",
]
