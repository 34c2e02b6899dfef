"""A billing line that ends pays nobody any more: in the recycle bin, deleted for good, or replaced by another."""

from __future__ import annotations

import pytest
from billed_lines import LINE, amounts, billed, kept
from clinic import HOUR, client, delete, looked, says_nothing_of_deletions

from tests.company import Company


@pytest.mark.parametrize("hard", [False, True], ids=["in the recycle bin", "for good"])
def test_a_deleted_line_counts_no_longer(clinic: Company, hard: bool) -> None:
    one = client(clinic)
    gone, _ = billed(clinic, one, 20), billed(clinic, one, 30)
    with clinic.agent() as agent:
        looked(agent, clinic, HOUR)
        assert amounts(agent, "hours") == [20, 30]
        delete(clinic, gone, hard=hard)
        looked(agent, clinic, HOUR)
        assert amounts(agent, "hours") == [30]
        assert amounts(agent, "revenue") == [1200]


def test_a_month_of_lines_that_billing_replaces_by_new_ones_is_not_paid_twice(clinic: Company) -> None:
    one = client(clinic)
    before = [billed(clinic, one, hours) for hours in (20, 30)]
    with clinic.agent() as agent:
        looked(agent, clinic, HOUR)
        for gone in before:
            delete(clinic, gone, hard=True)
        for hours in (20, 30):
            billed(clinic, one, hours)
        looked(agent, clinic, HOUR)
        assert sum(amounts(agent, "hours")) == 50


def test_a_line_that_came_in_a_file_is_not_salesforce_s_to_delete(clinic: Company) -> None:
    gone = billed(clinic, client(clinic), 20)
    with clinic.agent() as agent:
        looked(agent, clinic, HOUR)
        with kept(agent) as pay, pay.transaction():
            pay.write("UPDATE line SET source = 'file:march.csv' WHERE id = ?", (gone,))
        delete(clinic, gone, hard=True)
        looked(agent, clinic, HOUR)
        assert amounts(agent, "hours") == [20]


def test_an_org_that_does_not_say_what_was_deleted_is_an_alarm_once_and_lines_go_on(clinic: Company) -> None:
    says_nothing_of_deletions(clinic, LINE)
    one = client(clinic)
    with clinic.agent() as agent:
        for _ in range(3):
            billed(clinic, one, 20)
            looked(agent, clinic, HOUR)
        assert len(amounts(agent, "hours")) == 3
        told = [row["text"] for row in agent.work.store.rows("SELECT text FROM log WHERE kind = 'alarm'")]
    assert len([text for text in told if "What was deleted cannot be asked for" in text]) == 1
