"""incentive statement and incentive what-if, as text, HTML and CSV: readable, harmless, and kept to themselves."""

from __future__ import annotations

import csv
import hashlib
import json
import stat
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from agent.cli import main
from agent.desk.state import database_path, pay_path
from agent.incentive.statement import WATERMARK
from tests.incentive.paid_people import HOSTILE, MONTH, SAM, PaidPeople
from tests.scoring.small_staff import CLIENTS

Ask = Callable[..., Result]
FORMATS = ("text", "html", "csv")
MISSED = f"a08{CLIENTS[1][3:]}:check_in_7d"


@pytest.fixture(scope="module")
def state_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ana's good month and one admission of Sam's; the verbs under test change nothing of it."""
    folder = tmp_path_factory.mktemp("state")
    people = PaidPeople(folder)
    people.a_good_month()
    people.line("admissions", CLIENTS[0], f"{MONTH}-02", "20", person_id=SAM)
    people.close()
    return folder


@pytest.fixture
def ask(state_dir: Path) -> Ask:
    def ask(verb: str, who: str = "ana.ruiz@example.com", *options: str, month: str = MONTH) -> Result:
        words = ["incentive", verb, who, month, *options]
        environ = {"SLI_STATE_DIR": str(state_dir), "SLI_MAPPINGS": "mappings/sandbox", "COLUMNS": "100"}
        return CliRunner().invoke(main, words, env=environ)

    return ask


class Page(HTMLParser):
    """The tags of a page, and the text outside its style."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if data.strip() and "style" not in self.open:
            self.texts.append(data.strip())


def rows(result: Result) -> list[dict[str, str]]:
    return list(csv.DictReader(result.stdout.splitlines()))


def test_the_text_says_what_the_month_pays_and_what_each_line_stands_on(ask: Ask) -> None:
    told = ask("statement").stdout
    lines = told.splitlines()
    assert lines[0] == "Ana Ruiz (0042), March 2026"
    assert lines[1] == "CSM plan 2026; the month's pay is calculated."
    assert lines[2] == "Paid as Client Success Manager, the title in Salesforce."
    for wanted in (
        r"Quality Composite Score (35% of $1,000)  87.50 %                             $271.88",
        "Total                                                                        $821.88",
        "Profitable growth: a strong start keeps clients.",
        "  One more Quality Start  $0.00 more",
        "  a03000000000001AAA  counted  Mar 31, 2026        $5,160.00",
        "  7-day check-in          missed  Mar 4, 23:59                                    $78.12",
    ):
        assert wanted in lines
    assert max(map(len, lines)) <= 100


@pytest.mark.parametrize("who", ["ana.ruiz@example.com", "0043", "005000000000BOLAAA"])
def test_a_person_is_named_by_address_number_or_id(ask: Ask, who: str) -> None:
    assert ask("statement", who).exit_code == 0


def test_a_person_or_a_month_that_is_none_is_refused_by_what_was_typed(ask: Ask) -> None:
    assert ask("statement", "anna.ruiz@example.com").exit_code == 1
    assert "Did you mean Ana Ruiz" in ask("statement", "anna.ruiz@example.com").stderr
    refused = ask("statement", month="2026-13")
    assert refused.exit_code == 2
    assert "'2026-13' is no month; write it as 2026-03" in refused.stderr


def test_the_csv_has_a_row_for_each_fact_with_plain_numbers_and_iso_dates(ask: Ask) -> None:
    told = rows(ask("statement", "0042", "--format", "csv"))
    kinds = [row["kind"] for row in told]
    assert {kind: kinds.count(kind) for kind in ("line", "total", "touch point", "quality start", "client hours")} == {
        "line": 3, "total": 1, "touch point": 8, "quality start": 2, "client hours": 2,
    }  # fmt: skip
    [total] = [row for row in told if row["kind"] == "total"]
    assert (total["person"], total["month"], total["amount"]) == ("ana.ruiz@example.com", MONTH, "821.88")
    assert f"{sum(float(row['amount']) for row in told if row['kind'] == 'line'):.2f}" == "821.88"
    [missed] = [row for row in told if row["state"] == "missed"]
    assert missed["episode"] + ":" + missed["activity"] == MISSED
    assert (missed["date"], missed["worth"]) == ("2026-03-04T23:59-05:00", "78.12")
    assert {row["status"] for row in told} == {"calculated, revision 1"}


def test_no_cell_of_the_csv_is_a_formula(ask: Ask) -> None:
    told = rows(ask("statement", "0042", "--format", "csv", "--names"))
    cells = [cell for row in told for cell in row.values()]
    assert f"'{HOSTILE}" in cells
    assert [cell for cell in cells if cell.startswith(("=", "+", "@", "\t"))] == []
    assert [cell for cell in cells if cell.startswith("-") and not cell[1:].replace(".", "").isdigit()] == []


def test_the_page_holds_hostile_names_as_text_and_fetches_nothing(ask: Ask) -> None:
    html = ask("statement", "0042", "--format", "html", "--names").stdout
    page = Page(html)
    assert HOSTILE in page.texts
    assert {tag for tag, _ in page.tags} & {"script", "img", "link", "iframe", "object"} == set()
    assert [traits for _, traits in page.tags if {"src", "href"} & traits.keys()] == []
    assert "url(" not in html


