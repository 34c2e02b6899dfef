"""One line of what `check` found, with its mend."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

Verdict = Literal["ok", "warning", "failed"]


@dataclass(frozen=True)
class CheckLine:
    """`failed` stops the agent's work or falsifies it; a `warning` narrows it. `mend` says what to do."""

    area: str
    verdict: Verdict
    text: str
    mend: str = ""

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


def ok(area: str, text: str) -> CheckLine:
    return CheckLine(area, "ok", text)


def warning(area: str, text: str, mend: str) -> CheckLine:
    return CheckLine(area, "warning", text, mend)


def failed(area: str, text: str, mend: str) -> CheckLine:
    return CheckLine(area, "failed", text, mend)
