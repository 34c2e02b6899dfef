"""What scores and pay need of an org: what they are read from, and the objects that scores are written to."""

from __future__ import annotations

from collections.abc import Iterator

from agent.mapping import OrgMapping, TouchPoints
from agent.mapping.incentive import LineSource
from agent.mapping.scoring import ContactSource
from agent.org.lines import CheckLine, ok
from agent.org.need import (
    LONGEST_KEY,
    OR_REMOVE,
    READ_OBJECT,
    FieldNeed,
    ObjectNeed,
    Right,
    own,
    read,
    with_asked,
    written,
)
from agent.scoring.publish import STREAMS, streams
from agent.scoring.shapes import LONGEST_TEXT, Spec, specs
from agent.store.own_rows import RowKind
from agent.sync.scoring import CONTACTS, LINES, evidence_streams, line_streams, slow_streams

CREATE_AND_EDIT: tuple[Right, ...] = ("createable", "updateable")
LENGTHS = {"why": LONGEST_TEXT, "reason": LONGEST_TEXT, "evidence": 18, "month": 7}
"""Characters that a text of ours may have, by its name in write_back.toml."""
USUAL_LENGTH = 40
WHOLE = "Leave the table out, and nothing of it is written."


def scoring_needs(mapping: OrgMapping) -> tuple[ObjectNeed, ...]:
    """Every object that touchpoints.toml, incentive.toml and the tables of scores name; none in an org without."""
    found: dict[str, ObjectNeed] = {}
    if mapping.touch_points is not None:
        found |= _evidence(mapping, mapping.touch_points)
    if mapping.incentive is not None:
        found |= _lines(mapping)
    found |= {STREAMS[kind]: _own_rows(mapping, kind, spec) for kind, spec in specs(mapping).items()}
    for stream in (
        *evidence_streams(mapping),
        *slow_streams(mapping),
        *line_streams(mapping),
        *streams(mapping),
    ):
        found[stream.name] = with_asked(found[stream.name], stream)
    return tuple(found.values())


def _evidence(mapping: OrgMapping, t: TouchPoints) -> dict[str, ObjectNeed]:
    found = {"episode": _start_of_care(mapping, t), **_assignments(mapping, t)}
    found |= {f"{CONTACTS}{source.object}": _contacts(source) for source in t.contacts}
    if t.dashboard is not None:
        board, where = t.dashboard, "touchpoints.toml: dashboard"
        fields = (
            *read(f"{where}.person", board.person, "reference", to=mapping.reference.person.object),
            *read(f"{where}.month", board.month, "date", "string", "datetime", "picklist"),
            *read(f"{where}.percent", board.percent, "double", "percent"),
        )
        found["dashboard"] = ObjectNeed(f"{where}.object", board.object, f"{READ_OBJECT} {OR_REMOVE}", fields)
    return found


def _start_of_care(mapping: OrgMapping, t: TouchPoints) -> ObjectNeed:
    s, r, where = t.start_of_care, mapping.reference, "touchpoints.toml: start_of_care"
    fields = (
        *read(f"{where}.client", s.client, "reference", to=r.client.object),
        *read(f"{where}.office", s.office, "reference", to=r.office.object),
        *_instant(f"{where}.first_shift_start", s.first_shift_start),
        *_instant(f"{where}.first_shift_end", s.first_shift_end),
        *_instant(f"{where}.expected_start", s.expected_start),
        *_instant(f"{where}.ended", s.ended),
        *read(f"{where}.duplicate_of", s.duplicate_of, "reference", to=s.object),
    )
    return ObjectNeed(f"{where}.object", s.object, READ_OBJECT, fields)


def _assignments(mapping: OrgMapping, t: TouchPoints) -> dict[str, ObjectNeed]:
    a, r, where = t.assignments, mapping.reference, "touchpoints.toml: assignments"
    person, client = r.person.object, r.client.object
    on_client = (
        *read(f"{where}.now", a.now, "reference", to=person),
        *read(f"{where}.field", a.field if a.field != a.now else None, "reference", to=person),
    )
    if a.is_history:
        track = f"{a.field} of {client}" if a.field else client
        mend = f"In Setup, open Object Manager > {client} > Set History Tracking and tick what holds the CSM ({track})."
        fields = tuple(
            FieldNeed(f"{where}.{key}", name)
            for key, name in (("client", a.client), ("csm", a.csm), ("since", a.since), ("before", a.before))
            if name
        )
    else:
        mend = READ_OBJECT
        fields = (
            *read(f"{where}.client", a.client, "reference", to=client),
            *read(f"{where}.csm", a.csm, "reference", to=person),
            *_instant(f"{where}.since", a.since),
            *read(f"{where}.before", a.before, "reference", to=person),
        )
    return {
        "assignment": ObjectNeed(f"{where}.object", a.object, mend, fields),
        **({"assigned_now": ObjectNeed(f"{where}", client, READ_OBJECT, on_client)} if on_client else {}),
    }


