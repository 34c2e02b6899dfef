"""The verbs: parse, call, print, exit code."""

from agent.cli.main import main

__all__ = ["main"]
