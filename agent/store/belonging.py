"""Which clients were ever a person's: where the search for their revenue and hours begins."""

from __future__ import annotations

from agent.store.database import Store


def clients_of(store: Store, person_id: str, now_field: str | None) -> list[str]:
    """Ids of the clients whom an assignment gives to this person, or took from them, or whose own lookup names them.

    `now_field`: the client's lookup to the CSM, where the mapping has one.
    """
    rows = store.rows(
        """SELECT client_id FROM assignment WHERE deleted = 0 AND :person IN (csm, before)
           UNION SELECT id FROM reference WHERE kind = 'client' AND json_extract(source, '$.' || :field) = :person
           ORDER BY 1""",
        {"person": person_id, "field": now_field},
    )
    return [row[0] for row in rows]
