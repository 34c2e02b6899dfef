"""Fixtures for every test that needs a whole company (tests/company.py)."""

from tests.company import company, found_company

__all__ = ["company", "found_company"]
