"""What kinds of alert in shadow would have told by now (D18): what one looks at before switching them to live."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from agent.desk.state import database_path, state
from agent.instants import to_text
from agent.mapping import OrgMapping
from agent.model import ALERTS, Mode
from agent.org.lines import CheckLine, ok
from agent.rules.reasons import RULE_WORDS
from agent.store import notices

WINDOW = timedelta(days=7)


def shadow_lines(state_dir: Path, mapping: OrgMapping, now: datetime) -> Iterator[CheckLine]:
    """A line for each kind in shadow; none where there is no state to look into."""
    kinds = [rule for rule in ALERTS if mapping.rules.mode(rule) is Mode.SHADOW]
    if not kinds or not database_path(state_dir).is_file():
        return
    with state(state_dir) as store:
        counts = notices.shadow_counts(store, to_text(now - WINDOW))
    for rule in kinds:
        n = counts.get(rule.value, 0)
        who = " `sli-agent log --kind alert` tells which, and to whom." if n else ""
        text = f"{RULE_WORDS[rule]}: {n} due in the last {WINDOW.days} days would have been told.{who}"
        yield ok("shadow", text)
