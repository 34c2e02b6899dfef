"""How one org names things, and every business parameter: TOML files, validated, all errors at once."""

from agent.mapping.load import load
from agent.mapping.models import (
    AlertRule,
    Chatter,
    InterventionMapping,
    OrgMapping,
    Recipients,
    Reference,
    ReferenceKind,
    Role,
    Rules,
    SideMapping,
    WriteBack,
    WrittenField,
)

__all__ = [
    "AlertRule",
    "Chatter",
    "InterventionMapping",
    "OrgMapping",
    "Recipients",
    "Reference",
    "ReferenceKind",
    "Role",
    "Rules",
    "SideMapping",
    "WriteBack",
    "WrittenField",
    "load",
]
