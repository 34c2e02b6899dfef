"""A switch lets mail subjects name the record (D15); what the agent lists and logs never does."""

from __future__ import annotations

from click.testing import CliRunner

from agent.alerts.text import one_line
from agent.cli.main import main
from tests.company import Company


def test_subjects_name_the_record_where_the_org_wants_it_and_lists_and_logs_do_not(company: Company) -> None:
    company.remap(("names_in_subjects = false", "names_in_subjects = true"))
    names = {row["Id"]: row["Name"] for row in company.rows("Service_Level_Intervention__c")}
    with company.agent() as agent:
        agent.run_pass(company.clock)
    mails = [message.parsed() for message in company.sink.messages]
    about_one = [mail for mail in mails if mail["X-SLI-Record"] in names and mail["X-SLI-Notices"] == "1"]
    assert about_one
    # One name of the seed tries to forge an encoded word; it is broken up by a space.
    shown = {mail["X-SLI-Record"]: one_line(names[mail["X-SLI-Record"]], 60) for mail in about_one}
    for mail in about_one:
        assert shown[mail["X-SLI-Record"]].replace("=?", "= ?") in mail["Subject"]
        assert mail["Bcc"] is None

    for verb in (["outbox", "list", "--all"], ["log", "--limit", "5000"]):
        listed = CliRunner().invoke(main, [*verb, "--state-dir", str(company.root / "one")])
        assert listed.exit_code == 0
        assert {name for name in (*names.values(), *shown.values()) if name in listed.output} == set()
