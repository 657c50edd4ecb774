"""Requests to the kiosk's page inside one process: every guard and every handler, and no socket."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Message

HOST = "127.0.0.1:8080"
TOKEN = "0123456789abcdef0123456789abcdef"


@dataclass(frozen=True)
class Answer:
    status: int
    text: str

    @property
    def body(self) -> Any:
        return json.loads(self.text)


async def ask(app: ASGIApp, method: str, path: str, body: object = None) -> Answer:
    """One request as the page sends it."""
    raw = b"" if body is None else json.dumps(body).encode()
    headers = {"host": HOST, "x-kiosk-token": TOKEN, "origin": f"http://{HOST}", "content-type": "application/json"}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "server": ("127.0.0.1", 8080),
        "client": ("127.0.0.1", 40000),
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": raw, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    content = b"".join(each.get("body", b"") for each in sent if each["type"] == "http.response.body")
    return Answer(status=int(sent[0]["status"]), text=content.decode())
