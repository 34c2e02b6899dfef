"""`check`: everything the agent needs, tried once, a line each; nothing is written and no mail is sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta

from requests.adapters import BaseAdapter

from agent.errors import (
    Forbidden,
    Gone,
    LimitExceeded,
    SalesforceError,
    SignInError,
    Unreachable,
)
from agent.mail.smtp import SmtpMail
from agent.mapping import OrgMapping
from agent.mapping import load as load_mapping
from agent.model import ALERTS, Mode
from agent.org import people
from agent.org.chats import chat_lines
from agent.org.fit import Describe, missing_object, object_lines
from agent.org.lines import CheckLine, failed, ok, warning
from agent.org.need import ObjectNeed
from agent.org.needs import needs
from agent.org.pay import backup_lines
from agent.org.scoring_needs import scoring_needs, sharing_lines
from agent.org.shadow import shadow_lines
from agent.ports import Clock, MailVerdict
from agent.salesforce.org import Org
from agent.salesforce.transport import ApiUsage
from agent.scoring.read import calls_a_day
from agent.settings import Settings
from agent.sync.streams import judged_fields

__all__ = ["CheckLine", "check", "check_org"]

SKEW_WARNS = timedelta(seconds=30)
SKEW_FAILS = timedelta(minutes=5)
"""Beyond it Salesforce refuses assertions, and deadlines are judged at the wrong time."""
DAY = timedelta(days=1)
ENDS_THE_CHECK = (Unreachable, LimitExceeded, SignInError)
"""After one of these, every further question would only meet it again."""


def check(
    settings: Settings, clock: Clock, *, transport: BaseAdapter | None = None, mail: SmtpMail | None = None
) -> list[CheckLine]:
    """Every line of one check. Where the org lets nobody in, that is the only one.

    `transport` and `mail` stand in for the network, as in `app.agent`; both are closed.

    Raises:
        ConfigurationError: settings or mappings cannot be used.
    """
    mapping = load_mapping(settings.mappings)
    with ExitStack() as stack:
        door = mail or SmtpMail(settings.smtp_url.get_secret_value())
        stack.callback(door.close)
        org = Org(settings, clock, transport=transport)
        stack.callback(org.close)
        first = sign_in(org)
        if first.verdict == "failed":
            return [first]
        return [
            first,
            *check_org(org, mapping, settings, clock),
            mail_line(door, settings),
            *rule_lines(mapping),
            *chat_lines(mapping, settings),
            *shadow_lines(settings.state_dir, mapping, clock.now()),
            *backup_lines(settings.state_dir, mapping, clock.now()),
        ]


def sign_in(org: Org) -> CheckLine:
    try:
        org.sign_in()
    except SalesforceError as error:
        return failed("sign-in", error.message, error.hint or "Try again later.")
    return ok("sign-in", f"Signed in at {org.instance_url} as user {org.user_id} of org {org.org_id}.")


def check_org(org: Org, mapping: OrgMapping, settings: Settings, clock: Clock) -> Iterator[CheckLine]:
    """What the org itself can tell, through an open door. Ends early only where no answer can come."""
    asked_at = clock.now()
    try:
        org.get("")
    except SalesforceError as error:
        yield _no_version(settings.sf_api_version, error)
        return
    yield ok("API version", f"The org speaks version {settings.sf_api_version}.")
    yield skew_line(org.server_time, asked_at)
    steps = (
        ("object", _objects(org, (*needs(mapping), *scoring_needs(mapping)))),
        ("field", mapping_lines(mapping)),
        ("sharing", people.sharing(org, mapping)),
        ("scores", sharing_lines(mapping)),
        ("roles", people.roles(org, mapping, settings.admin_email)),
        ("roles", people.directories(org, mapping)),
        ("time zones", people.time_zones(org, mapping)),
    )
    for area, lines in steps:
        try:
            yield from lines
        except ENDS_THE_CHECK as error:
            yield _broken_off(area, error)
            return
        except SalesforceError as error:
            # A field hidden on a role's path shows here as a query that the org does not understand.
            mend = f"First mend what the lines above name, then check again. {error.hint}"
            yield failed(area, error.message, mend.strip())
    yield budget_line(org.limit, settings.poll_seconds, calls_a_day(mapping))


def _no_version(version: str, error: SalesforceError) -> CheckLine:
    if isinstance(error, Gone):
        mend = (
            "Set SLI_SF_API_VERSION to one it knows, 65.0 for example. The rest of the check waits for that."
        )
        return failed("API version", f"The org does not know version {version}.", mend)
    return _broken_off("API version", error)


def _broken_off(area: str, error: SalesforceError) -> CheckLine:
    hint = f"{error.hint} Then check again." if error.hint else "Check again later."
    return failed(area, f"{error.message} The rest of the org was not checked.", hint)


def _objects(org: Org, wanted: Sequence[ObjectNeed]) -> Iterator[CheckLine]:
    described: dict[str, Describe | None] = {}
    for need in wanted:
        if need.name not in described:
            described[need.name] = _describe(org, need.name)
        found = described[need.name]
        yield from [missing_object(need)] if found is None else object_lines(need, found)


def _describe(org: Org, name: str) -> Describe | None:
    """The object's describe; None where the org shows no such object to this user."""
    try:
        return org.describe(name)
    except Forbidden:
        return None


