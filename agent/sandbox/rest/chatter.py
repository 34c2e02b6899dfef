"""`/chatter/feed-elements`: a post on a record's feed."""

from __future__ import annotations

from typing import Any

from agent.sandbox.errors import SalesforceError
from agent.sandbox.http import Response, json_response
from agent.sandbox.rest.call import Call
from agent.sandbox.soql.values import json_value

MOST_MENTIONS = 25
LONGEST_BODY = 10_000


def post(call: Call) -> Response:
    """`POST /chatter/feed-elements`: text and mentions, in the order of `messageSegments`."""
    match call.json():
        case {
            "feedElementType": "FeedItem",
            "subjectId": str(subject),
            "body": {"messageSegments": [_, *_] as segments},
        }:
            pass
        case _:
            message = "A post needs feedElementType FeedItem, subjectId and body.messageSegments"
            raise SalesforceError("INVALID_INPUT", message)
    texts = [_text(call, segment) for segment in segments]
    if sum(segment["type"] == "Mention" for segment in segments) > MOST_MENTIONS:
        raise SalesforceError(
            "LIMIT_EXCEEDED", f"A post can mention {MOST_MENTIONS} people or groups at most"
        )
    text = "".join(texts)
    if len(text) > LONGEST_BODY:
        raise SalesforceError("STRING_TOO_LONG", f"A post can have {LONGEST_BODY} characters at most")
    if call.view().row(subject) is None:
        raise SalesforceError("NOT_FOUND", "The subject of the post does not exist or is not accessible")
    item = call.org.post(subject, text, at=call.now, by=call.session.user_id)
    return json_response(
        {
            "id": item,
            "type": "TextPost",
            "feedElementType": "FeedItem",
            "body": {"text": text, "isRichText": False, "messageSegments": segments},
            "createdDate": json_value(call.now.replace(microsecond=0)),
            "parent": {"id": subject},
            "url": f"{call.root}/chatter/feed-elements/{item}",
        },
        201,
    )


def _text(call: Call, segment: Any) -> str:
    match segment:
        case {"type": "Text", "text": str(text)}:
            return text
        case {"type": "Mention", "id": str(user_id)} if (found := call.view().row(user_id)) is not None:
            return f"@{found[1]['Name']}"
        case _:
            raise SalesforceError(
                "INVALID_INPUT", f"A segment is neither Text nor a Mention of a user: {segment}"
            )
