"""What the agent needs of an org, from the mapping alone: objects and fields, and the key that names each."""

from __future__ import annotations

from collections.abc import Iterator

from agent.mapping import OrgMapping, ReferenceKind, SideMapping
from agent.model import Side
from agent.org.need import (
    LONGEST_KEY,
    LONGEST_LIST,
    OR_REMOVE,
    READ_OBJECT,
    FieldNeed,
    ObjectNeed,
    Right,
    own,
    own_object,
    read,
    with_asked,
    written,
)
from agent.sync.streams import streams

LONGEST_STATE = 18
"""Characters of `Met (time unknown)`."""


def needs(mapping: OrgMapping) -> tuple[ObjectNeed, ...]:
    """Every object the mapping names, once per place that names it, with every field the agent asks for."""
    found = {
        "intervention": _intervention(mapping),
        **_story(mapping),
        **{name: _kind(mapping, name, kind) for name, kind in mapping.reference.kinds().items()},
        "notice": _notice(mapping),
        "decision": _decision(mapping),
        "settings": _settings(mapping),
    }
    for stream in streams(mapping):
        found[stream.name] = with_asked(found[stream.name], stream)
    return tuple(found.values())


def _intervention(mapping: OrgMapping) -> ObjectNeed:
    i, r, file = mapping.intervention, mapping.reference, "intervention.toml"
    fields = [
        *read(f"{file}: number", i.number),
        *read(f"{file}: name", i.name),
        *read(f"{file}: submitter", i.submitter, "reference", to=r.person.object),
        *read(f"{file}: created_date", i.created_date, "date", bearable=("datetime",)),
        *read(f"{file}: incident_date", i.incident_date, "date", judged=True),
        *read(f"{file}: incident_type", i.incident_type),
        *read(f"{file}: office", i.office, "reference", to=r.office.object),
        *read(f"{file}: client", i.client, "reference", to=r.client.object),
        *read(f"{file}: referral_account", i.referral_account, "reference", to=r.account.object),
    ]
    for step in i.recovery_steps:
        fields += read(f"{file}: recovery_steps", step, "boolean", "date", "datetime")
    for who, field in i.alignment.fields().items():
        fields += read(f"{file}: alignment.{who}", field, "boolean")
    for side, fields_of_side in i.sides.items():
        fields += _side(f"{file}: sides.{side}", fields_of_side)
    for name, target in mapping.write_back.fields().items():
        key = f"sides.{name}" if name.partition(".")[0] in set(Side) else name
        length = LONGEST_STATE if target.type == "text" else 0
        fields.append(written(f"write_back.toml: {key}.field", target, length=length))
    rights: tuple[Right, ...] = ("updateable",) if mapping.write_back.fields() else ()
    return ObjectNeed(f"{file}: object", i.object, READ_OBJECT, tuple(fields), rights)


def _side(where: str, side: SideMapping) -> Iterator[FieldNeed]:
    known = frozenset({*side.colours, *side.not_applicable})
    yield from read(f"{where}.colour", side.colour, "picklist", values=known, judged=True)
    yield from read(f"{where}.plan", side.plan, "textarea", bearable=("string",), judged=True)
    yield from read(f"{where}.lookup", side.lookup, "reference")
    yield from read(f"{where}.exception_until", side.exception_until, "date", judged=True)
    yield from read(f"{where}.exception_reason", side.exception_reason, judged=True)
    yield from read(f"{where}.follow_up_from", side.follow_up_from, "date", bearable=("datetime",))
    yield from read(f"{where}.second_follow_up", side.second_follow_up, "boolean", "date")
    if side.applies:
        yield from read(f"{where}.applies.field", side.applies.field, judged=True)


