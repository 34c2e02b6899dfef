"""sli-agent: keeps the promises a home-care company makes when someone is let down (docs/process.md, S1)."""

__version__ = "0.1.0"
