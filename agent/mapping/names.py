"""Names as an admin writes them: of objects, fields, files, records, addresses."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

ApiName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
"""An object's or field's API name."""
ApiPath = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*){0,4}$")]
"""A relationship path to a person, `Office__r.Regional_Director__r`; at most five levels (platform fact)."""
CsvName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*\.csv$")]
"""A file of the mapping's own folder."""
RecordId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{18}$")]
"""An id of 18 characters: those of 15 differ in letter case only."""
Address = Annotated[str, StringConstraints(pattern=r"^(admin|[^@\s<>]+@[^@\s<>]+)$")]
"""An e-mail address, or `admin` for SLI_ADMIN_EMAIL."""


class Strict(BaseModel):
    """A table of a mapping: keys that nobody knows are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)