def mapping_lines(mapping: OrgMapping) -> Iterator[CheckLine]:
    """What the mapping leaves out, and what no describe can tell."""
    object = mapping.intervention.object
    if mapping.intervention.incident_date is None:
        yield warning(
            "field",
            "intervention.toml: incident_date: not mapped; the 30-day clock starts at the created date (D1).",
            f"Create a Date field for the day of the incident on {object}, and name it there.",
        )
    tracked = ", ".join(sorted(judged_fields(mapping)))
    if mapping.chatter.history is None:
        yield warning(
            "history",
            "chatter.toml: history: not mapped; nobody can tell when a plan was written (D4) or who granted "
            "an exception (D6), so no exception counts.",
            f"Switch on field history for {object}, track {tracked}, and name its history object there.",
        )
        return
    yield ok(
        "history",
        f"Describe does not tell which fields are tracked: under Set History Tracking of {object}, see that "
        f"these are ticked: {tracked}.",
    )


def skew_line(server_time: datetime | None, asked_at: datetime) -> CheckLine:
    """How far this machine's clock is from the org's, by its `Date` header."""
    if server_time is None:
        return failed(
            "clock",
            "The org's answer carries no Date header, so nobody knows how far its clock is from ours.",
            "Let the proxy between this machine and Salesforce pass the Date header on.",
        )
    skew = abs(server_time - asked_at)
    text = f"This machine's clock and the org's are {skew.total_seconds():.0f} s apart."
    if skew <= SKEW_WARNS:
        return ok("clock", text)
    mend = "Set the clock right: switch on time synchronisation (NTP) on this machine."
    return failed("clock", text, mend) if skew > SKEW_FAILS else warning("clock", text, mend)


def budget_line(usage: ApiUsage | None, poll_seconds: int, for_scores: int = 0) -> CheckLine:
    """Whether the org has as many API calls left as a day of polling takes, and of reading for the scores."""
    if usage is None:
        text = "The org's answers do not tell how many API calls are left."
        return warning("API budget", text, "Let the proxy in between pass the Sforce-Limit-Info header on.")
    need = DAY // timedelta(seconds=poll_seconds) + for_scores
    left, most = usage.maximum - usage.used, usage.maximum
    if usage.app and usage.app.maximum - usage.app.used < left:
        left, most = usage.app.maximum - usage.app.used, usage.app.maximum
    text = f"{left:,} of {most:,} API calls of the last 24 hours are left; a day of polling takes about {need:,}."
    if left >= need:
        return ok("API budget", text)
    mend = "Raise SLI_POLL_SECONDS, or find out in Setup (API usage) what else uses the calls up."
    return failed("API budget", text, mend) if left <= 0 else warning("API budget", text, mend)


def mail_line(door: SmtpMail, settings: Settings) -> CheckLine:
    reply = door.check()
    if reply.verdict is MailVerdict.ACCEPTED:
        untried = f"Whether it takes mail from {settings.mail_from} only a first mail tells."
        return ok("mail", f"{reply.text}. {untried}")
    mend = "Check SLI_SMTP_URL, and that the server lets this machine in."
    return failed("mail", reply.text, mend)


def rule_lines(mapping: OrgMapping) -> Iterator[CheckLine]:
    """How rules.toml stands: the mode of each kind of alert (D18), and what counts as no plan (D4)."""
    kinds = ALERTS
    modes = {rule: mapping.rules.mode(rule) for rule in kinds}
    told = ", ".join(f"{rule}: {mode}" for rule, mode in modes.items())
    shadow = " Shadow alerts are decided and logged, not sent." if Mode.SHADOW in modes.values() else ""
    yield ok("alerts", f"{told}.{shadow}")
    texts = ", ".join(f'"{text}"' for text in mapping.rules.placeholders)
    yield ok("rules", f"Texts that are no plan: {texts or 'none but the empty one'}.")
