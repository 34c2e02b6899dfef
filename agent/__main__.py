"""`python -m agent` is `sli-agent`."""

from agent.cli import main

main()
