"""The state on disk: the only room that speaks SQL and imports sqlite_utils."""

from agent.store.database import Store, StoreError, from_json, to_json

__all__ = ["Store", "StoreError", "from_json", "to_json"]
