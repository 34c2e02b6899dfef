"""How one org names things, and every business parameter: TOML files, validated, all errors at once."""

from agent.mapping.alerts import ROLES, AlertRule, Alerts, RoleName
from agent.mapping.incentive import Incentive
from agent.mapping.load import load
from agent.mapping.models import (
    Chatter,
    InterventionMapping,
    OrgMapping,
    Recipients,
    Reference,
    ReferenceKind,
    Role,
    Rules,
    SideMapping,
)
from agent.mapping.scoring import TouchPoints
from agent.mapping.write_back import WriteBack, WrittenField

__all__ = [
    "ROLES",
    "AlertRule",
    "Alerts",
    "Chatter",
    "Incentive",
    "InterventionMapping",
    "OrgMapping",
    "Recipients",
    "Reference",
    "ReferenceKind",
    "Role",
    "RoleName",
    "Rules",
    "SideMapping",
    "TouchPoints",
    "WriteBack",
    "WrittenField",
    "load",
]
