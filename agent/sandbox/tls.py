"""A certificate for the sandbox on loopback, so that clients that insist on https need no patching."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import trustme

HOSTS = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class LoopbackCertificate:
    """PEM files. Clients trust `ca_file` (`REQUESTS_CA_BUNDLE`, `NODE_EXTRA_CA_CERTS`)."""

    ca_file: Path
    cert_file: Path
    key_file: Path


def issue(directory: Path) -> LoopbackCertificate:
    """Make an authority that signs one certificate and is then forgotten: trusting it opens nothing else.

    Args:
        directory: where the files go; it exists, and only this user should be able to read it.
    """
    authority = trustme.CA(organization_name="sli-agent sandbox (loopback only)")
    server = authority.issue_cert(*HOSTS)
    files = LoopbackCertificate(directory / "ca.pem", directory / "server.pem", directory / "server.key")
    authority.cert_pem.write_to_path(str(files.ca_file))
    server.private_key_pem.write_to_path(str(files.key_file))
    for position, link in enumerate(server.cert_chain_pems):
        link.write_to_path(str(files.cert_file), append=position > 0)
    return files
