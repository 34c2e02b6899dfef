"""The mail sink's pages: what arrived, readable on a phone, and doors through which to refuse addresses."""

from __future__ import annotations

from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from typing import Any, TypeVar

from jinja2 import Environment, PackageLoader
from pydantic import BaseModel, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse
from starlette.routing import Route

from agent.sandbox.mail_sink import KeptMessage, MailSink

HEADERS = {
    # Mail is other people's text: no scripts, nothing loaded from elsewhere, no guessing at types.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    "X-Content-Type-Options": "nosniff",
}


class Refuse(BaseModel, extra="forbid"):
    """The body of `POST /mail/refuse`: code 4xx (try later) or 5xx (never), at RCPT or after DATA."""

    address: str = Field(pattern="@")
    code: int = Field(default=550, ge=400, le=599)
    text: str = Field(default="No such mailbox here", pattern=r"^[ -~]+$")
    after_data: bool = False


class Accept(BaseModel, extra="forbid"):
    """The body of `POST /mail/accept`."""

    address: str = Field(pattern="@")


Order = TypeVar("Order", Refuse, Accept)


def mail_routes(sink: MailSink) -> list[Route]:
    """The routes of one sink, to stand beside the sandbox org: pages for people, `/mail.json` for machines,
    and two doors, `/mail/refuse` and `/mail/accept`, that take a JSON body."""
    pages = _Pages(sink)
    return [
        Route("/mail", pages.overview),
        Route("/mail.json", pages.as_json),
        Route("/mail/refuse", pages.refuse, methods=["POST"]),
        Route("/mail/accept", pages.accept, methods=["POST"]),
        Route("/mail/{number:int}", pages.message),
        Route("/mail/{number:int}/raw", pages.raw),
    ]


class _Pages:
    def __init__(self, sink: MailSink) -> None:
        self._sink = sink
        self._templates = Environment(
            loader=PackageLoader("agent.sandbox"), autoescape=True, trim_blocks=True, lstrip_blocks=True
        )

    async def overview(self, _: Request) -> HTMLResponse:
        return self._page("mail_list.html", mails=self._newest_first(), refusals=self._sink.refusals)

    async def message(self, request: Request) -> HTMLResponse:
        return self._page("mail_message.html", mail=_readable(self._kept(request)))

    async def raw(self, request: Request) -> PlainTextResponse:
        return PlainTextResponse(self._kept(request).raw, headers=HEADERS)

    async def as_json(self, _: Request) -> JSONResponse:
        return JSONResponse(self._newest_first(), headers=HEADERS)

    async def refuse(self, request: Request) -> JSONResponse:
        order = await _order(request, Refuse)
        self._sink.refuse(order.address, order.code, order.text, after_data=order.after_data)
        return JSONResponse({"refused": order.model_dump()})

    async def accept(self, request: Request) -> JSONResponse:
        order = await _order(request, Accept)
        self._sink.accept(order.address)
        return JSONResponse({"accepted": order.address})

    def _newest_first(self) -> list[dict[str, Any]]:
        return [_readable(kept) for kept in reversed(self._sink.messages)]

    def _kept(self, request: Request) -> KeptMessage:
        number: int = request.path_params["number"]
        kept = self._sink.messages
        if not 1 <= number <= len(kept):
            raise HTTPException(
                404, f"There is no message {number}: the sink has kept {len(kept)}. See /mail."
            )
        return kept[number - 1]

    def _page(self, template: str, **values: Any) -> HTMLResponse:
        return HTMLResponse(self._templates.get_template(template).render(values), headers=HEADERS)


async def _order(request: Request, kind: type[Order]) -> Order:
    try:
        return kind.model_validate_json(await request.body())
    except ValidationError as error:
        mistakes = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'body'}: {e['msg']}" for e in error.errors())
        raise HTTPException(422, f"{request.url.path} needs {kind.__doc__} {mistakes}") from error


def _readable(kept: KeptMessage) -> dict[str, Any]:
    """A message for people, parsed leniently: a broken header is shown as it is and never breaks the page."""
    message = message_from_bytes(kept.raw)
    headers = [(name, _decoded(str(value))) for name, value in message.raw_items()]
    return {
        "number": kept.number,
        "from": kept.mail_from,
        "to": list(kept.rcpt_tos),
        "subject": next((value for name, value in headers if name.lower() == "subject"), ""),
        "headers": headers,
        "text": _first_part(message, "text/plain"),
        "html": _first_part(message, "text/html"),
    }


def _decoded(raw: str) -> str:
    """A header without its encoded words; bytes beyond ASCII are read as UTF-8."""
    value = raw.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    try:
        return str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, ValueError):
        return value


def _first_part(message: Message, content_type: str) -> str | None:
    for part in message.walk():
        if part.get_content_type() == content_type and part.get_content_disposition() != "attachment":
            payload = part.get_payload(decode=True)
            return _text(payload, part.get_content_charset("utf-8")) if isinstance(payload, bytes) else None
    return None


def _text(payload: bytes, charset: str) -> str:
    try:
        return payload.decode(charset, "replace")
    except LookupError:
        return payload.decode("utf-8", "replace")
