"""What the sandbox org refuses, and the HTTP status each refusal has."""

from __future__ import annotations

from agent.sandbox.http import Response, error_response

_STATUS = {
    "INVALID_SESSION_ID": 401,
    "REQUEST_LIMIT_EXCEEDED": 403,
    "INSUFFICIENT_ACCESS_OR_READONLY": 403,
    "NOT_FOUND": 404,
    "ENTITY_IS_DELETED": 404,
    "METHOD_NOT_ALLOWED": 405,
    "PRECONDITION_FAILED": 412,
}


class SalesforceError(Exception):
    """A refusal in Salesforce's terms: its error code, its words and, for a save, the fields it is about.

    `status` is given where one code has two: INVALID_CROSS_REFERENCE_KEY is 404 for an unknown record and 400
    for a lookup that points nowhere.
    """

    def __init__(
        self, code: str, message: str, fields: tuple[str, ...] | None = None, *, status: int | None = None
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.fields = fields
        self.status = status or _STATUS.get(code, 400)

    def response(self) -> Response:
        return error_response(self.status, self.code, self.message, self.fields)
