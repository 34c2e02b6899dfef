"""The demo's story: an org fills, a day passes, promises are kept and scored; told while it happens."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from agent.cli import answers, output, passes, score_answers, score_story
from agent.clock import ShiftedClock
from agent.daemon import Daemon
from agent.desk.explain import explain
from agent.desk.scores.explained import explain_score
from agent.desk.scores.listed import Month
from agent.desk.words import counted
from agent.errors import AgentError
from agent.instants import to_text
from agent.loop import Agent
from agent.model import Rule
from agent.quality.touch_points import State
from agent.sandbox.world import World

SLI = "Service_Level_Intervention__c"
NEXT_POLL = timedelta(minutes=11)
A_DAY_LATER = timedelta(hours=21, minutes=15)
"""From the plan to just after the 24 hours have run out."""
PLAN = "<p>Spoke with the family. A replacement caregiver starts tomorrow; we call them in 14 days.</p>"
UNDONE = (State.MISSED, State.LATE)
RULE_WORDS = {
    Rule.SUBMISSION: "about new SLIs",
    Rule.PLAN_24H: "about plans missing after 24 hours",
    Rule.RESOLUTION_30D: "about SLIs not resolved after 30 days",
    Rule.GO_LIVE: "to the admins: what is older and was not alerted",
}


def tell(here: World, agent: Agent, clock: ShiftedClock, state_dir: Path) -> None:
    """Play the story to its end."""
    story = Story(here, agent, clock)
    story.first_pass()
    story.quiet_pass()
    number = story.new_intervention()
    story.a_day_later(number)
    month = f"{clock.now().replace(day=1) - timedelta(days=1):%Y-%m}"
    csm = story.scores(month)
    _what_next(story.out, here, state_dir, number, csm, month)


class Story:
    """The scenes. Each says what happens in the org, runs one pass of the agent, and shows what came of it."""

    def __init__(self, here: World, agent: Agent, clock: ShiftedClock) -> None:
        self.out: Console = output.console()
        self._here, self._agent, self._clock = here, agent, clock
        self._seen = 0

    def first_pass(self) -> None:
        held = sum(1 for _ in self._here.seeded.org.rows(SLI, self._clock.now()))
        self._scene(
            "A home-care company's Salesforce (fictional)",
            f"{held} Service Level Interventions at {self._here.server.base_url}, read for the first time.",
        )
        found = self._pass()
        passes.tally(found)
        self._mails()
        self._fields(self._here.seeded["plan_missing_both"])

    def quiet_pass(self) -> None:
        self._scene(
            "Eleven minutes later", "Nothing has happened. A quiet pass costs one API call and tells nobody."
        )
        self._clock.advance(NEXT_POLL)
        passes.tally(self._pass())

    def new_intervention(self) -> str:
        """Somebody records an incident; the number of its record."""
        self._scene("Somebody records a new incident", "Seven roles hear of it at the next poll.")
        number = self._submit()
        self._pass()
        self._mails()
        self._scene(
            "The client's plan is written, the partner's is not", "The clock runs on for one side only."
        )
        self._write_plan()
        return number

    def a_day_later(self, number: str) -> None:
        self._scene(
            "24 hours after the submission",
            "Plans that are still missing are reminded of, once. A written plan is not.",
        )
        self._clock.advance(A_DAY_LATER)
        passes.tally(self._pass())
        self._mails()
        self._scene(f"Why {number} stands where it stands", "What `sli-agent explain` says.")
        found = explain(self._agent.work.store, self._agent.work.mapping, number, self._clock.now())
        answers.explanation(found)

    def scores(self, month: str) -> str:
        """The quality scores of the last full month, and why the weakest is no better; the CSM whose it is."""
        self._scene(
            "The same calls and visits, scored",
            "Was each client called in time after care began? What `sli-agent score` says of the last full month.",
        )
        store, mapping, now = self._agent.work.store, self._agent.work.mapping, self._clock.now()
        scored = Month(store, mapping, month, now)
        groups = scored.everybody()
        score_answers.scores(scored.answer(groups))
        row = max(groups[0]["parts"], key=lambda part: (part["missed"], part["late"]))
        found = explain_score(store, mapping, row["id"], month, now, names=False)
        self._scene(f"Why {row['name']} has {row['percent']} %", found["methods"][0]["how"])
        undone = [(c, p) for c in found["clients"] for p in c["touch_points"] if p["state"] in UNDONE]
        for client, point in sorted(undone, key=lambda pair: UNDONE.index(pair[1]["state"]))[:1]:
            output.grid(self.out, *score_story.rows_of(point, client), indent=2)
        return str(row["employee"])

    def _scene(self, title: str, text: str) -> None:
        self.out.print(f"\n[bold cyan]▌ {escape(title)}[/]")
        self.out.print(f"  {escape(text)}", style="dim")

    def _pass(self) -> dict[str, Any]:
        """One pass, with its progress shown while it works."""
        with output.progress(self._clock, "reading ...") as show:
            found = self._agent.run_pass(
                self._clock,
                watch=lambda: show(passes.so_far(self._agent.work, self._clock.now())),
                wait=Daemon(self._clock).wait,
            )
        if self._agent.trouble:
            raise AgentError(self._agent.trouble.text)
        return found

    def _mails(self) -> None:
        """What arrived in the sink since the last look."""
        new = [kept.parsed() for kept in self._here.sink.messages[self._seen :]]
        self._seen += len(new)
        alone = [mail for mail in new if mail["X-SLI-Notices"] == "1"]
        for rule, words in RULE_WORDS.items():
            self._example(words, [mail for mail in alone if mail["X-SLI-Rule"] == rule.value])
        # Nothing ran in the days before: each person gets one mail with all that has come due.
        self._example("with several alerts each", [mail for mail in new if mail not in alone])

    def _example(self, words: str, mails: Sequence[EmailMessage]) -> None:
        if mails:
            subject = " ".join(mails[0]["Subject"].split())
            self.out.print(f"\n  [bold]{counted(len(mails), 'mail')}[/] {words}, for example")
            output.show(self.out, Padding(output.coloured(subject), (0, 0, 0, 4)))

    def _fields(self, record_id: str) -> None:
        """What the agent wrote on one SLI, read back from the org."""
        row = next(r for r in self._here.seeded.org.rows(SLI, self._clock.now()) if r["Id"] == record_id)
        written = self._agent.work.mapping.write_back.fields().values()
        self.out.print(f"\n  Fields on [bold]{row['SLI_Number__c']}[/] in Salesforce")
        fields = (
            (field.label, _shown(row[field.field])) for field in written if row.get(field.field) is not None
        )
        output.grid(self.out, *fields, indent=4)

    def _submit(self) -> str:
        ids, now = self._here.seeded.ids, self._clock.now().replace(microsecond=0)
        example = next(
            r
            for r in self._here.seeded.org.rows(SLI, now)
            if r["Id"] == self._here.seeded["plan_missing_both"]
        )
        values = {
            name: example[name]
            for name in ("Name", "Office__c", "Client__c", "Referral_Account__c", "OwnerId")
        }
        office = next(
            r for r in self._here.seeded.org.rows("Office__c", now) if r["Id"] == example["Office__c"]
        )
        today = now.astimezone(ZoneInfo(office["Time_Zone__c"])).date()
        values |= {
            "Service_Incident_Type__c": "No Call No Show",
            "Incident_Date__c": today,
            "SLI_Created_Date__c": today,
            "Client_Status__c": "Yellow",
            "Referral_Status__c": "Orange",
        }
        with self._here.server.lock:
            self._new = self._here.seeded.org.insert(
                SLI, values, at=now, by=example["CreatedById"] or ids["agent"]
            )
        row = next(r for r in self._here.seeded.org.rows(SLI, now) if r["Id"] == self._new)
        return str(row["SLI_Number__c"])

    def _write_plan(self) -> None:
        self._clock.advance(timedelta(hours=3))
        now = self._clock.now().replace(microsecond=0)
        by = self._here.seeded.ids["admin"]
        with self._here.server.lock:
            self._here.seeded.org.update(self._new, {"Client_Intervention_Plan__c": PLAN}, at=now, by=by)


def _shown(value: Any) -> str:
    """A field as Salesforce's pages would show it."""
    if isinstance(value, datetime):
        return output.when(to_text(value))
    return f"{value:g}" if isinstance(value, float) else escape(str(value))


