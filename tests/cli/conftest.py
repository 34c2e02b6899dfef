"""Nobody's terminal sets the width of the answers under test, whatever runs them."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _as_wide_as_the_answers_need(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
