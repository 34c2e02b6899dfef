"""Whether an object, as its describe tells it, is what the agent needs. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from agent.org.lines import CheckLine, failed, ok, warning
from agent.org.need import SETUP_TYPES, FieldNeed, ObjectNeed, Right

Describe = Mapping[str, Any]
"""An sObject's or a field's describe (platform fact: hidden fields are absent from it)."""

_OBJECT_RIGHTS: Mapping[Right, str] = {"createable": "Create", "updateable": "Edit"}


def object_lines(need: ObjectNeed, found: Describe) -> Iterator[CheckLine]:
    """What is wrong with the object and its fields; one good line where nothing is."""
    lines = [*_object(need, found), *_fields(need, found)]
    if not lines:
        count = len(need.fields)
        lines = [ok("object", f"{need.where}: {need.name} is there, with all fields it needs ({count}).")]
    yield from lines


def missing_object(need: ObjectNeed) -> CheckLine:
    return failed("object", f"{need.where}: the org shows no object {need.name}.", need.mend)


def _object(need: ObjectNeed, found: Describe) -> Iterator[CheckLine]:
    if found["name"] != need.name:
        yield _other_case("object", f"{need.where}: object {need.name}", found["name"])
    for right in need.rights:
        if not found[right]:
            word = _OBJECT_RIGHTS[right]
            yield failed(
                "object",
                f"{need.where}: the integration user has no {word} right on {need.name}.",
                f"Give the integration user's permission set {word} on the object {need.name}.",
            )


def _fields(need: ObjectNeed, found: Describe) -> Iterator[CheckLine]:
    by_name = {field["name"]: field for field in found["fields"]}
    in_any_case = {name.lower(): name for name in by_name}
    for field in need.fields:
        title = f"{field.where}: field {field.name} of {need.name}"
        if field.name in by_name:
            yield from _field(title, need, field, by_name[field.name])
        elif field.name.lower() in in_any_case:
            yield _other_case("field", title, in_any_case[field.name.lower()])
        else:
            yield failed(
                "field", f"{title} is missing, or field-level security hides it.", _bring(need, field)
            )


def _other_case(area: str, title: str, name: str) -> CheckLine:
    # Salesforce would take the query and answer under its own spelling, where nobody looks.
    return failed(
        area,
        f"{title}: the org spells it {name}.",
        "Write it in the mapping exactly as the org does, capitals too.",
    )


def _bring(need: ObjectNeed, field: FieldNeed) -> str:
    """How to make a missing field appear."""
    access = "Edit" if field.rights else "Read"
    grant = f"the integration user's permission set, Object Settings > {need.name}, tick {access} Access"
    if field.create:
        return f"Create it ({field.create}); then, or if it is there already: in {grant} for it."
    return f"Is it spelled right? If so: in {grant} for it."


def _field(title: str, need: ObjectNeed, field: FieldNeed, found: Describe) -> Iterator[CheckLine]:
    yield from _type(title, field, found)
    yield from _target(title, field, found)
    yield from _length(title, field, found)
    yield from _values(title, field, found)
    if field.unique and not (found["unique"] and found["externalId"]):
        yield failed(
            "field",
            f"{title} is not both unique and an external ID: two agents could tell the same thing twice.",
            "Edit the field in Setup and tick Unique and External ID.",
        )
    if field.judged and found["calculated"]:
        yield failed(
            "field",
            f"{title} is a formula: when its result changes, no record is saved and the agent sees nothing.",
            "Map the field the formula stands on, or have a flow copy the result into a plain field.",
        )
    if not all(found[right] for right in field.rights):
        yield failed(
            "field",
            f"{title} cannot be written by the integration user.",
            f"In the user's permission set, Object Settings > {need.name}, tick Edit Access for it; "
            "a formula or auto-number can never be written: map another field.",
        )


def _type(title: str, field: FieldNeed, found: Describe) -> Iterator[CheckLine]:
    type = found["type"]
    if not field.types or type in field.types:
        return
    wanted = " or ".join(_setup_type(fit) for fit in field.types)
    text = f"{title} is of type {_setup_type(type)}; it should be {wanted}"
    mend = f"Map a field of type {wanted}, or have this one changed."
    if type in field.bearable:
        yield warning(
            "field", f"{text}. The agent copes: it reads the day, or the short text, it finds.", mend
        )
    else:
        yield failed("field", f"{text}.", mend)


def _target(title: str, field: FieldNeed, found: Describe) -> Iterator[CheckLine]:
    targets = found["referenceTo"]
    if field.to and targets and field.to not in targets:
        yield failed(
            "field",
            f"{title} leads to {', '.join(targets)}, not to {field.to}.",
            "Map the lookup that leads there, or mend the object's name in reference.toml.",
        )


def _length(title: str, field: FieldNeed, found: Describe) -> Iterator[CheckLine]:
    # A length of 0 is that of a type that has none.
    if 0 < found["length"] < field.length:
        yield failed(
            "field",
            f"{title} takes {found['length']} characters; {field.length} are needed.",
            "Edit the field in Setup and make it longer.",
        )


def _values(title: str, field: FieldNeed, found: Describe) -> Iterator[CheckLine]:
    """Colours that the mapping does not know, and those it knows and the org does not (S5)."""
    if field.values is None or found["type"] != "picklist":
        return
    active = [entry["value"] for entry in found["picklistValues"] if entry["active"]]
    where = field.where.removesuffix("colour")
    unmapped = [value for value in active if value not in field.values]
    if unmapped:
        yield warning(
            "field",
            f"{title} has values the mapping does not know: {_quoted(unmapped)}. A side that shows one "
            "counts as having no colour.",
            f"Add them under {where}colours or {where}not_applicable, or deactivate them in Setup.",
        )
    unknown = sorted(field.values - set(active))
    if unknown:
        yield warning(
            "field",
            f"{title} has no active value {_quoted(unknown)}, which the mapping names.",
            f"Mend the spelling under {where}colours or {where}not_applicable (API names, not labels).",
        )


def _setup_type(type: str) -> str:
    return SETUP_TYPES.get(type, type)


def _quoted(values: list[str]) -> str:
    return ", ".join(f'"{value}"' for value in values)
