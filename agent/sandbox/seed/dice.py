"""Choices that look random and are a pure function of the seed and of what they are for."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Dice:
    """The same question always gets the same answer, in whatever order the questions are asked."""

    seed: int

    def below(self, limit: int, *question: object) -> int:
        """A whole number from 0 to `limit` - 1."""
        return zlib.crc32(repr((self.seed, question)).encode()) % limit

    def pick(self, options: Sequence[T], *question: object) -> T:
        return options[self.below(len(options), *question)]

    def chance(self, percent: int, *question: object) -> bool:
        return self.below(100, *question) < percent
