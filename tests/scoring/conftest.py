"""A scored company for whoever reads and judges, and a bare org for what is written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from clinic import clinic
from scored_org import ScoredOrg

__all__ = ["clinic"]


@pytest.fixture
def org(tmp_path: Path) -> Iterator[ScoredOrg]:
    found = ScoredOrg(tmp_path)
    yield found
    found.close()
