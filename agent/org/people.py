"""Whether the org's data serves the rules: what is visible, whom to tell, in which zone days end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from agent.alerts.recipients import resolve, soql_fields
from agent.mapping import OrgMapping, Role
from agent.mapping.directory import Directory, same
from agent.org.lines import CheckLine, ok, warning
from agent.salesforce.org import Org
from agent.salesforce.soql import select
from agent.sync.streams import unique

SAMPLE = 200
"""How many of the newest interventions the roles are tried on."""
EXAMPLES = 3
WHY = {
    "missing": "nobody is named",
    "inactive": "the person is inactive",
    "no_address": "the person has no usable e-mail address",
}
"""The outcomes of a role that reach its fallback instead (D7)."""

Row = Mapping[str, Any]


def sharing(org: Org, mapping: OrgMapping) -> Iterator[CheckLine]:
    """How many interventions the integration user sees: sharing hides the others without a word."""
    object = mapping.intervention.object
    seen = org.query(select(object, ["COUNT()"])).total
    if seen == 0:
        yield warning(
            "sharing",
            f"The integration user sees no record of {object}.",
            f"Unless the org has none yet, give the user's permission set View All Records on {object}.",
        )
        return
    yield ok(
        "sharing",
        f"The integration user sees {seen} records of {object}. If people see more, it needs View All Records.",
    )


def roles(org: Org, mapping: OrgMapping, admin: str) -> Iterator[CheckLine]:
    """The seven roles (S10), tried on the newest interventions."""
    i = mapping.intervention
    account = [i.referral_account] if i.referral_account else []
    fields = unique("Id", i.number, *account, *soql_fields(mapping))
    page = org.query(select(i.object, fields, order_by="CreatedDate DESC", limit=SAMPLE))
    yield from role_lines(mapping, page.records, admin)


def role_lines(mapping: OrgMapping, rows: Sequence[Row], admin: str) -> Iterator[CheckLine]:
    """How many of these interventions reach nobody in a role, and why (D7); never a client's name (D15)."""
    if not rows:
        yield warning(
            "roles",
            "No intervention is there to try the seven roles on.",
            "Submit one, or mend what the lines above say about objects, fields and sharing.",
        )
        return
    misses = _misses(mapping, rows, admin)
    for name, role in mapping.recipients.roles.items():
        reasons = misses.get(name)
        if reasons:
            yield _missed(f"recipients.toml: roles.{name}", role, reasons, len(rows))
    complete = [role.title for name, role in mapping.recipients.roles.items() if name not in misses]
    if complete:
        yield ok("roles", f"Found wherever they apply, on the newest {len(rows)}: {'; '.join(complete)}.")


def _misses(mapping: OrgMapping, rows: Sequence[Row], admin: str) -> dict[str, list[tuple[str, str]]]:
    """Role -> (why, record number) of each intervention that reaches nobody in it."""
    account, number = mapping.intervention.referral_account, mapping.intervention.number
    found: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        has_account = account is not None and row.get(account) is not None
        for outcome in resolve(mapping, row, has_account=has_account, admin=admin).outcomes:
            if outcome.how in WHY:
                found.setdefault(outcome.role, []).append((outcome.how, str(row.get(number) or row["Id"])))
    return found


def _missed(where: str, role: Role, misses: list[tuple[str, str]], tried: int) -> CheckLine:
    counts = Counter(how for how, _ in misses)
    why = "; ".join(f"{WHY[how]}: {count}" for how, count in counts.most_common())
    examples = ", ".join(number for _, number in misses[:EXAMPLES])
    return warning(
        "roles",
        f"{where}: reaches nobody on {len(misses)} of the newest {tried} interventions ({why}); "
        f"the fallback hears it instead. For example {examples}.",
        _mend(role),
    )


def _mend(role: Role) -> str:
    if role.directory:
        return (
            f"Add a line to {role.directory} for each record at {role.by}, by its name or id, or mend the fallback. "
            "If the line is there, the integration user lacks View All Records on an object along that path."
        )
    return (
        f"Fill in or replace the person at {role.path} in Salesforce, or mend the path or the fallback. If somebody "
        "is there, the integration user lacks View All Records on an object along the path."
    )


def directories(org: Org, mapping: OrgMapping) -> Iterator[CheckLine]:
    """Whether each directory names somebody for every record of its kind, and no record that is not there."""
    for name, role in mapping.recipients.roles.items():
        if role.directory:
            kind = mapping.end_of(role.way)
            page = org.query(select(kind.object, unique("Id", kind.name)))
            keys = [(str(row["Id"]), str(row.get(kind.name) or row["Id"])) for row in page.records]
            whole = page.total == len(keys)
            yield from directory_lines(mapping.directory, name, role, keys, whole=whole)


def directory_lines(
    directory: Directory, name: str, role: Role, keys: Sequence[tuple[str, str]], *, whole: bool
) -> Iterator[CheckLine]:
    """`keys` are ids and names of the records in the org; `whole`: all of them."""
    where = f"{role.directory}: {name}"
    without = [label for record_id, label in keys if directory.find(name, record_id, label) is None]
    if without:
        yield warning(
            "roles",
            f"{where}: names nobody for {len(without)} of {len(keys)} records; the fallback hears it instead. "
            f"For example {', '.join(without[:EXAMPLES])}.",
            "Add a line for each of them, by its name or its id of 18 characters.",
        )
    known = {same(text) for key in keys for text in key}
    unknown = [key for key in directory.people.get(name, {}) if key not in known]
    if whole and unknown:
        yield warning(
            "roles",
            f"{where}: {len(unknown)} keys belong to no record. For example {', '.join(unknown[:EXAMPLES])}.",
            "Mend their spelling, or remove the lines.",
        )
    if not without and not (whole and unknown):
        yield ok("roles", f"{where}: names somebody for each of {len(keys)} records.")


def time_zones(org: Org, mapping: OrgMapping) -> Iterator[CheckLine]:
    """Whether each office has an IANA time zone: due dates end with the office's own day (D1)."""
    office, default = mapping.reference.office, mapping.reference.default_time_zone
    if office.time_zone is None:
        yield warning(
            "time zones",
            f"reference.toml: office.time_zone: not mapped; every office counts in {default}.",
            "Create a text field for the IANA time zone (example: America/Chicago) and name it there.",
        )
        return
    page = org.query(select(office.object, unique("Id", office.name, office.time_zone)))
    bad = [row for row in page.records if not is_time_zone(row.get(office.time_zone))]
    tried = f"{len(page.records)} of {page.total} offices"
    if bad:
        names = ", ".join(str(row.get(office.name) or row["Id"]) for row in bad[:EXAMPLES])
        yield warning(
            "time zones",
            f"{len(bad)} of {tried} read have no IANA time zone in {office.time_zone} and count in "
            f"{default}. For example {names}.",
            f"Fill in {office.time_zone} of {office.object} (example: America/Chicago).",
        )
        return
    yield ok("time zones", f"{tried} read, each with an IANA time zone.")


def is_time_zone(name: object) -> bool:
    """True for the name of a time zone, as `ZoneInfo` knows them."""
    if not isinstance(name, str):
        return False
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        # A directory's name, such as "America", is an OSError.
        return False
    return True
