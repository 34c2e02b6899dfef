"""The objects of the sandbox org, by API name: what `SandboxOrg` is built from."""

from __future__ import annotations

from agent.sandbox.catalogue.agent_objects import agent_objects
from agent.sandbox.catalogue.business import business_objects
from agent.sandbox.catalogue.care import care_objects
from agent.sandbox.catalogue.platform import platform_objects
from agent.sandbox.catalogue.system_objects import feed_name, history_name, with_system_objects
from agent.sandbox.schema import ObjectSchema

__all__ = ["feed_name", "history_name", "standard_objects", "with_system_objects"]


def standard_objects() -> dict[str, ObjectSchema]:
    """Every object of the sandbox org by API name, feed and history objects included."""
    objects = (*platform_objects(), *business_objects(), *agent_objects(), *care_objects())
    return with_system_objects({schema.name: schema for schema in objects})
