"""The state and pay as copies in a folder, and back. What the state holds is in Salesforce too; pay is only here."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import BinaryIO

import orjson

from agent import __version__
from agent.desk.state import DATABASE, pay_path, state
from agent.errors import AgentError
from agent.instants import to_text
from agent.store import Store, StoreError, backup, pay
from agent.store.pay import PayStore

MANIFEST = "manifest.json"
FILES = (DATABASE, pay.NAME)
"""In this order they are copied: what pay.db refers to in the state comes back from Salesforce, not the reverse."""


@dataclass(frozen=True)
class Manifest:
    """What lies in a backup: the agent's version, the instant as text, and each file's SHA-256."""

    version: str
    at: str
    files: Mapping[str, str]


@dataclass(frozen=True)
class Restored:
    """`at` is when the backup was made; `moved` names what lay there before, `left` what the backup does not have."""

    at: str
    files: Sequence[str]
    moved: Sequence[str]
    left: Sequence[str]


def back_up(state_dir: Path, folder: Path, now: datetime) -> Manifest:
    """Copy the databases while the agent works, each as it stands at one instant. The manifest comes last.

    Raises:
        ConfigurationError: there is no state yet.
        AgentError: the folder holds something, or a copy fails; nothing of the backup is left then.
    """
    with state(state_dir) as store:
        made = _folder(folder)
        try:
            found = _copied(store, state_dir, folder, to_text(now))
        except BaseException as error:
            for name in (*FILES, MANIFEST):
                (folder / name).unlink(missing_ok=True)
            if made:
                folder.rmdir()
            if isinstance(error, OSError | StoreError):
                text = f"{folder}: the backup failed ({error}); what was begun is removed."
                raise AgentError(text, hint="Is there room, and may this user write there?") from error
            raise
    return found


def _folder(folder: Path) -> bool:
    """See that there is an empty folder; True if it was made."""
    try:
        there = folder.exists()
        if there and any(folder.iterdir()):
            raise AgentError(
                f"{folder}: holds something already; a backup overwrites nothing. Name a new folder."
            )
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise AgentError(
            f"{folder}: cannot be used ({error.strerror}).", hint="Name a folder that can."
        ) from error
    return not there


def _copied(store: Store, state_dir: Path, folder: Path, at: str) -> Manifest:
    backup.copy(store, folder / DATABASE)
    if not pay_path(state_dir).is_file():
        return _sealed(folder, at)
    with closing(PayStore(pay_path(state_dir))) as pays:
        backup.copy(pays, folder / pay.NAME)
        found = _sealed(folder, at)
        with pays.transaction():
            pays.put(pay.LAST_BACKUP, at)
    return found


def _sealed(folder: Path, at: str) -> Manifest:
    files = {name: _digest(folder / name) for name in FILES if (folder / name).exists()}
    found = Manifest(__version__, at, files)
    with _private(folder / MANIFEST) as out:
        out.write(orjson.dumps(asdict(found), option=orjson.OPT_INDENT_2))
        out.flush()
        os.fsync(out.fileno())
    return found


def restore(state_dir: Path, folder: Path, *, replace: bool, now: datetime) -> Restored:
    """Put a backup where the agent keeps its state. It then goes on as after an outage since the backup.

    With `replace` what lies there is moved away beside it. A file that the backup does not have is left alone.

    Raises:
        AgentError: no finished or a damaged backup; something lies there; an agent is at work. Nothing has changed.
    """
    manifest = _manifest(folder)
    there = [name for name in FILES if (state_dir / name).exists()]
    if there and not replace:
        raise AgentError(
            f"{state_dir}: holds {' and '.join(there)}; a restore overwrites nothing.",
            hint="Say --replace to move it away beside the restored one, or name another --state-dir.",
        )
    if busy := [name for name in there if not backup.at_rest(state_dir / name)]:
        raise AgentError(f"{state_dir / busy[0]}: somebody works with it.", hint="Stop the agent first.")
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
        _remove_begun(state_dir)
        ready = {name: _prepared(folder / name, state_dir, manifest, to_text(now)) for name in manifest.files}
        stamp = _stamp(state_dir, now)
        moved = [was for name in ready for was in _moved(state_dir / name, stamp)]
        for name, path in ready.items():
            path.replace(state_dir / name)
    except (OSError, StoreError) as error:
        text = f"{state_dir}: the restore failed ({error})."
        raise AgentError(
            text, hint="Is there room, and may this user write there? Then try again."
        ) from error
    finally:
        with suppress(OSError):  # Whatever went wrong has been told; the next restore removes it.
            _remove_begun(state_dir)
    return Restored(manifest.at, tuple(ready), tuple(moved), tuple(x for x in there if x not in ready))


def _manifest(folder: Path) -> Manifest:
    """What the backup says of itself, once its files are what it says."""
    try:
        found = Manifest(**orjson.loads((folder / MANIFEST).read_bytes()))
        digests = {name: _digest(folder / name) for name in found.files}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        missing = isinstance(error, FileNotFoundError) and f"there is no {Path(error.filename).name}"
        raise AgentError(
            f"{folder}: is no finished backup ({missing or error}).",
            hint="Name the folder that `sli-agent backup` filled.",
        ) from error
    if wrong := [name for name in digests if digests[name] != found.files[name] or name not in FILES]:
        raise AgentError(
            f"{folder / wrong[0]}: is not what was backed up: its digest differs.",
            hint="Take another backup.",
        )
    return found


def _prepared(source: Path, state_dir: Path, manifest: Manifest, now: str) -> Path:
    """A copy beside its place, ready to be moved there."""
    path = _begun(state_dir, source.name)
    with _private(path) as out, source.open("rb") as copied:
        shutil.copyfileobj(copied, out)
    is_pay = source.name == pay.NAME
    with closing(PayStore(path) if is_pay else Store(path)) as store, store.transaction():
        if is_pay:
            store.put(pay.LAST_BACKUP, manifest.at)
        else:
            backup.forget_what_moved_on(store, now)
    return path


def _begun(state_dir: Path, name: str) -> Path:
    return state_dir / f"{name}.restoring"


def _remove_begun(state_dir: Path) -> None:
    """Copies that a restore did not come to use: they hold pay and clients' names."""
    for name in FILES:
        for there in _with_those_beside(_begun(state_dir, name)):
            there.unlink()


def _stamp(state_dir: Path, now: datetime) -> str:
    """By what the files moved away are known; no other restore's, though it was in the same second."""
    second = f"{now:%Y%m%dT%H%M%SZ}"
    stamps = (second if n == 1 else f"{second}-{n}" for n in count(1))
    return next(s for s in stamps if not any((state_dir / f"{name}.{s}").exists() for name in FILES))


def _moved(path: Path, stamp: str) -> list[str]:
    """Move a database away; its new name, if there was one."""
    found = _with_those_beside(path)
    for there in found:
        there.replace(there.with_name(there.name.replace(path.name, f"{path.name}.{stamp}", 1)))
    return [f"{path.name}.{stamp}"] if path in found else []


def _with_those_beside(path: Path) -> list[Path]:
    """A database and the files of its write-ahead log: SQLite would play one left behind into the next database."""
    names = (path.name, f"{path.name}-wal", f"{path.name}-shm")
    return [there for name in names if (there := path.with_name(name)).exists()]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _private(path: Path) -> BinaryIO:
    """A new file that only its owner may read."""
    return os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")


def last_backup(state_dir: Path) -> str | None:
    """When pay.db was last backed up, as text; None: never. There must be one."""
    with closing(PayStore(pay_path(state_dir))) as pays:
        return pays.get(pay.LAST_BACKUP)
