"""Billing lines of a clinic, and what pay.db holds of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

from clinic import insert

from agent.loop import Agent
from agent.store import pay_lines
from agent.store.pay import PayStore
from tests.company import Company

LINE = "Billing_Line__c"


def billed(company: Company, about: str, hours: int = 20, **values: Any) -> str:
    """A line of March, at $40 an hour unless `values` say otherwise."""
    row = {"Client__c": about, "Service_Date__c": date(2026, 3, 9), "Currency__c": "USD"}
    return insert(company, LINE, **{**row, "Billed_Hours__c": hours, "Revenue__c": 40 * hours, **values})


@contextmanager
def kept(agent: Agent) -> Iterator[PayStore]:
    pay = PayStore(agent.work.pay_path)
    try:
        yield pay
    finally:
        pay.close()


def amounts(agent: Agent, kind: str) -> list[Decimal]:
    with kept(agent) as pay:
        return [line.amount for line in pay_lines.lines(pay, kind)]
