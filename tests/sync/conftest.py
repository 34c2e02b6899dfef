"""The company of the reading tests: small, and no alert is decided in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.company import Company, Founding
from tests.sync.watching import silence


@pytest.fixture
def company(found_company: Founding) -> Iterator[Company]:
    with found_company(size=60) as small:
        silence(small)
        yield small
