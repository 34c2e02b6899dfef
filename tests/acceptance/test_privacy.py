"""Clients' names are health data (D15): no subject, log line, notice or answer of a verb carries them."""

from __future__ import annotations

import re

from click.testing import CliRunner

from agent.cli import main
from agent.sandbox.world import CONSUMER_SECRET
from tests.company import Company


def client_names(company: Company) -> set[str]:
    """Every client's name, and the SLIs' names, which begin with one (S7)."""
    names = {row["Name"] for row in company.rows("Client__c")}
    return names | {row["Name"] for row in company.rows("Service_Level_Intervention__c")}


def test_no_subject_log_notice_or_verb_carries_a_clients_name_or_a_secret(company: Company) -> None:
    with company.agent() as agent:
        agent.run_pass(company.clock)
        texts = [
            str(dict(row))
            for table in ("log", "run", "meta")
            for row in agent.work.store.rows(f"SELECT * FROM {table}")
        ]
    texts += [str(message.parsed()["Subject"]) for message in company.sink.messages]
    texts += [str(row) for row in company.rows("SLI_Agent_Notice__c")]
    state = ["--state-dir", str(company.root / "one")]
    for verb in (
        ["status"],
        ["log", "--limit", "5000"],
        ["interventions", "--all"],
        ["outbox", "list", "--all"],
    ):
        for form in ([], ["--json"]):
            done = CliRunner().invoke(main, [*verb, *form, *state])
            assert done.exit_code == 0, done.output
            texts.append(done.output)

    everything = "\n".join(texts)
    assert len(everything) > 100_000
    leaked = {name for name in client_names(company) if name in everything}
    assert leaked == set()
    assert CONSUMER_SECRET not in everything
    assert not re.search(r"Bearer|access_token|00D\w{12,15}!", everything)
