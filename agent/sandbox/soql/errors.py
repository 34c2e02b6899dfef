"""The one error SOQL answers with, and the place in the statement that Salesforce puts before its words."""

from __future__ import annotations

_EXCERPT = 40
"""Characters of the statement shown on either side of the place an error is about."""


class SoqlError(Exception):
    """A statement Salesforce would refuse: `code` is the REST `errorCode`, `message` the REST `message`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


def located(code: str, text: str, at: int, message: str) -> SoqlError:
    """An error that shows where: an excerpt, a caret under it, row and column (from 1), then the message."""
    row = text.count("\n", 0, at) + 1
    column = at - text.rfind("\n", 0, at)
    start = max(0, at - _EXCERPT)
    # A line break within the excerpt would move the caret off its character.
    excerpt = text[start : at + _EXCERPT].replace("\n", " ")
    caret = " " * (at - start) + "^"
    return SoqlError(code, f"\n{excerpt}\n{caret}\nERROR at Row:{row}:Column:{column}\n{message}")


def advice(thing: str, suffix: str, named: str | None = None) -> str:
    """What Salesforce tells whoever wrote an unknown name: how custom ones end, and where names are found."""
    return (
        f"If you are attempting to use a custom {thing}, be sure to append the '{suffix}' after the "
        f"{named or f'custom {thing}'} name. Please reference your WSDL or the describe call for the "
        "appropriate names."
    )
