"""The peers' virtual environments: one each, from pinned requirements, outside the project's own."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

PINS = Path(__file__).parent / "peers"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "sli-agent-bench"
_DONE = "installed"


def program(peer: str, name: str) -> Path:
    """The command `name` of a peer. `install` must have been called."""
    return _place(peer) / "bin" / name


def install(peer: str) -> str:
    """Make the peer's environment unless it is there. Gives the reason where that fails, else an empty text."""
    place = _place(peer)
    if (place / _DONE).exists():
        return ""
    print(f"installing {peer} into {place} ...", file=sys.stderr)
    venv.create(place, clear=True, with_pip=True)
    pip = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command = [*pip, "--require-hashes", "--no-deps", "-r", str(_pins(peer))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return f"its requirements cannot be installed: {done.stderr.strip().splitlines()[-1]}"
    (place / _DONE).touch()
    return ""


def version(peer: str) -> str:
    """As pinned: `tap-salesforce 2.8.1`."""
    lines = _pins(peer).read_text(encoding="ascii").splitlines()
    return next(line for line in lines if line.startswith(f"{peer}==")).split(" ")[0].replace("==", " ")


def _place(peer: str) -> Path:
    """Changed pins are another environment."""
    pins = hashlib.sha256(_pins(peer).read_bytes()).hexdigest()[:12]
    return CACHE / f"{peer}-{pins}"


def _pins(peer: str) -> Path:
    return PINS / f"{peer}.txt"
