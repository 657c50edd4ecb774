"""What goes back over HTTP: a typed body, bytes, nothing, or a problem in one fixed shape."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from madoguchi.errors import MadoguchiError, PublicReason
from madoguchi.wire.codec import encode

CBOR = "application/cbor"
BYTES = "application/octet-stream"
JSON = "application/json"
REQUEST_ID_HEADER = "x-request-id"


class ProblemAnswer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of every refusal. Nothing of the cause is in it; the request id finds the cause in the log."""

    code: str
    public_reason: PublicReason
    request_id: str


def body_response(answer: msgspec.Struct | bytes | None, *, request_id: str) -> Response:
    """A Struct as CBOR, bytes as they are, None as 204."""
    if answer is None:
        return _response(b"", status=204, media=None, request_id=request_id)
    if isinstance(answer, bytes):
        return _response(answer, status=200, media=BYTES, request_id=request_id)
    return _response(encode(answer), status=200, media=CBOR, request_id=request_id)


def problem_response(error: MadoguchiError, *, request: Request, request_id: str, close: bool = False) -> Response:
    """The refusal as CBOR, or as JSON when the caller asks for JSON. `close` ends the connection after it."""
    answer = ProblemAnswer(code=error.code, public_reason=error.problem.public_reason, request_id=request_id)
    wants_json = JSON in request.headers.get("accept", "")
    raw, media = (msgspec.json.encode(answer), JSON) if wants_json else (encode(answer), CBOR)
    response = _response(raw, status=error.problem.status, media=media, request_id=request_id)
    if close:
        response.headers["connection"] = "close"
    return response


def _response(raw: bytes, *, status: int, media: str | None, request_id: str) -> Response:
    headers = {REQUEST_ID_HEADER: request_id, "cache-control": "no-store"}
    return Response(raw, status_code=status, media_type=media, headers=headers)
