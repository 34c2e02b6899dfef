"""What the house tests read: the repository's own files, as text."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
MADE_BY_TOOLS = frozenset({".git", ".venv", ".hypothesis", "node_modules", "dist", "build", "__pycache__"})
"""Folders that hold nothing anybody wrote; every tool's own cache (`.*_cache`) is another."""
OF_ONE_MACHINE = frozenset({".env"})
"""Files that git ignores, because they belong to one machine."""


def texts(under: str = ".") -> Iterator[tuple[str, str]]:
    """(path from the root, content) of every text file below a folder, in the order of their paths."""
    for path in sorted((ROOT / under).rglob("*")):
        relative = path.relative_to(ROOT)
        if not path.is_file() or path.name in OF_ONE_MACHINE or _is_made(relative):
            continue
        try:
            yield relative.as_posix(), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def words_of_python(source: str) -> Iterator[str]:
    """The comments and string literals of a Python file: where people are spoken to."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        # From Python 3.12 on the text within an f-string is a token of its own.
        if (
            token.type in {tokenize.COMMENT, tokenize.STRING}
            or tokenize.tok_name[token.type] == "FSTRING_MIDDLE"
        ):
            yield token.string


def _is_made(relative: Path) -> bool:
    if relative.parts[0] == "state" and relative.name != "README.md":
        return True
    return any(part in MADE_BY_TOOLS or part.endswith((".egg-info", "_cache")) for part in relative.parts)
