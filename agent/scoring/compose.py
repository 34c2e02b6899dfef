"""From touch points to the score of a CSM's month, and to the revision of one that is locked."""

from __future__ import annotations

from datetime import datetime

from agent.mapping.definitions import Definitions
from agent.pipeline.work import Workshop
from agent.quality.composite import composite
from agent.scoring import locks, publish
from agent.scoring.around import terms_of
from agent.scoring.figures import figures_of, points_of
from agent.store import scores

BATCH = 10
"""CSMs' months in one transaction: some 50 ms where each has hundreds of touch points."""


def compose_due(work: Workshop, now: datetime) -> int:
    """Put a batch of scores together; the number of CSMs' months looked at."""
    revising = publish.knows_revisions(work)
    if revising and work.store.get("revising") is None:
        # What was put together before is looked at once more.
        with work.store.transaction():
            scores.make_all_due(work.store)
            work.store.put("revising", "yes")
    pairs = scores.due(work.store, BATCH)
    if not pairs:
        return 0
    definitions = terms_of(work).all_definitions
    with work.store.transaction():
        for csm, month in pairs:
            _compose(work, definitions, csm, month)
            if revising:
                locks.revise(work.store, work.org_id, csm, month, now)
        publish.want_scores(work, pairs, now)
        scores.is_done(work.store, pairs)
    return len(pairs)


def _compose(work: Workshop, definitions: Definitions, csm: str, month: str) -> None:
    points = points_of(scores.points(work.store, month, csm))
    if not points:
        # It was transferred, or was never more than the org's own figure.
        scores.drop_score(work.store, csm, month)
        return
    definition = definitions.of(month)
    made = composite(points, definition)
    shown = None if made.percent is None else str(made.percent)
    figures = figures_of(made, points, definition)
    scores.save_score(work.store, csm, month, definition.version, shown, figures)
