"""What can go wrong, as types that carry the next action.

AgentError
├── ConfigurationError     settings or mappings are wrong: exit code 2
└── SalesforceError        the org said no, or could not be asked
    ├── SignInError        credentials or consent: nobody but a person can mend it
    ├── Unreachable        network, timeout, 5xx, HTML from the edge: try again later
    ├── LimitExceeded      the org's request limits: wait (`daily` tells hours from seconds)
    ├── Forbidden          a missing right, a hidden field or object: a person must mend it
    ├── Gone               the record is deleted or was never there
    └── Rejected           the request or row is wrong as it stands; the same again fails again
"""

from __future__ import annotations

from collections.abc import Sequence


class AgentError(Exception):
    """Base of all errors of this agent. `hint` says how to mend it; `retry` whether trying again can help."""

    retry = False

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class ConfigurationError(AgentError):
    """Settings or mappings are wrong. Collects everything at once: one line per problem."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class SalesforceError(AgentError):
    """The org's own error code (`INVALID_FIELD`, ...) is in `code`, "" where there is none."""

    def __init__(self, message: str, *, code: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code


class SignInError(SalesforceError):
    """The org refused the credentials."""


class Unreachable(SalesforceError):
    """The org could not be asked, or its edge answered instead."""

    retry = True


class LimitExceeded(SalesforceError):
    """REQUEST_LIMIT_EXCEEDED; `daily` is True for the rolling 24 hours, False for concurrent requests."""

    retry = True

    def __init__(self, message: str, *, daily: bool, code: str = "REQUEST_LIMIT_EXCEEDED") -> None:
        super().__init__(message, code=code)
        self.daily = daily


class Forbidden(SalesforceError):
    """Hidden or missing: the object, the field or the right."""


class Gone(SalesforceError):
    """Deleted, or never there."""


class Rejected(SalesforceError):
    """Wrong as it stands. `retry` is True for row locks and other passing states."""

    def __init__(self, message: str, *, code: str = "", hint: str = "", retry: bool = False) -> None:
        super().__init__(message, code=code, hint=hint)
        self.retry = retry
