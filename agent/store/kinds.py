"""Every table of the state by its kind: what is lost with the disk, and where it comes back from.

The kinds are told in docs/architecture.md. What lies in pay.db stands apart (store/pay_schema.py).
"""

from __future__ import annotations

REBUILDABLE = (
    "cursor",
    "backfill",
    "intervention",
    "change",
    "chatter",
    "activity",
    "reference",
    "milestone",
    "milestone_count",
    "memory",
    "finding",
    "handling",
    "write_intent",
    "overwritten",
    "mapped_field",
    "census",
    "doubt",
    "episode",
    "assignment",
    "contact",
    "dashboard",
    "touch_point",
    "score",
    "score_due",
    "own_row",
)
"""Read again from Salesforce, or worked out again from what was read."""
TOLD = ("notice", "message", "message_notice", "score_revision")
"""Kept in Salesforce as well (write_back.toml, [notice] and [quality_revision])."""
HUMAN = ("decision",)
"""What people decided; kept in Salesforce as well (write_back.toml, [decision])."""
OWN = ("meta", "run", "log")
"""The agent's diary: its loss costs history, never a promise."""
