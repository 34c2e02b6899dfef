"""Settings come from the environment, `.env` and files; what is wrong is named by variable, all at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.errors import ConfigurationError
from agent.settings import load

ENOUGH = {
    "SLI_SF_AUTH": "client_credentials",
    "SLI_SF_INSTANCE_URL": "https://example.my.salesforce.com/",
    "SLI_SF_CLIENT_ID": "app",
    "SLI_SF_CLIENT_SECRET": "s3cret-value",
    "SLI_SMTP_URL": "smtps://agent:p4ss-value@mail.example.com",
    "SLI_MAIL_FROM": "sli@example.com",
    "SLI_ADMIN_EMAIL": "admin@example.com",
}
NO_FILE = Path("no.env")


def problems(environ: dict[str, str]) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load(environ, NO_FILE)
    return list(caught.value.problems)


def test_enough_settings_load_and_urls_lose_their_last_slash() -> None:
    settings = load(ENOUGH, NO_FILE)
    assert settings.sf_instance_url == "https://example.my.salesforce.com"
    assert settings.poll_seconds == 60


def test_nothing_set_names_every_variable_that_is_missing() -> None:
    found = problems({})
    for name in ("SLI_SF_CLIENT_ID", "SLI_SMTP_URL", "SLI_MAIL_FROM", "SLI_ADMIN_EMAIL"):
        assert any(problem.startswith(f"{name} is not set: ") for problem in found)


def test_the_environment_wins_over_the_env_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("SLI_POLL_SECONDS=30\nSLI_MAIL_FROM=file@example.com\n", encoding="utf-8")
    settings = load({**ENOUGH, "SLI_POLL_SECONDS": "90"}, file)
    assert settings.poll_seconds == 90
    assert settings.mail_from == "sli@example.com"
    assert (
        load({k: v for k, v in ENOUGH.items() if k != "SLI_MAIL_FROM"}, file).mail_from == "file@example.com"
    )


def test_a_secret_can_come_from_a_file(tmp_path: Path) -> None:
    key = tmp_path / "secret"
    key.write_text("from-a-file\n", encoding="utf-8")
    environ = {k: v for k, v in ENOUGH.items() if k != "SLI_SF_CLIENT_SECRET"}
    settings = load({**environ, "SLI_SF_CLIENT_SECRET_FILE": str(key)}, NO_FILE)
    assert settings.sf_client_secret is not None
    assert settings.sf_client_secret.get_secret_value() == "from-a-file"


def test_a_secret_file_that_cannot_be_read_is_named() -> None:
    [problem] = problems({**ENOUGH, "SLI_SF_PRIVATE_KEY_FILE": "/no/such/key"})
    assert problem == "SLI_SF_PRIVATE_KEY_FILE: cannot read /no/such/key: No such file or directory"


@pytest.mark.parametrize("url", ["http://example.my.salesforce.com", "ftp://127.0.0.1"])
def test_plain_http_is_refused_but_to_this_machine(url: str) -> None:
    [problem] = problems({**ENOUGH, "SLI_SF_INSTANCE_URL": url})
    assert problem == "SLI_SF_INSTANCE_URL: use https:// (plain http only to this machine)"
    assert load({**ENOUGH, "SLI_SF_INSTANCE_URL": "http://localhost:8765"}, NO_FILE)


def test_each_way_to_sign_in_names_what_it_needs() -> None:
    [problem] = problems({**ENOUGH, "SLI_SF_AUTH": "jwt"})
    assert problem == "SLI_SF_AUTH=jwt also needs SLI_SF_USERNAME and SLI_SF_PRIVATE_KEY"


def test_secrets_show_in_no_text_of_the_settings() -> None:
    settings = load(ENOUGH, NO_FILE)
    assert "s3cret-value" not in repr(settings)
    assert "p4ss-value" not in repr(settings)


@pytest.mark.parametrize(
    "url", ["http://hooks.example.com/s3cret", "hooks.example.com/s3cret", "https://[s3cret"]
)
def test_a_webhook_is_https_or_this_machine_and_stays_a_secret(url: str) -> None:
    [problem] = problems({**ENOUGH, "SLI_SLACK_WEBHOOK_URL": url})
    assert problem.startswith("SLI_SLACK_WEBHOOK_URL: ")
    assert "s3cret" not in problem
    for fine in ("https://hooks.example.com/s3cret", "http://127.0.0.1:8080/s3cret"):
        settings = load({**ENOUGH, "SLI_TEAMS_WEBHOOK_URL": fine}, NO_FILE)
        assert settings.teams_webhook_url is not None
        assert settings.teams_webhook_url.get_secret_value() == fine
        assert "s3cret" not in repr(settings)


def test_an_address_with_a_name_around_it_is_refused_in_words_and_not_in_a_pattern() -> None:
    [problem] = problems({**ENOUGH, "SLI_MAIL_FROM": "SLI agent <sli@example.com>"})
    assert (
        problem
        == "SLI_MAIL_FROM is not written as it should be: sender of the alerts, a bare address. See .env.example."
    )
