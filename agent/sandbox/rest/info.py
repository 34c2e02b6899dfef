"""What the org says about itself: versions, resources, limits."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from agent.sandbox.http import Response, json_response
from agent.sandbox.rest.call import Call

if TYPE_CHECKING:
    from agent.sandbox.org import SandboxOrg

OLDEST_VERSION = 20
NEWEST_VERSION = 68
_DAY = timedelta(hours=24)
_RESOURCES = ("sobjects", "query", "queryAll", "limits", "composite", "chatter", "jobs")


def versions() -> Response:
    """`GET /services/data`, which needs no token."""
    return json_response(
        [
            {"label": f"Version {number}.0", "url": f"/services/data/v{number}.0", "version": f"{number}.0"}
            for number in range(OLDEST_VERSION, NEWEST_VERSION + 1)
        ]
    )


def resources(call: Call) -> Response:
    """`GET /services/data/vXX.0`"""
    return json_response({name: f"{call.root}/{name}" for name in _RESOURCES})


def limits(call: Call) -> Response:
    """`GET /limits`"""
    left = max(call.org.daily_limit - used(call.org, call.now), 0)
    return json_response(
        {
            "DailyApiRequests": {"Max": call.org.daily_limit, "Remaining": left},
            "DailyBulkV2QueryJobs": {"Max": 10_000, "Remaining": 10_000},
        }
    )


def used(org: SandboxOrg, now: datetime) -> int:
    """API calls in the 24 hours up to `now`."""
    while org.calls and org.calls[0] <= now - _DAY:
        org.calls.popleft()
    return len(org.calls)
