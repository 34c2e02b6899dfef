"""Counting in words."""

from __future__ import annotations


def counted(n: int, thing: str, things: str = "") -> str:
    """`1 mail`, `1,345 mails`. `things` is the plural where it is not `thing` and an s."""
    return f"{n:,} {thing if n == 1 else things or thing + 's'}"
