"""What the plan's owner approved and confirmed, and whether the files still say so (D20 to D27, D40 to D44)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from agent.mapping import OrgMapping
from agent.model import DecisionKind, HumanDecision
from agent.quality.checking import changed_since_approval
from agent.store import Store, decisions

DEFINITION, CSM, SALES = "definition", "csm", "sales"
TO_CONFIRM: Mapping[str, Mapping[str, str]] = {
    CSM: {
        "D20": "the composite is the mean of the activities' rates, or by the definition's own method",
        "D21": "the windows of the touch points; one contact serves one of them",
        "D22": "late completions and a colleague's cover are not credited; no evidence is a miss",
        "D23": "what is excluded, and which exceptions may be approved",
        "D24": "with nothing due there is no score until somebody records how the month counts",
        "D25": "a touch point added later applies to starts of care from its date on",
        "D26": "Quality Starts by net billed revenue since the start of care",
        "D27": "Client Hours by service date and whoever had the client then; no proration",
    },
    SALES: {
        "D40": "nothing below the ladder's lowest rung, the highest rung above it",
        "D41": "the ramp is linear, in whole numbers, half-up",
        "D42": "the first week is seven days from the first scheduled shift",
        "D43": "the annual bonus needs twelve months at 100 %; part years are held",
        "D44": "each component is rounded to a whole percent before the two are averaged",
    },
}
"""Plan -> number of a decision that changes its pay (`$` in docs/process.md) -> what it says, in short."""


@dataclass(frozen=True)
class Version:
    """A version of a definition or a plan as its file holds it. `kind` is definition, csm or sales."""

    kind: str
    version: str
    first_month: str
    hash: str

    @property
    def about(self) -> str:
        """What its approval is about: `definition:2026-02`."""
        return f"{self.kind}:{self.version}"


def versions(mapping: OrgMapping) -> list[Version]:
    """Every version in the files, definitions first, each kind oldest first."""
    return list(_versions(mapping))


def _versions(mapping: OrgMapping) -> Iterator[Version]:
    for d in mapping.touch_points.definitions if mapping.touch_points else ():
        yield Version(DEFINITION, d.version, d.first_month, d.hash)
    for kind in (CSM, SALES) if mapping.incentive else ():
        for plan in getattr(mapping.incentive, kind):
            yield Version(kind, plan.version, plan.first_month, plan.hash)


def version_in(mapping: OrgMapping, kind: str, month: str) -> Version | None:
    """The version of a kind that holds in a month; None: there is none yet."""
    held = [v for v in versions(mapping) if v.kind == kind and v.first_month <= month]
    return held[-1] if held else None


def approvals(store: Store, org_id: str) -> dict[str, HumanDecision]:
    """`definition:2026-02` -> its approval. The first one stands: what is approved never changes."""
    told = decisions.under(store, org_id, DecisionKind.PLAN_APPROVED, [DEFINITION, CSM, SALES])
    return {d.about: d for d in reversed(told)}


def confirmations(store: Store, org_id: str) -> dict[str, HumanDecision]:
    """`D20` -> who first stood by it."""
    told = decisions.under(store, org_id, DecisionKind.PLAN_CONFIRMED, ["plan"])
    return {d.about.partition(":")[2]: d for d in reversed(told)}


def unconfirmed(store: Store, org_id: str, plan: str) -> list[str]:
    """Numbers of the decisions of this plan (csm or sales) that nobody has confirmed."""
    known = confirmations(store, org_id)
    return [number for number in TO_CONFIRM[plan] if number not in known]


def not_approved(store: Store, mapping: OrgMapping, org_id: str, kind: str, month: str) -> list[str]:
    """A sentence while the version that holds in this month is not approved: it might still change."""
    version = version_in(mapping, kind, month)
    if version is None:
        return [f"no {kind} is in force in {month}"]
    if version.about in approvals(store, org_id):
        return []
    return [f"{kind} {version.version} is not approved (`sli-agent plan approve {version.about}`)"]


def broken_promises(store: Store, mapping: OrgMapping, org_id: str) -> list[str]:
    """A sentence for each approved definition that is missing or changed: then nothing is scored (I5)."""
    if mapping.touch_points is None:
        return []
    approved = _hashes(store, org_id, DEFINITION)
    return changed_since_approval(mapping.touch_points.all_definitions, approved)


def broken_plans(store: Store, mapping: OrgMapping, org_id: str) -> list[str]:
    """The same for the plans of incentive.toml: then no pay is locked."""
    if mapping.incentive is None:
        return []
    held = {v.about: v.hash for v in versions(mapping)}
    return [
        f"The {kind} plan {version} was approved as {approved}, incentive.toml holds "
        f"{held.get(f'{kind}:{version}') or 'nothing'} under that name; put it back as it was"
        f"{', or add a new version below it' if f'{kind}:{version}' in held else ''}."
        for kind in (CSM, SALES)
        for version, approved in sorted(_hashes(store, org_id, kind).items())
        if held.get(f"{kind}:{version}") != approved
    ]


def _hashes(store: Store, org_id: str, kind: str) -> dict[str, str]:
    found = approvals(store, org_id)
    return {
        about.partition(":")[2]: str(d.data.get("hash"))
        for about, d in found.items()
        if about.startswith(f"{kind}:")
    }
