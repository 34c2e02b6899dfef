"""incentive import: a file is taken into pay.db whole, or refused by row; nothing of it shows anywhere else."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from agent.cli import main
from agent.desk.state import database_path, pay_path
from agent.store import Store, mirror, pay_lines
from agent.store.pay import PayStore
from agent.store.pay_lines import Line

ADA, BO, TWIN, OTHER_TWIN = (f"a0300000000000{n}AAA" for n in ("1", "2", "3", "4"))
REP, LEAD = "005000000000001AAA", "005000000000002AAA"
APPROVER = "payroll.lead@example.com"
REVENUE = "line,client,service_date,amount,currency"
FILE = f"{REVENUE}\nR-1,{ADA},2026-03-30,4711.25,USD\nR-2,Bo Quennell,2026-03-31,88.00,USD\n"
Import = Callable[..., Result]


@pytest.fixture
def state_dir(tmp_path: Path) -> Path:
    """A state that knows four clients and two people, and has met no org."""
    clients = {ADA: "Ada Bell", BO: "Bo Quennell", TWIN: "Cy Dent", OTHER_TWIN: "cy  dent"}
    people = {REP: ("Rae Moss", "rae@example.com"), LEAD: ("Lee Payne", APPROVER)}
    rows = [(i, "client", name, "{}", i, 0) for i, name in clients.items()] + [
        (i, "person", name, json.dumps({"Email": email, "IsActive": True}), i, 0)
        for i, (name, email) in people.items()
    ]
    with closing(Store(database_path(tmp_path / "state"))) as store, store.transaction():
        mirror.save_references(store, rows)
    return tmp_path / "state"


@pytest.fixture
def take(state_dir: Path, tmp_path: Path) -> Import:
    """`take("revenue", text, ...)`: the file as somebody imports it."""

    def take(
        kind: str, text: str, *options: str, by: str = APPROVER, mappings: str = "mappings/sandbox"
    ) -> Result:
        file = tmp_path / "march.csv"
        file.write_text(text, encoding="utf-8")
        words = ["incentive", "import", kind, str(file), "--as", by, *options]
        return CliRunner().invoke(
            main, words, env={"SLI_STATE_DIR": str(state_dir), "SLI_MAPPINGS": mappings}
        )

    return take


@pytest.fixture
def kept(state_dir: Path) -> Iterator[Callable[[str], Mapping[str, Line]]]:
    """The lines of a kind that pay.db holds, by id."""
    with closing(PayStore(pay_path(state_dir))) as pay:
        yield lambda kind: {line.id: line for line in pay_lines.lines(pay, kind)}


Kept = Callable[[str], Mapping[str, Line]]


def test_a_file_is_taken_in_and_the_same_again_changes_nothing_and_says_so(take: Import, kept: Kept) -> None:
    done, again = take("revenue", FILE), take("revenue", FILE)
    assert done.exit_code == 0, done.output
    assert "march.csv: 2 lines of revenue: 2 new, 0 changed." in done.stdout
    assert again.exit_code == 0, again.output
    assert "nothing new. Its 2 lines of revenue are kept already" in again.stdout
    assert {i: (x.client_id, x.day, x.amount) for i, x in kept("revenue").items()} == {
        "R-1": (ADA, "2026-03-30", Decimal("4711.25")),
        "R-2": (BO, "2026-03-31", Decimal(88)),
    }


def test_a_corrected_file_replaces_lines_by_their_name_and_says_how_many(take: Import, kept: Kept) -> None:
    take("revenue", FILE)
    done = take("revenue", f"{FILE.replace('88.00', '90.5')}R-3,{BO},2026-03-31,1,USD\n", "--json")
    found = json.loads(done.stdout)
    assert (found["lines"], found["added"], found["changed"], found["saved"]) == (3, 1, 1, True)
    assert kept("revenue")["R-2"].amount == Decimal("90.5")


def test_amounts_written_otherwise_are_the_same_amounts(take: Import) -> None:
    take("revenue", FILE)
    done = take("revenue", FILE.replace("88.00", "88").replace("4711.25", "04711.25"))
    assert "nothing new" in done.stdout


def test_what_was_imported_is_in_no_log_and_in_no_other_file(take: Import, state_dir: Path) -> None:
    done = take("revenue", FILE)
    assert done.exit_code == 0, done.output
    with closing(Store(database_path(state_dir))) as store:
        rows = [dict(row) for row in store.rows("SELECT * FROM log")]
        held = b"".join(path.read_bytes() for path in state_dir.glob("sli-agent.db*"))
    [line] = rows
    assert line["text"] == f"revenue imported by {APPROVER}: 2 lines, 2 new, 0 changed"
    for secret in ("4711.25", "march.csv", "R-1"):
        assert secret.encode() not in held
    assert b"4711.25" in b"".join(path.read_bytes() for path in state_dir.glob("pay.db*"))


def test_any_problem_refuses_the_whole_file_and_all_are_told(take: Import, kept: Kept) -> None:
    bad = f"R-3,Nobody Known,2026-03-31,5,USD\nR-4,Cy Dent,2026-03-31,5,USD\nR-5,{ADA},soon,5,EUR\n"
    done = take("revenue", FILE + bad)
    assert done.exit_code == 1
    assert "march.csv: 4 problems; nothing of it was taken in." in done.stderr
    assert "row 4, client: no client with this id or name is known; write the Salesforce id." in done.stderr
    assert "row 5, client: 2 clients have this name; write the Salesforce id." in done.stderr
    assert "row 6, service_date: 'soon'" in done.stderr
    assert "row 6, currency: 'EUR'" in done.stderr
    rows = [line.split(",")[0] for line in done.stderr.splitlines() if line.startswith("  row")]
    assert rows == ["  row 4", "  row 5", "  row 6", "  row 6"]
    assert not any(name in done.output for name in ("Nobody", "Dent"))
    assert kept("revenue") == {}


def test_of_many_problems_fifty_are_told_and_the_rest_are_counted(take: Import) -> None:
    text = REVENUE + "".join(f"\nR-{n},Nobody,2026-03-31,5,USD" for n in range(60))
    told, counted = take("revenue", text), take("revenue", text, "--json")
    assert told.exit_code == counted.exit_code == 1
    assert "row 51, client" in told.stderr
    assert "row 52, client" not in told.stderr
    assert "... and 10 more." in told.stderr
    found = json.loads(counted.stdout)
    assert (found["saved"], found["count"], len(found["problems"])) == (False, 60, 50)
    assert found["problems"][0]["row"] == 2


def test_a_client_is_meant_by_an_id_of_15_or_18_characters_or_the_whole_name(
    take: Import, kept: Kept
) -> None:
    names = [ADA, ADA[:15], "ada bell", "Ada  BELL", TWIN]
    done = take("revenue", REVENUE + "".join(f"\nR-{n},{x},2026-03-31,5,USD" for n, x in enumerate(names)))
    assert done.exit_code == 0, done.output
    assert [line.client_id for line in kept("revenue").values()] == [ADA, ADA, ADA, ADA, TWIN]


def test_refunds_are_taken_only_when_it_is_said(take: Import, kept: Kept) -> None:
    text = f"{REVENUE}\nR-1,{ADA},2026-03-31,-12.50,USD"
    refused, done = take("revenue", text), take("revenue", text, "--with-refunds")
    assert refused.exit_code == 1
    assert "row 2, amount: -12.50 is a refund" in refused.stderr
    assert done.exit_code == 0, done.output
    assert kept("revenue")["R-1"].amount == Decimal("-12.5")


def test_a_line_that_salesforce_owns_is_refused_by_its_row(take: Import, kept: Kept, state_dir: Path) -> None:
    take("revenue", FILE)
    own = {"kind": "revenue", "id": "R-2", "client_id": BO, "person_id": None, "day": "2026-03-31",
           "amount": "7", "billable": None, "source": "salesforce", "deleted": 0}  # fmt: skip
    with closing(PayStore(pay_path(state_dir))) as pay, pay.transaction():
        assert pay_lines.save_lines(pay, [own]) == {("revenue", "2026-03", BO)}
    done = take("revenue", FILE.replace("4711.25", "1"))
    assert done.exit_code == 1
    assert "row 3, line: was read from Salesforce; correct it there" in done.stderr
    assert kept("revenue")["R-1"].amount == Decimal("4711.25")


def test_a_dry_run_says_what_it_would_do_and_keeps_nothing(take: Import, kept: Kept) -> None:
    done = take("revenue", FILE, "--dry-run")
    assert done.exit_code == 0, done.output
    assert "2 new, 0 changed, nothing kept (--dry-run)." in done.stdout
    assert kept("revenue") == {}


def test_whoever_imports_hears_that_salesforce_is_read_for_the_same(take: Import) -> None:
    mapped = take("revenue", FILE).stderr
    other = take("opening", f"client,amount,currency\n{ADA},100,USD").stderr
    assert "reads revenue from Billing_Line__c as well" in mapped
    assert other == ""


@pytest.mark.parametrize(
    ("by", "why"),
    [
        ("rae@example.com", "rae@example.com is not among the approvers"),
        ("nobody@example.com", "Nobody called 'nobody@example.com' is known"),
        ("plan.owner@example.com", "Olga Owner is no active user of the org"),
    ],
)
def test_only_an_approver_who_is_still_there_imports(
    take: Import, kept: Kept, state_dir: Path, by: str, why: str
) -> None:
    gone = json.dumps({"Email": "plan.owner@example.com", "IsActive": False})
    with closing(Store(database_path(state_dir))) as store, store.transaction():
        mirror.save_references(store, [("005000000000003AAA", "person", "Olga Owner", gone, "3", 0)])
    done = take("revenue", FILE, by=by)
    assert done.exit_code == 1
    assert why in done.stderr
    assert kept("revenue") == {}


def test_an_approver_is_known_in_any_case(take: Import) -> None:
    assert take("revenue", FILE, by=" Payroll.Lead@Example.com").exit_code == 0


def test_a_month_whose_lines_are_numbered_like_the_last_ones_takes_nothing_of_it_away(
    take: Import, kept: Kept
) -> None:
    take("revenue", FILE)
    before = kept("revenue")
    for other in (FILE.replace("2026-03-31", "2026-04-30"), FILE.replace("Bo Quennell", TWIN)):
        done = take("revenue", other)
        assert done.exit_code == 1
        assert (
            "row 3, line: is the name of a line of another client or month, taken from march.csv"
            in done.stderr
        )
        assert kept("revenue") == before
    assert take("revenue", FILE.replace("2026-03-31", "2026-03-29")).exit_code == 0


def test_admissions_and_baselines_are_of_people_by_address_or_id(take: Import, kept: Kept) -> None:
    header = "line,person,client,first_shift,first_week_hours"
    first = take("admissions", f"{header}\nA-1,RAE@example.com,{ADA},2026-03-31,25")
    other = take("baseline", f"person;hours;reason\n{REP[:15]};400;new in March; agreed".replace("; a", " a"))
    assert (first.exit_code, other.exit_code) == (0, 0), first.output + other.output
    admission, baseline = kept("admissions")["A-1"], kept("baseline")[REP]
    assert (admission.person_id, admission.client_id, admission.amount) == (REP, ADA, 25)
    assert (baseline.amount, baseline.reason, baseline.day) == (400, "new in March agreed", None)


def test_an_unknown_person_is_refused_by_row_with_those_it_is_like(take: Import) -> None:
    done = take("baseline", "person,hours,reason\nraes@example.com,400,new\nrae@example.com,x,new")
    assert done.exit_code == 1
    assert "row 2, person: Nobody called 'raes@example.com' is known." in done.stderr
    assert "Rae Moss" in done.stderr
    assert "row 3, hours: 'x' is no number" in done.stderr


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("baseline", f"person,hours,reason\n{LEAD},400,new"),
        ("admissions", f"line,person,client,first_shift,first_week_hours\nA-1,{LEAD},{ADA},2026-03-31,25"),
    ],
)
def test_nobody_says_what_they_themselves_are_paid_by(take: Import, kept: Kept, kind: str, text: str) -> None:
    done = take(kind, text)
    assert done.exit_code == 1
    assert "row 2, person: nobody says what they themselves are paid by" in done.stderr
    assert kept(kind) == {}


@pytest.mark.parametrize("title", ["Client Success Manager", "Payroll Lead"])
def test_a_csm_does_not_import_what_their_own_clients_were_billed(
    take: Import, kept: Kept, state_dir: Path, title: str
) -> None:
    who = json.dumps({"Email": APPROVER, "IsActive": True, "Title": title})
    with closing(Store(database_path(state_dir))) as store, store.transaction():
        mirror.save_references(
            store,
            [
                (LEAD, "person", "Lee Payne", who, title, 0),
                (ADA, "client", "Ada Bell", json.dumps({"CSM__c": LEAD}), "hers", 0),
            ],
        )
    done = take("revenue", FILE)
    if title == "Payroll Lead":  # Whom no plan pays by them.
        assert done.exit_code == 0, done.output
        return
    assert done.exit_code == 1
    assert "row 2, client: nobody says what they themselves are paid by" in done.stderr
    assert "row 3" not in done.stderr
    assert kept("revenue") == {}


def test_why_a_baseline_was_set_names_no_client(take: Import, kept: Kept) -> None:
    done = take("baseline", f"person,hours,reason\n{REP},400,took Ada Bell's hours over")
    assert done.exit_code == 1
    assert "row 2, reason: holds a client's name" in done.stderr
    assert kept("baseline") == {}


def test_two_rows_for_one_client_or_person_are_refused_however_they_are_written(take: Import) -> None:
    opening = take("opening", f"client,amount,currency\n{ADA},100,USD\nAda Bell,200,USD")
    baseline = take("baseline", f"person,hours,reason\n{REP},400,new\nrae@example.com,500,new")
    assert "row 3, client: is the same as in row 2; keep one." in opening.stderr
    assert "row 3, person: is the same as in row 2; keep one." in baseline.stderr


def test_an_org_without_plans_is_told_so(take: Import, tmp_path: Path) -> None:
    mapping = tmp_path / "mapping"
    shutil.copytree("mappings/sandbox", mapping)
    (mapping / "incentive.toml").unlink()
    done = take("revenue", FILE, mappings=str(mapping))
    assert done.exit_code == 2
    assert "incentive.toml: missing" in done.stderr
