"""Scores, apart from alerts: evidence read, touch points judged, scores put together, and what is written of them."""
