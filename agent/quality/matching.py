"""As many touch points as can be, each with a contact of its own (D21). Pure."""

from __future__ import annotations

from collections.abc import Sequence


class Matching:
    """Who holds which contact; both are known by their number.

    Whoever asks first is served first and never loses what it was given, but may have to make do with another
    of its contacts so that one more is served. So nobody could give the contacts out to more touch points.
    """

    def __init__(self) -> None:
        self._fits: dict[int, Sequence[int]] = {}
        self._holder: dict[int, int] = {}

    def serve(self, point: int, fits: Sequence[int]) -> bool:
        """Finds this touch point one of the contacts that fit it, the foremost that is free if one is."""
        self._fits[point] = fits
        return self._find(point, set())

    def held(self) -> dict[int, int]:
        """By touch point its contact."""
        return {point: contact for contact, point in self._holder.items()}

    def _find(self, point: int, tried: set[int]) -> bool:
        for contact in self._fits[point]:
            if contact not in self._holder:
                self._holder[contact] = point
                return True
        for contact in self._fits[point]:
            if contact in tried:
                continue
            tried.add(contact)
            # An augmenting path: whoever holds it is found another one first.
            if self._find(self._holder[contact], tried):
                self._holder[contact] = point
                return True
        return False
