"""pay.db: for its owner's eyes only; lines by whose and when; what was locked never changes."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from agent.errors import AgentError
from agent.store import mirror, pay_lines
from agent.store.pay import PayStore
from agent.store.pay_lines import Adjustment, LockedStatement

ADA, BO, REP = "a03000000000001AAA", "a03000000000002AAA", "005000000000001AAA"


@pytest.fixture
def pay(tmp_path: Path) -> Iterator[PayStore]:
    opened = PayStore(tmp_path / "state" / "pay.db")
    yield opened
    opened.close()


def line(id: str = "L-1", **values: Any) -> dict[str, Any]:
    row = {
        "kind": "revenue",
        "id": id,
        "client_id": ADA,
        "person_id": None,
        "day": "2026-03-31",
        "amount": "10",
    }
    return {**row, "billable": None, "source": "file:march.csv", **values}  # fmt: skip


def save(pay: PayStore, *rows: dict[str, Any]) -> set[pay_lines.Touched]:
    with pay.transaction():
        return pay_lines.save_lines(pay, rows)


def ids(pay: PayStore, kind: str = "revenue", **asked: Any) -> list[str]:
    return [found.id for found in pay_lines.lines(pay, kind, **asked)]


def test_only_its_owner_may_read_it_and_the_files_beside_it(pay: PayStore) -> None:
    save(pay, line())
    files = sorted(pay.path.parent.iterdir())
    assert [path.name for path in files] == ["pay.db", "pay.db-shm", "pay.db-wal"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_a_file_that_everybody_could_read_is_closed_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "pay.db"
    path.touch()
    path.chmod(0o644)
    PayStore(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_broken_file_is_named_with_the_backup_as_its_mend(tmp_path: Path) -> None:
    path = tmp_path / "pay.db"
    path.write_bytes(b"this is no database at all, " * 400)
    with pytest.raises(AgentError, match=r"sli-agent restore") as caught:
        PayStore(path)
    assert str(path) in str(caught.value)


def test_saving_tells_which_clients_and_months_are_concerned_before_and_after(pay: PayStore) -> None:
    first = save(pay, line(), line("L-2", kind="opening", day=None))
    again = save(pay, line(), line("L-2", kind="opening", day=None))
    moved = save(pay, line(client_id=BO, day="2026-04-01"))
    assert first == {("revenue", "2026-03", ADA), ("opening", None, ADA)}
    assert again == set()
    assert moved == {("revenue", "2026-03", ADA), ("revenue", "2026-04", BO)}


def test_a_line_is_the_same_in_another_file_and_another_one_where_salesforce_has_it(pay: PayStore) -> None:
    save(pay, line())
    assert save(pay, line(source="file:april.csv", amount=Decimal("10.00"))) == set()
    assert save(pay, line(source="salesforce")) != set()
    assert {name: x.source for name, x in pay_lines.named(pay, "revenue", ["L-1", "L-2"]).items()} == {
        "L-1": "salesforce"
    }
    assert pay_lines.named(pay, "hours", ["L-1"]) == {}


@pytest.mark.parametrize("amount", ["0.1", "1E+3", "-0.00", "123456789.1234"])
def test_amounts_come_back_exactly(pay: PayStore, amount: str) -> None:
    save(pay, line(amount=Decimal(amount), billable=Decimal(amount)))
    [found] = pay_lines.lines(pay, "revenue")
    assert found.amount == found.billable == Decimal(amount)
    assert "E" not in pay.value("SELECT amount FROM line")


def test_lines_are_found_by_client_person_month_and_day(pay: PayStore) -> None:
    save(
        pay,
        line("A", day="2026-03-01", amount="1"),
        line("B", day="2026-03-31T23:59:59Z", client_id=BO, person_id=REP),
        line("C", day="2026-04-01", person_id=REP),
        line("D", day="2026-03-15", deleted=1),
        line("E", kind="hours", day="2026-03-15", billable="9"),
    )
    assert ids(pay) == ["A", "B", "C"]
    assert ids(pay, month="2026-03") == ["A", "B"]
    assert ids(pay, through="2026-03-31") == ["A", "B"]
    assert ids(pay, client_ids=[BO]) == ["B"]
    assert ids(pay, client_ids=[]) == []
    assert ids(pay, person=REP, month="2026-04") == ["C"]
    assert months_known(pay, "revenue") == ["2026-04", "2026-03"]
    assert months_known(pay, "opening") == []


def months_known(pay: PayStore, kind: str) -> list[str]:
    return [
        month
        for month in ("2026-05", "2026-04", "2026-03", "2026-02")
        if pay_lines.has_lines(pay, kind, month)
    ]


def test_cursors_are_kept_as_in_the_states_own_file(pay: PayStore) -> None:
    cursor = mirror.Cursor("line_revenue", covered="2026-11-18T15:30:00Z", loaded=True)
    with pay.transaction():
        mirror.save_cursor(pay, cursor)
    assert mirror.cursors(pay) == {"line_revenue": cursor}


def test_imports_are_listed_the_newest_first(pay: PayStore) -> None:
    file = {"file": "a.csv", "digest": "d", "at": "2026-11-18T15:30:00Z", "by": "x@example.com"}
    with pay.transaction():
        for kind in ("revenue", "hours"):
            pay_lines.add_import(pay, {**file, "kind": kind, "lines": 1, "added": 1, "changed": 0})
    assert [row["kind"] for row in pay_lines.imports(pay)] == ["hours", "revenue"]
    assert [row["kind"] for row in pay_lines.imports(pay, "revenue")] == ["revenue"]


def test_a_locked_statement_never_changes_and_a_revision_stands_beside_it(pay: PayStore) -> None:
    def statement(revision: int, total: str) -> LockedStatement:
        told, at = {"total": total}, "2026-04-09T10:00:00Z"
        digest = pay_lines.digest_of(told)
        return LockedStatement(REP, "2026-03", revision, told, digest, Decimal(total), "key", at)

    with pay.transaction():
        for one in (statement(2, "700.00"), statement(1, "650.00"), statement(1, "650.00")):
            pay_lines.lock_statement(pay, one)
        pay_lines.lock_statement(pay, replace(statement(1, "650.00"), total=Decimal(999)))
    assert pay_lines.locked(pay, REP, "2026-03") == [statement(1, "650.00"), statement(2, "700.00")]
    assert pay_lines.locked(pay, REP, "2026-04") == []
    assert str(pay_lines.locked(pay, REP, "2026-03")[0].total) == "650.00"


def test_the_same_adjustment_is_proposed_once(pay: PayStore) -> None:
    proposed = Adjustment(REP, "2026-03", "2026-04", Decimal("-50.00"), "a refund", "2026-04-09T10:00:00Z")
    with pay.transaction():
        assert pay_lines.propose(pay, proposed)
        assert not pay_lines.propose(pay, proposed)
    assert pay_lines.adjustments(pay, REP) == [proposed]
    assert pay_lines.adjustments(pay, ADA) == []


def test_statements_locked_before_a_revision_could_have_two_are_all_there(tmp_path: Path) -> None:
    path = tmp_path / "old" / "pay.db"
    PayStore(path).close()
    with closing(sqlite3.connect(path)) as older:
        older.executescript("""
            DROP TABLE locked_statement;
            CREATE TABLE locked_statement (
              person_id TEXT NOT NULL, month TEXT NOT NULL, revision INTEGER NOT NULL, statement TEXT NOT NULL,
              digest TEXT NOT NULL, total TEXT NOT NULL, decision_key TEXT NOT NULL, at TEXT NOT NULL,
              PRIMARY KEY (person_id, month, revision)) STRICT;
            INSERT INTO locked_statement VALUES ('p', '2026-03', 1, '{}', 'd', '1.50', 'k', '2026-04-09T10:00:00Z');
            DELETE FROM _sqlite_migrations WHERE name = 'p004_statements_of_locks_cut_short';
        """)
    opened = PayStore(path)
    try:
        [found] = pay_lines.locked(opened, "p", "2026-03")
        assert (found.revision, found.digest, found.total) == (1, "d", Decimal("1.50"))
    finally:
        opened.close()
