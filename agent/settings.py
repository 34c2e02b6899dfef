"""Settings from the environment (prefix SLI_) and `.env`; every secret may also be given as NAME_FILE."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from agent.errors import ConfigurationError

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
SECRETS = (
    "SLI_SF_CLIENT_SECRET",
    "SLI_SF_PRIVATE_KEY",
    "SLI_SF_CLIENT_ID",
    "SLI_SMTP_URL",
    "SLI_SLACK_WEBHOOK_URL",
    "SLI_TEAMS_WEBHOOK_URL",
)


class Settings(BaseSettings):
    """Everything a run needs beside the mappings. Names in the environment: `SLI_` and the field's name."""

    model_config = SettingsConfigDict(env_prefix="SLI_", extra="ignore", frozen=True)

    sf_login_url: str = Field("https://login.salesforce.com", description="host that gives the token")
    sf_instance_url: str = Field("", description="My Domain URL; needed for client credentials")
    sf_auth: Literal["jwt", "client_credentials"] = Field("jwt", description="how to sign in")
    sf_client_id: str = Field(description="consumer key of the external client app")
    sf_client_secret: SecretStr | None = Field(None, description="consumer secret (client_credentials)")
    sf_username: str = Field("", description="integration user (jwt)")
    sf_private_key: SecretStr | None = Field(None, description="PEM private key (jwt)")
    sf_api_version: str = Field("65.0", pattern=r"^\d{2}\.0$", description="REST API version")
    mappings: Path = Field(Path("mappings/sandbox"), description="folder that names this org's fields")
    state_dir: Path = Field(Path("state"), description="where the database lives")
    poll_seconds: int = Field(60, ge=5, le=3600, description="seconds between two polls")
    smtp_url: SecretStr = Field(description="smtp://[user:password@]host:port, smtps://, smtp+starttls://")
    mail_from: str = Field(
        pattern=r"^[^@\s<>]+@[^@\s<>]+$", description="sender of the alerts, a bare address"
    )
    admin_email: str = Field(
        pattern=r"^[^@\s<>]+@[^@\s<>]+$", description="who hears of trouble and of going live, a bare address"
    )
    slack_webhook_url: SecretStr | None = Field(None, description="incoming webhook of a Slack channel")
    teams_webhook_url: SecretStr | None = Field(None, description="webhook of a Teams workflow")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # `load` hands every value over itself: the environment, `.env` and NAME_FILE follow one rule there.
        return (init_settings,)

    @field_validator("sf_login_url", "sf_instance_url")
    @classmethod
    def _https_unless_loopback(cls, url: str) -> str:
        _must_be_private(url)
        return url.rstrip("/")

    @field_validator("slack_webhook_url", "teams_webhook_url")
    @classmethod
    def _webhook_https_unless_loopback(cls, url: SecretStr | None) -> SecretStr | None:
        _must_be_private(url.get_secret_value() if url else "")
        return url

    @model_validator(mode="after")
    def _complete_sign_in(self) -> Settings:
        needed = {
            "jwt": (("SLI_SF_USERNAME", self.sf_username), ("SLI_SF_PRIVATE_KEY", self.sf_private_key)),
            "client_credentials": (
                ("SLI_SF_INSTANCE_URL", self.sf_instance_url),
                ("SLI_SF_CLIENT_SECRET", self.sf_client_secret),
            ),
        }[self.sf_auth]
        missing = [name for name, value in needed if not value]
        if missing:
            raise ValueError(f"SLI_SF_AUTH={self.sf_auth} also needs {' and '.join(missing)}")
        return self


def _must_be_private(url: str) -> None:
    try:
        parts = urlsplit(url)
        is_loopback = parts.hostname in LOOPBACK
    except ValueError:
        # The parser's own words quote the URL, which may be a secret.
        raise ValueError("is no URL that can be read") from None
    if url and not (parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback))):
        raise ValueError("use https:// (plain http only to this machine)")


def load(environ: Mapping[str, str] | None = None, env_file: Path = Path(".env")) -> Settings:
    """Settings from the environment over `.env`.

    Raises:
        ConfigurationError: with every problem, one line each, named by variable.
    """
    given = {k: v for k, v in dotenv_values(env_file).items() if v} if env_file.is_file() else {}
    given |= dict(os.environ if environ is None else environ)
    problems: list[str] = []
    _read_secret_files(given, problems)
    values = {k.removeprefix("SLI_").lower(): v for k, v in given.items() if k.startswith("SLI_") and v}
    try:
        settings = Settings(**values)  # type: ignore[arg-type]  # validated by pydantic, not by the type checker
    except ValidationError as error:
        problems += [_explain(e["loc"], e["msg"]) for e in error.errors()]
    if problems:
        raise ConfigurationError(problems)
    return settings


def _read_secret_files(given: dict[str, str], problems: list[str]) -> None:
    for name in SECRETS:
        path = given.get(f"{name}_FILE")
        if not path:
            continue
        try:
            given[name] = Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            problems.append(f"{name}_FILE: cannot read {path}: {error.strerror}")


def _explain(loc: tuple[int | str, ...], message: str) -> str:
    if not loc:
        return message.removeprefix("Value error, ")
    name = f"SLI_{str(loc[0]).upper()}"
    if message == "Field required":
        description = Settings.model_fields[str(loc[0])].description
        return f"{name} is not set: {description}. Set it in the environment or in .env (see .env.example)."
    if "match pattern" in message:  # Nobody reads regular expressions at night.
        description = Settings.model_fields[str(loc[0])].description
        return f"{name} is not written as it should be: {description}. See .env.example."
    return f"{name}: {message.removeprefix('Value error, ')}"
