"""Files of lines: read whole, or every mistake named by row and column with its mend."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.incentive.imports import COLUMNS, Kind, Parsed, parse

REVENUE = "line,client,service_date,amount,currency"
HOURS = "line,client,service_date,hours,billable"
GOOD = "R-1,Ada Bell,2026-03-31,120.50,USD"
CLIENT = "Zuleika Quennell"


def revenue(*rows: str, header: str = REVENUE, with_refunds: bool = False) -> Parsed:
    raw = "\n".join([header, *rows]).encode()
    return parse(Kind.REVENUE, raw, currency="USD", with_refunds=with_refunds)


def told(found: Parsed) -> list[str]:
    return [str(problem) for problem in found.problems]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "with a byte-order mark"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"], ids=["unix", "windows", "old mac"])
@pytest.mark.parametrize("separator", [b",", b";"], ids=["commas", "semicolons"])
def test_a_file_is_read_as_spreadsheets_of_any_country_save_it(
    mark: bytes, end: bytes, separator: bytes
) -> None:
    rows = [b"Amount,CLIENT,line, Service_Date ,currency", b"120.50,Zo\xc3\xab Bell,R-1,2026-03-31,usd"]
    raw = mark + end.join(row.replace(b",", separator) for row in [*rows, b",,,,", b""])
    found = parse(Kind.REVENUE, raw, currency="USD")
    assert told(found) == []
    [line] = found.lines
    assert (line.row, line.line, line.client, line.day) == (2, "R-1", "Zoë Bell", "2026-03-31")
    assert (line.amount, line.currency) == (Decimal("120.50"), "USD")


@pytest.mark.parametrize(
    ("kind", "text", "wanted"),
    [
        (Kind.HOURS, "line,client,service_date,hours\nH1,C,2026-03-31,7.3333", (Decimal("7.3333"), None)),
        (Kind.HOURS, f"{HOURS}\nH1,C,2026-03-31,8,7.5", (Decimal(8), Decimal("7.5"))),
        (Kind.HOURS, f"{HOURS}\nH1,C,2026-03-31,8,", (Decimal(8), None)),
        (
            Kind.ADMISSIONS,
            "line,person,client,first_shift,first_week_hours\nA1,E-1,C,2026-03-31,25",
            (Decimal(25), None),
        ),
        (Kind.OPENING, "client,amount,currency\nC,4999.99,USD", (Decimal("4999.99"), None)),
        (Kind.BASELINE, "person,hours,reason\nE-1,400,new in March", (Decimal(400), None)),
    ],
    ids=lambda value: value.value if isinstance(value, Kind) else "",
)
def test_each_kind_of_file_has_its_own_columns(
    kind: Kind, text: str, wanted: tuple[Decimal, Decimal | None]
) -> None:
    found = parse(kind, text.encode(), currency="USD")
    assert told(found) == []
    assert [(line.amount, line.billable) for line in found.lines] == [wanted]


@pytest.mark.parametrize(
    ("row", "column", "why"),
    [
        ("R-1,C,2026-03-31,\"1,234.56\",USD", "amount", "'1,234.56' is no number; write it as 1234.56"),
        ("R-1,C,2026-03-31,1.234.56,USD", "amount", "is no number"),
        ('R-1,C,2026-03-31,"1.234,56",USD', "amount", "'1.234,56' is no number; write it as 1234.56"),
        ("R-1,C,2026-03-31,1.234,USD", "amount", "more than 2 decimals"),
        ("R-1,C,2026-03-31,$5,USD", "amount", "no currency sign"),
        ("R-1,C,2026-03-31,1e3,USD", "amount", "is no number"),
        ("R-1,C,2026-03-31,NaN,USD", "amount", "is no number"),
        ("R-1,C,2026-03-31,٣,USD", "amount", "is no number"),
        ("R-1,C,2026-03-31,=1+1,USD", "amount", "is no number"),
        ("R-1,C,2026-03-31,1234567890,USD", "amount", "is no number"),
        ("R-1,C,2026-03-31,-5.00,USD", "amount", "is a refund; with --with-refunds"),
        ("R-1,C,31.3.2026,5,USD", "service_date", "is no date of this century; write it as 2026-03-31"),
        ("R-1,C,03/31/2026,5,USD", "service_date", "is no date"),
        ("R-1,C,2026-02-29,5,USD", "service_date", "is no date"),
        ("R-1,C,0206-03-31,5,USD", "service_date", "is no date"),
        ("R-1,C,20260331,5,USD", "service_date", "is no date"),
        ("R-1,C,2026-03-31,5,EUR", "currency", "'EUR' is not USD, in which the plans pay"),
        ("R-1,C,2026-03-31,5,", "currency", "is empty"),
        ("=cmd(),C,2026-03-31,5,USD", "line", "looks like a formula"),
        ("R-1,@C,2026-03-31,5,USD", "client", "looks like a formula"),
        ("-R,C,2026-03-31,5,USD", "line", "looks like a formula"),
        ("R-1,C\0D,2026-03-31,5,USD", "client", "invisible character"),
        ('R-1,"C\nD",2026-03-31,5,USD', "client", "invisible character"),
        ("R-1,C\u202eD,2026-03-31,5,USD", "client", "invisible character"),
        (f"{'R' * 501},C,2026-03-31,5,USD", "line", "more than 500"),
        ("R-1,C,2026-03-31,5", "", "has 4 cells, and the header 5"),
        ("R-1,C,2026-03-31,1,234.56,USD", "", "has 6 cells, and the header 5"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_cell_is_named_by_row_and_column_with_its_mend(
    row: str, column: str, why: str
) -> None:
    found = revenue(GOOD, "", row.replace("R-1", "R-2"))
    assert len(found.problems) == 1, told(found)
    [problem] = found.problems
    assert (problem.row, problem.column) == (4, column)
    assert why in problem.text
    assert [line.row for line in found.lines] == [2]


@pytest.mark.parametrize(
    ("hours", "billable", "column", "why"),
    [
        ("-8", "8", "hours", "-8 is negative; write what it is in all, 0 or more"),
        ("8", "-8", "billable", "is negative"),
        ("1.234", "8", "hours", "1.234 may mean 1234; write 1234, or 1.2340 if it does not"),
        ("7.33333", "8", "hours", "more than 4 decimals"),
        ("", "8", "hours", "is empty"),
    ],
)
def test_hours_are_never_negative_nor_ambiguous(hours: str, billable: str, column: str, why: str) -> None:
    raw = f"{HOURS}\nH1,C,2026-03-31,{hours},{billable}".encode()
    [problem] = parse(Kind.HOURS, raw, currency="USD", with_refunds=True).problems
    assert problem.column == column
    assert why in problem.text


def test_zero_and_less_than_one_are_hours_as_any_other() -> None:
    raw = f"{HOURS}\nH1,C,2026-03-31,0,0.333\nH2,C,2026-03-31,-0,0".encode()
    found = parse(Kind.HOURS, raw, currency="USD")
    assert told(found) == []
    assert [(line.amount, line.billable) for line in found.lines] == [(0, Decimal("0.333")), (0, 0)]


def test_refunds_are_taken_when_it_is_said_and_an_opening_balance_never_is_one() -> None:
    [line] = revenue("R-1,C,2026-03-31,-5.25,USD", with_refunds=True).lines
    assert line.amount == Decimal("-5.25")
    raw = b"client,amount,currency\nC,-5,USD"
    [problem] = parse(Kind.OPENING, raw, currency="USD", with_refunds=True).problems
    assert "negative" in problem.text


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("line,client,service_date,amount", ["row 1, currency: this column is missing; add it."]),
        (
            f"{REVENUE},note",
            ["row 1, 'note': no column of this kind; remove it. Known are line, client, service_date, "
             "amount, currency."],
        ),
        (f"{REVENUE},amount", ["row 1, amount: stands there twice; keep one."]),
        (
            "line,customer,service_date,amount,currency",
            ["row 1, 'customer': no column of this kind; remove it. Known are line, client, service_date, "
             "amount, currency.",
             "row 1, client: this column is missing; add it."],
        ),
    ],
)  # fmt: skip
def test_a_wrong_header_is_refused_by_the_names_of_its_columns(header: str, wanted: list[str]) -> None:
    found = revenue(GOOD, header=header)
    assert told(found) == wanted
    assert found.lines == []


def test_a_file_without_a_header_does_not_have_its_first_client_repeated() -> None:
    [problem] = revenue(GOOD, header=f"R-0,{CLIENT},2026-03-31,5,USD").problems
    assert problem.row == 1
    assert "let it name line, client, service_date, amount, currency" in problem.text
    assert CLIENT not in problem.text


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        (b"", "row 1: is empty; name the columns here: line, client, service_date, amount, currency."),
        (b"\n\n ,,\n", "row 1: is empty; name the columns here: line, client, service_date, amount, currency."),
        (REVENUE.encode(), "row 2: is missing: the file holds no lines."),
        (f"{REVENUE}\n".encode() + b"R-1,Zo\xeb,2026-03-31,5,USD", "row 2: is not UTF-8; save the file as CSV UTF-8."),
        (f"{REVENUE}\n{GOOD}".encode("utf-16"), "row 1: is not UTF-8; save the file as CSV UTF-8."),
        (
            f'{REVENUE}\n{GOOD}\nR-2,"C,2026-03-31,5,USD\n'.encode(),
            "row 3: cannot be read as CSV (unexpected end of data); mend its quotes.",
        ),
        (
            f'{REVENUE}\nR-2,"C"D,2026-03-31,5,USD\n'.encode(),
            "row 2: cannot be read as CSV (',' expected after '\"'); mend its quotes.",
        ),
    ],
)  # fmt: skip
def test_what_is_no_csv_file_of_lines_is_refused_where_it_ends_to_be_one(raw: bytes, wanted: str) -> None:
    found = parse(Kind.REVENUE, raw, currency="USD")
    assert told(found) == [wanted]
    assert found.lines == []


def test_a_line_that_stands_there_twice_is_refused_with_the_row_of_the_first() -> None:
    found = revenue(GOOD, GOOD.replace("120.50", "7"))
    assert told(found) == ["row 3, line: 'R-1' stands in row 2 already; every line has a name of its own."]


def test_every_mistake_of_a_file_is_found_at_once_and_no_clients_name_is_repeated() -> None:
    bad = [f"R-{n},{CLIENT},2026-13-01,x,EUR" for n in range(100)]
    found = revenue(*bad, f"=1,={CLIENT},2026-03-31,5,USD")
    assert len(found.problems) == 302
    assert not any(CLIENT in text for text in told(found))


@given(st.sampled_from(list(Kind)), st.binary(max_size=200), st.booleans())
def test_any_bytes_at_all_are_read_or_refused(kind: Kind, rest: bytes, with_header: bool) -> None:
    raw = ",".join(COLUMNS[kind].names).encode() + b"\n" + rest if with_header else rest
    found = parse(kind, raw, currency="USD")
    assert found.lines or found.problems


def test_a_hundred_thousand_rows_are_read() -> None:
    found = revenue(*(f"R-{n},C,2026-03-31,{n}.25,USD" for n in range(100_000)))
    assert told(found) == []
    assert found.lines[-1].amount == Decimal("99999.25")