def _story(mapping: OrgMapping) -> dict[str, ObjectNeed]:
    """What tells the story of a record, where this org has it."""
    c, sli, file = mapping.chatter, mapping.intervention.object, "chatter.toml"
    found = {}
    if c.history:
        mend = f"In Setup, open Object Manager > {sli} > Edit and tick Track Field History. {OR_REMOVE}"
        found["history"] = ObjectNeed(f"{file}: history", c.history, mend, ())
    if c.feed:
        mend = f"In Setup, open Feed Tracking > {sli} and tick Enable Feed Tracking. {OR_REMOVE}"
        found["feed"] = ObjectNeed(f"{file}: feed", c.feed, mend, ())
    if c.comments:
        mend = f"In Setup, open Chatter Settings and switch Chatter on. {OR_REMOVE}"
        found["comment"] = ObjectNeed(f"{file}: comments", c.comments, mend, ())
    if c.activities:
        where, a = f"{file}: activities", c.activities
        fields = (
            FieldNeed(f"{where}.related", a.related),
            FieldNeed(f"{where}.subject", a.subject),
            *read(f"{where}.completed", a.completed, "datetime"),
        )
        found["activity"] = ObjectNeed(f"{where}.object", a.object, f"{READ_OBJECT} {OR_REMOVE}", fields)
    return found


def _kind(mapping: OrgMapping, name: str, kind: ReferenceKind) -> ObjectNeed:
    where, kinds = f"reference.toml: {name}", mapping.reference.kinds()
    fields = [
        *read(f"{where}.name", kind.name),
        *read(f"{where}.email", kind.email, "email", "string"),
        *read(f"{where}.active", kind.active, "boolean"),
        *read(f"{where}.time_zone", kind.time_zone, "string", "picklist"),
        *read(f"{where}.region", kind.region, "reference", to=mapping.reference.region.object),
        *read(f"{where}.employee", kind.employee),
        *read(f"{where}.title", kind.title),
    ]
    for lookup, target in kind.lookups.items():
        fields += read(f"{where}.lookups.{lookup}", lookup, "reference", to=kinds[target].object)
    return ObjectNeed(f"{where}.object", kind.object, READ_OBJECT, tuple(fields))


def _notice(mapping: OrgMapping) -> ObjectNeed:
    n, where = mapping.write_back.notice, "write_back.toml: notice"
    fields = (
        own(f"{where}.key", n.key, "string", length=LONGEST_KEY, unique=True),
        own(f"{where}.intervention", n.intervention, "reference", to=mapping.intervention.object),
        own(f"{where}.rule", n.rule, "string"),
        own(f"{where}.side", n.side, "string", moves=True),
        own(f"{where}.due", n.due, "datetime"),
        own(f"{where}.stage", n.stage, "string"),
        own(f"{where}.claimed_by", n.claimed_by, "string", length=40),
        own(f"{where}.outcome", n.outcome, "string", moves=True),
        own(f"{where}.reason", n.reason, "string", length=255, moves=True),
        own(f"{where}.told_at", n.told_at, "datetime", moves=True),
        own(f"{where}.told", n.told, "textarea", length=LONGEST_LIST, moves=True),
    )
    return own_object(where, n.object, fields)


def _decision(mapping: OrgMapping) -> ObjectNeed:
    d, where = mapping.write_back.decision, "write_back.toml: decision"
    fields = (
        own(f"{where}.key", d.key, "string", length=LONGEST_KEY, unique=True),
        own(f"{where}.kind", d.kind, "string"),
        own(f"{where}.about", d.about, "string", length=LONGEST_KEY),
        own(f"{where}.by", d.by, "string", length=80),
        own(f"{where}.reason", d.reason, "textarea", length=LONGEST_LIST),
        own(f"{where}.at", d.at, "datetime"),
        own(f"{where}.until", d.until, "datetime"),
        own(f"{where}.data", d.data, "textarea", length=LONGEST_LIST),
    )
    return own_object(where, d.object, fields)


def _settings(mapping: OrgMapping) -> ObjectNeed:
    s, where = mapping.write_back.settings, "write_back.toml: settings"
    fields = (
        own(f"{where}.key", s.key, "string", unique=True),
        own(f"{where}.org_id", s.org_id, "string", length=18),
        own(f"{where}.go_live", s.go_live, "datetime"),
        own(f"{where}.rules_effective", s.rules_effective, "textarea", length=LONGEST_LIST, moves=True),
        own(f"{where}.epoch", s.epoch, "string", length=40),
    )
    return own_object(where, s.object, fields)