def _what_next(out: Console, here: World, state_dir: Path, number: str, csm: str, month: str) -> None:
    program, state = _program(), f"--state-dir {state_dir}"
    out.print("\n[bold cyan]▌ What to look at next[/]")
    for words, command in (
        (f"the {len(here.sink.messages)} mails, as any mail program opens them", f"ls {state_dir / 'mail'}"),
        ("the same mails as pages, and the org, until Ctrl-C", f"{program} demo --stay"),
        ("how the agent stands", f"{program} status {state}"),
        ("the sync log", f"{program} log {state}"),
        ("open SLIs, colours first", f"{program} interventions --open {state}"),
        ("why one stands where it stands, and who was told", f"{program} explain {number} {state}"),
        ("quality scores, and why one is what it is", f"{program} score {month} {state}"),
        ("... to the minute and the piece of evidence", f"{program} score explain {csm} {month} {state}"),
        ("what that month would pay", f"{program} incentive statement {csm} {month} {state}"),
        ("what must be approved before anybody is paid by it", f"{program} plan check {state}"),
    ):
        out.print(f"  [dim]# {words}[/]\n  {escape(command)}")
    out.print('\n  Your own org, without sending anything: README.md, "Point it at your org".')


def _program() -> str:
    """How this program was called, so that the lines can be pasted: it need not be on the PATH."""
    called = Path(sys.argv[0])
    if called.name == "__main__.py":
        return "python -m agent"
    found = shutil.which("sli-agent")
    return "sli-agent" if found and Path(found).resolve() == called.resolve() else str(called)
