"""A rule cited by number leads to an entry of docs/process.md, and a path named in a paper to a file."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from repository import ROOT, texts, words_of_python

PROCESS = "docs/process.md"
PAPERS = (
    "docs/process.md",
    "docs/architecture.md",
    "docs/decisions.md",
    "CONTRIBUTING.md",
    "mappings/README.md",
)
RULE = r"[SDIB]\d{1,2}"
RANGE = re.compile(r"\b([SDIB])(\d{1,2})[-–]\1(\d{1,2})\b")
ENTRY = re.compile(rf"^\*\*({RULE})\*\*", re.MULTILINE)
NAMED_PATH = re.compile(r"`((?:agent|tests|mappings|docs|state|requirements)/[\w/.*-]*)`")
NO_PROSE = (".json", ".txt", "LICENSE")
"""Locks and licences: what looks like a citation in them is part of a hash."""


def cited(path: str, text: str) -> set[str]:
    """The rules a file cites; of Python only comments and strings speak, and `D0-D6` stands for all seven."""
    words = "\n".join(words_of_python(text)) if path.endswith(".py") else text
    found = set(re.findall(rf"\b{RULE}\b", words))
    for letter, first, last in RANGE.findall(words):
        found |= {f"{letter}{number}" for number in range(int(first), int(last) + 1)}
    return found


def entries() -> list[str]:
    return ENTRY.findall((ROOT / PROCESS).read_text(encoding="utf-8"))


def citations() -> Iterator[tuple[str, str]]:
    for path, text in texts():
        if not path.endswith(NO_PROSE) and path != "tests/house/test_citations.py":
            yield from ((path, rule) for rule in sorted(cited(path, text)))


def test_every_rule_cited_anywhere_has_an_entry() -> None:
    known = set(entries())
    assert [f"{path} cites {rule}" for path, rule in citations() if rule not in known] == []


def test_no_rule_has_two_entries() -> None:
    assert sorted(entries()) == sorted(set(entries()))


def test_the_code_cites_rules_at_all() -> None:
    assert {"S10", "S11", "S12", "D4", "D9"} <= {
        rule for path, rule in citations() if path.startswith("agent/")
    }


@pytest.mark.parametrize("paper", PAPERS)
def test_every_path_a_paper_names_exists(paper: str) -> None:
    named = NAMED_PATH.findall((ROOT / paper).read_text(encoding="utf-8"))
    assert named, f"{paper} leads nowhere"
    assert [path for path in named if not any(ROOT.glob(path.rstrip("/")))] == []


def test_a_citation_is_found_in_comments_and_texts_but_not_in_names() -> None:
    code = '"""Late (D4)."""\nB7 = I3 + f"no plan: S11"  # see D0-D2\n'
    assert cited("agent/sample.py", code) == {"D4", "S11", "D0", "D1", "D2"}
