"""What `check` says of pay.db: the only thing on this disk that Salesforce does not hold as well."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from agent.desk.backup import last_backup
from agent.desk.state import pay_path
from agent.instants import from_text
from agent.mapping import OrgMapping
from agent.org.lines import CheckLine, ok, warning

OLD = timedelta(days=7)
MEND = "Run `sli-agent backup FOLDER` every night, into a new folder on another machine each time."


def backup_lines(state_dir: Path, mapping: OrgMapping, now: datetime) -> Iterator[CheckLine]:
    """A line where somebody is paid by incentive.toml; none elsewhere."""
    if mapping.incentive is None:
        return
    where = "Imports and pay lie in pay.db only, not in Salesforce."
    if not pay_path(state_dir).is_file():
        yield ok("pay", f"{where} There is none yet.")
        return
    last = last_backup(state_dir)
    text = f"{where} Last backup: {last or 'never'}."
    fresh = last is not None and now - from_text(last) <= OLD
    yield ok("pay", text) if fresh else warning("pay", text, MEND)
