"""What every test shares: the company fixtures (tests/company.py), and properties that are the same everywhere."""

from hypothesis import settings

from tests.company import company, found_company, scored_company

__all__ = ["company", "found_company", "scored_company"]

# A slow machine fails no property, and a failure can be had again: timings belong in bench/.
settings.register_profile("house", deadline=None, derandomize=True)
# For a longer hunt, with new examples: pytest --hypothesis-profile=wide
settings.register_profile("wide", deadline=None, max_examples=800)
settings.load_profile("house")
