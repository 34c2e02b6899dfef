"""The options that name a folder: from the command line, the environment or `.env`, as the daemon finds it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from dotenv import dotenv_values


def folder(option: str, variable: str, fallback: str, words: str) -> Callable[..., Any]:
    return click.option(
        option,
        type=click.Path(path_type=Path),
        envvar=variable,
        default=lambda: dotenv_values(".env").get(variable) or fallback,
        show_default=fallback,
        help=f"{words} [env and .env: {variable}].",
    )


mappings_option = folder(
    "--mappings", "SLI_MAPPINGS", "mappings/sandbox", "Folder that names this org's fields"
)
state_dir_option = folder("--state-dir", "SLI_STATE_DIR", "state", "Where the agent keeps its state")
