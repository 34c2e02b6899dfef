"""jsforce, as it comes from npm, reads and writes the sandbox; skipped where there is no Node or no npm."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from client_org import ROWS, SLI, Sandbox

SOURCE = Path(__file__).parent / "jsforce"
INSTALL = ["ci", "--ignore-scripts", "--engine-strict", "--prefer-offline", "--no-audit", "--no-fund"]
PATIENCE = ["--loglevel=error", "--fetch-retries=1", "--fetch-timeout=30000"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the client script and its locked packages."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("jsforce needs node and npm; neither the agent nor any other test does")
    folder = tmp_path_factory.mktemp("jsforce")
    for file in SOURCE.iterdir():
        if file.is_file():
            shutil.copy(file, folder)
    command = [npm, *INSTALL, *PATIENCE]
    try:
        subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=True)
    except subprocess.TimeoutExpired:
        pytest.skip("npm could not install jsforce within five minutes")
    except subprocess.CalledProcessError as failed:
        pytest.skip(f"npm could not install jsforce: {failed.stderr.strip()[-400:]}")
    return folder


@pytest.fixture
def seen(folder: Path, sandbox: Sandbox) -> dict[str, Any]:
    """What the client saw, told in its own words."""
    told = {
        "SANDBOX_URL": sandbox.url,
        "SANDBOX_TOKEN": sandbox.token,
        "NODE_EXTRA_CA_CERTS": sandbox.ca_file,
    }
    run = subprocess.run(
        ["node", "client.mjs"],
        cwd=folder,
        env={**os.environ, **told},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    answer: dict[str, Any] = json.loads(run.stdout)
    return answer


def test_jsforce_reads_and_writes_the_sandbox_unmodified(seen: dict[str, Any], sandbox: Sandbox) -> None:
    assert seen["read"] == {
        "totalSize": ROWS,
        "firstPage": 2000,
        "ids": sandbox.slis,
        "office": "Oakland",
    }
    assert seen["bulk"] == sandbox.slis

    first, second = sandbox.slis[:2]
    wrote = seen["wrote"]
    assert (wrote["updated"]["success"], wrote["updated"]["id"]) == (True, first)
    assert [row["success"] for row in wrote["collection"]] == [True, True]
    assert (wrote["inserted"]["success"], wrote["inserted"]["created"]) == (True, True)
    assert (wrote["again"]["success"], wrote["again"]["created"]) == (True, False)
    assert (wrote["readKey"], wrote["removed"]["success"]) == ("jsforce/2", True)
    saved = sandbox.saved(SLI, first)
    assert (saved["Client_Plan_State__c"], saved["Referral_Plan_State__c"]) == ("met", "late")
    assert sandbox.saved(SLI, second)["Referral_Plan_State__c"] == "late"
    assert sandbox.saved("SLI_Agent_Notice__c", wrote["inserted"]["id"])["Rule__c"] == "plan_24h"

    assert seen["described"]["office"] == ["Office__c"]
    assert {SLI, "User", "Task"} <= set(seen["described"]["objects"])
    assert (seen["unknownField"], seen["duplicate"], seen["unknownRecord"]) == (
        "INVALID_FIELD",
        "DUPLICATE_VALUE",
        "NOT_FOUND",
    )


def test_the_lock_names_no_host() -> None:
    for name in ("package.json", "package-lock.json"):
        text = (SOURCE / name).read_text()
        assert "://" not in text
        assert '"resolved"' not in text
