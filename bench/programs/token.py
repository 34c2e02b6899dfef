"""A token for the readers that bring no sign-in of their own."""

from __future__ import annotations

import requests


def sign_in(url: str) -> str:
    """By client credentials."""
    form = {"grant_type": "client_credentials", "client_id": "sandbox-app", "client_secret": "sandbox-secret"}
    answer = requests.post(f"{url}/services/oauth2/token", form, timeout=60)
    answer.raise_for_status()
    return str(answer.json()["access_token"])