def test_the_pages_tables_name_their_rows_and_columns(ask: Ask) -> None:
    page = Page(ask("statement", "0042", "--format", "html").stdout)
    tags = [tag for tag, _ in page.tags]
    assert tags.count("table") == tags.count("caption") == 4
    headers = [traits for tag, traits in page.tags if tag == "th"]
    assert headers
    assert all(traits.get("scope") in {"row", "col"} for traits in headers)
    assert ("html", {"lang": "en", "dir": "ltr"}) in page.tags
    assert "$821.88" in page.texts


@pytest.mark.parametrize("form", FORMATS)
def test_clients_are_named_only_where_names_are_asked_for(ask: Ask, form: str) -> None:
    assert "Client Number1" not in ask("statement", "0042", "--format", form).stdout
    assert "Client Number1" in ask("statement", "0042", "--format", form, "--names").stdout


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_is_written_for_its_owner_alone_whatever_it_was_before(
    ask: Ask, form: str, tmp_path: Path
) -> None:
    file = tmp_path / "statement"
    file.write_text("something longer than nothing " * 9_999)
    file.chmod(0o644)
    written = ask("statement", "0042", "--format", form, "--output", str(file))
    assert (written.exit_code, written.stdout) == (0, "")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    text = file.read_text()
    assert text.startswith("\ufeff") == (form == "csv")  # else a spreadsheet spells names wrongly
    assert "something" not in text
    assert "821.88" in text


def test_a_file_that_cannot_be_written_is_named(ask: Ask, tmp_path: Path) -> None:
    told = ask("statement", "0042", "--output", str(tmp_path / "nowhere" / "statement.txt"))
    assert told.exit_code == 1
    assert "cannot be written: No such file or directory. Name another file with --output." in told.stderr


def test_for_machines_it_is_one_object_with_dollars_as_texts(ask: Ask) -> None:
    found = json.loads(ask("statement", "0042", "--json").stdout)
    assert (found["statement"]["total"], found["watermark"], found["person"]["employee"]) == (
        "821.88",
        None,
        "0042",
    )


def test_what_if_reckons_by_the_same_functions(ask: Ask) -> None:
    told = ask("what-if", "0042", "--starts", "-1", "--hours", "16.8", "--met", MISSED, "--json")
    found = json.loads(told.stdout)["statement"]
    assert [line["pays"] for line in found["lines"]] == ["150.00", "350.00", "350.00"]
    scored = json.loads(ask("what-if", "0042", "--score", "80", "--json").stdout)["statement"]
    assert [line["pays"] for line in scored["lines"]] == ["300.00", "250.00", "225.00"]
    sales = json.loads(ask("what-if", "0077", "--starts", "10", "--hours", "860", "--json").stdout)[
        "statement"
    ]
    assert sales["total"] == "1250.00"


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("who", ["0042", "0077"])
def test_what_if_is_marked_at_the_top_and_at_the_bottom(ask: Ask, who: str, form: str) -> None:
    told = ask("what-if", who, "--starts", "1", "--format", form)
    assert told.exit_code == 0
    if form == "csv":
        assert {row["status"] for row in rows(told)} == {WATERMARK}
    elif form == "text":
        lines = told.stdout.strip().splitlines()
        assert lines[0] == lines[-1] == f"*** {WATERMARK} ***"
    else:
        page = Page(told.stdout)
        assert page.texts[0].startswith(WATERMARK)  # the window's title
        assert page.texts[1:3] == [WATERMARK, WATERMARK]  # across the page, and the banner
        assert page.texts[-1] == WATERMARK
    assert WATERMARK not in ask("statement", who, "--format", form).stdout


def test_what_if_is_marked_for_machines_too(ask: Ask) -> None:
    found = json.loads(ask("what-if", "0042", "--json").stdout)
    assert found["watermark"] == WATERMARK
    assert found["statement"]["assumed"] == ["Nothing: the figures as they are"]


def test_neither_verb_changes_a_byte_of_either_file(ask: Ask, state_dir: Path) -> None:
    def digests() -> list[str]:
        files = (database_path(state_dir), pay_path(state_dir))
        return [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]

    before = digests()
    assert ask("what-if", "0042", "--starts", "1", "--met", MISSED).exit_code == 0
    assert ask("statement", "0042").exit_code == 0
    assert digests() == before


def test_no_dollars_lie_in_the_state_beside_pay_db(ask: Ask, state_dir: Path) -> None:
    assert ask("statement", "0042").exit_code == 0
    state = b"".join(file.read_bytes() for file in state_dir.glob("sli-agent.db*"))
    pay = b"".join(file.read_bytes() for file in state_dir.glob("pay.db*"))
    for dollars in (b"1720", b"4999.99", b"821.88"):
        assert dollars not in state
    assert b"4999.99" in pay


@pytest.mark.parametrize(
    ("options", "code", "why"),
    [
        (
            ["--met", "a08nobody:check_in_7d"],
            1,
            "a08nobody:check_in_7d is not a touch point of theirs in this month",
        ),
        (["--met", "check_in_7d"], 2, "START-OF-CARE:ACTIVITY"),
        (["--score", "101"], 2, "101 is no percent from 0 to 100"),
        (["--hours", "many"], 2, "'many' is no number"),
        (["--hours", "NaN"], 2, "'NaN' is no number"),
    ],
)
def test_what_cannot_be_supposed_is_refused(ask: Ask, options: list[str], code: int, why: str) -> None:
    told = ask("what-if", "0042", *options)
    assert told.exit_code == code
    assert why in " ".join(told.stderr.split())


def test_a_representative_has_no_quality_score_to_suppose(ask: Ask) -> None:
    told = ask("what-if", "0077", "--score", "90")
    assert told.exit_code == 1
    assert "The sales plan has no quality score" in told.stderr
