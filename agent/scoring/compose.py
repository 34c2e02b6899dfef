"""From touch points to the score of a CSM's month, and to the revision of one that is locked."""

from __future__ import annotations

from datetime import datetime

from agent.mapping.definitions import Definitions, NoDefinition
from agent.pipeline.work import Workshop
from agent.quality.composite import composite
from agent.scoring import locks, publish
from agent.scoring.around import terms_of
from agent.scoring.figures import figures_of, points_of
from agent.store import scores

BATCH = 50
"""CSMs' months in one transaction."""


def compose_due(work: Workshop, now: datetime) -> int:
    """Put a batch of scores together; the number of CSMs' months looked at."""
    pairs = scores.due(work.store, BATCH)
    if not pairs:
        return 0
    definitions = terms_of(work).all_definitions
    with work.store.transaction():
        for csm, month in pairs:
            _compose(work, definitions, csm, month, now)
        publish.want_scores(work, pairs, now)
        scores.is_done(work.store, pairs)
    return len(pairs)


def _compose(work: Workshop, definitions: Definitions, csm: str, month: str, now: datetime) -> None:
    try:
        definition = definitions.of(month)
    except NoDefinition:
        return  # The org's own figure of a month before the first definition: there is nothing to compare it with.
    points = points_of(scores.points(work.store, month, csm))
    if not points and scores.score(work.store, csm, month) is None:
        return  # Somebody the org's dashboard knows, and who never had anything due.
    made = composite(points, definition)
    shown = None if made.percent is None else str(made.percent)
    figures = figures_of(made, points, definition)
    scores.save_score(work.store, csm, month, definition.version, shown, figures)
    locks.revise(work.store, work.org_id, csm, month, now)