def _contacts(source: ContactSource) -> ObjectNeed:
    where = "touchpoints.toml: contacts"
    matching = dict.fromkeys(m.field for m in source.matching)
    fields = (
        *read(f"{where}.client", source.client, "reference"),
        *read(f"{where}.by", source.by, "reference"),
        *_instant(f"{where}.at", source.at),
        *(FieldNeed(f"{where}.matching.field", name) for name in matching),
        *(read(f"{where}.done.field", source.done.field) if source.done else ()),
    )
    return ObjectNeed(f"{where}.object", source.object, f"{READ_OBJECT} {OR_REMOVE}", fields)


def _instant(where: str, name: str | None) -> list[FieldNeed]:
    """A formula moves no stamp, and its result would be seen late or never (platform fact)."""
    return read(where, name, "datetime", "date", judged=True)


def _lines(mapping: OrgMapping) -> dict[str, ObjectNeed]:
    """Where the lines of revenue, hours and admissions stand, for pay.db."""
    sources = mapping.incentive.sources if mapping.incentive else None
    named = {kind: getattr(sources, kind) for kind in type(sources).model_fields} if sources else {}
    return {f"{LINES}{kind}": _line(mapping, kind, source) for kind, source in named.items() if source}


def _line(mapping: OrgMapping, kind: str, source: LineSource) -> ObjectNeed:
    where, r = f"incentive.toml: sources.{kind}", mapping.reference
    fields = (
        *read(f"{where}.client", source.client, "reference", to=r.client.object),
        *_instant(f"{where}.day", source.day),
        *read(f"{where}.amount", source.amount, "double", "currency", "int"),
        *read(f"{where}.billable", source.billable, "double", "int"),
        *read(f"{where}.person", source.person, "reference", to=r.person.object),
        *read(f"{where}.currency", source.currency, "string", "picklist"),
    )
    return ObjectNeed(f"{where}.object", source.object, f"{READ_OBJECT} {OR_REMOVE}", fields)


def _own_rows(mapping: OrgMapping, kind: RowKind, spec: Spec) -> ObjectNeed:
    """One of the objects that scores are written to (D30)."""
    table, r, score = f"write_back.toml: {_TABLES[kind]}", mapping.reference, mapping.write_back.quality_score
    leads_to = {"csm": r.person.object, "client": r.client.object, "score": score.object if score else ""}
    fields = [own(f"{table}.key", spec.key, "string", length=LONGEST_KEY, unique=True)]
    for name, target in spec.fields.items():
        length = LENGTHS.get(name, USUAL_LENGTH) if target.type == "text" else 0
        fields.append(
            written(
                f"{table}.fields.{name}.field",
                target,
                rights=CREATE_AND_EDIT,
                to=leads_to.get(name, ""),
                length=length,
            )
        )
    if spec.owned_by_csm:
        fields.append(FieldNeed(f"{table}.owned_by_csm", "OwnerId", ("reference",), rights=CREATE_AND_EDIT))
    recipe = "; ".join(f"{field.name}: {field.create}" for field in fields if field.create)
    mend = (
        f'Create this custom object, label "{spec.label}", its Name an Auto Number (if it is there, the integration '
        "user has no access). Set its default access to Private (Setup > Sharing Settings), so that a CSM sees only "
        "the rows they own, and give the integration user's permission set Read, Create, Edit, View All and Modify All "
        f"Records on it. {WHOLE} Its fields: {recipe}."
    )
    return ObjectNeed(f"{table}.object", spec.object, mend, tuple(fields), CREATE_AND_EDIT)


_TABLES = {
    RowKind.SCORE: "quality_score",
    RowKind.TOUCH_POINT: "touch_point",
    RowKind.REVISION: "quality_revision",
}


def sharing_lines(mapping: OrgMapping) -> Iterator[CheckLine]:
    """How the scores must be shared, which no describe tells (D30)."""
    private = [spec.object for spec in specs(mapping).values() if spec.owned_by_csm]
    if private:
        yield ok(
            "scores",
            f"Describe does not tell the default access of {', '.join(private)}: under Setup > Sharing Settings, see "
            "that it is Private. Each CSM owns their own rows and sees no one else's.",
        )
