"""A terminal of the tests that speaks nexo over TLS: it keeps its own books, and can lose, cut, forget and lie.

What money really moved stands in `ledger`, which no answer and no restart changes.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from aiohttp import web

from madoguchi.kiosk.devices.nexo.answers import Names
from tests.runtime.pki import Identity

NAMES = Names(sale_id="kiosk-1", poi_id="POI-7")
AT = "2026-11-27T00:00:01Z"


class Trouble(StrEnum):
    """What happens to one message."""

    LOST = "lost"
    """It is not read, and the line is cut."""
    UNANSWERED = "unanswered"
    """It is read and done, and the line is cut."""
    HALF = "half"
    """It is done, and half of the answer arrives."""
    WRONG_STATUS = "wrong_status"
    """It is done, and HTTP says that something broke."""


@dataclass(kw_only=True)
class Payment:
    """One, as the terminal knows it."""

    reference: str
    yen: int
    touched: asyncio.Future[str] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    """The condition of its failure; empty: paid."""
    slip: str = ""


@dataclass(kw_only=True)
class Terminal:
    """One life of it is until `restart`."""

    troubles: defaultdict[str, list[Trouble]] = field(default_factory=lambda: defaultdict(list))
    """By category, of the next messages."""
    lies: dict[str, Callable[[Any], Any]] = field(default_factory=dict)
    """By category, what becomes of an answer's body."""
    ledger: Counter[str] = field(default_factory=Counter)
    """Yen that were really taken, net, by our reference."""
    charges: Counter[str] = field(default_factory=Counter)
    """How often a reference was charged."""
    reversals: Counter[str] = field(default_factory=Counter)
    """How often a slip was given back."""
    payments: dict[str, Payment] = field(default_factory=dict)
    given: dict[str, int] = field(default_factory=dict)
    """By the ServiceID of the reversal."""
    slips: dict[str, Payment] = field(default_factory=dict)
    auto: str | None = None
    """A person stands there: the condition with which each payment is touched at once, empty when it pays."""
    gives_back: bool = True
    status: str = "OK"
    asked: list[Any] = field(default_factory=list)
    waiting: asyncio.Event = field(default_factory=asyncio.Event)
    transports: set[asyncio.BaseTransport] = field(default_factory=set)

    def touch(self, condition: str = "") -> None:
        """Hold a medium over it that pays, or that it refuses. It is done at once, whoever hears of it."""
        payment = next(each for each in self.payments.values() if not each.touched.done())
        if not condition:
            payment.slip = f"slip.{len(self.slips) + 1}"
            self.slips[payment.slip] = payment
            self.ledger[payment.reference] += payment.yen
            self.charges[payment.reference] += 1
        payment.touched.set_result(condition)
        self.waiting.clear()

    def restart(self, *, forgets: bool) -> None:
        """Power off and on: whoever was waited for is waited for no more."""
        for payment in self.payments.values():
            if not payment.touched.done():
                payment.touched.set_result("Aborted")
        self.waiting.clear()
        if forgets:
            self.payments, self.given = {}, {}
        for transport in self.transports:
            if isinstance(transport, asyncio.WriteTransport):
                transport.abort()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        message = (await request.json())["SaleToPOIRequest"]
        self.asked.append(message)
        header = message["MessageHeader"]
        category = header["MessageCategory"]
        trouble = self.troubles[category].pop(0) if self.troubles[category] else None
        assert request.transport is not None
        self.transports.add(request.transport)
        if trouble is Trouble.LOST:
            return _cut(request)
        body = await self._do(category, header["ServiceID"], message[f"{category}Request"])
        body = self.lies.get(category, lambda told: told)(body)
        told = {"MessageHeader": {**header, "MessageType": "Response"}, f"{category}Response": body}
        raw = json.dumps({"SaleToPOIResponse": told}).encode()
        match trouble:
            case Trouble.UNANSWERED:
                return _cut(request)
            case Trouble.HALF:
                raw = raw[: len(raw) // 2]
            case Trouble.WRONG_STATUS:
                return web.Response(status=500, body=raw, content_type="application/json")
        return web.Response(body=b"" if category == "Abort" else raw, content_type="application/json")

    async def _do(self, category: str, service_id: str, asked: Any) -> Any:
        match category:
            case "Payment":
                return await self._pay(service_id, asked)
            case "Reversal":
                return self._give_back(service_id, asked)
            case "TransactionStatus":
                return self._tell(asked["MessageReference"])
            case "Abort":
                payment = self.payments.get(asked["MessageReference"]["ServiceID"])
                if payment is not None and not payment.touched.done():
                    payment.touched.set_result("Aborted")
                    self.waiting.clear()
                return {}
            case _:
                return {"Response": {"Result": "Success"}, "POIStatus": {"GlobalStatus": self.status}}

    async def _pay(self, service_id: str, asked: Any) -> Any:
        amounts = asked["PaymentTransaction"]["AmountsReq"]
        reference = asked["SaleData"]["SaleTransactionID"]["TransactionID"]
        assert amounts["Currency"] == "JPY"
        assert service_id not in self.payments, "sent twice"
        if any(not each.touched.done() for each in self.payments.values()):
            return {**_failed("Busy"), "SaleData": asked["SaleData"]}
        payment = self.payments[service_id] = Payment(reference=reference, yen=amounts["RequestedAmount"])
        self.waiting.set()
        if self.auto is not None:
            self.touch(self.auto)
        await payment.touched
        return _paid(payment)

    def _give_back(self, service_id: str, asked: Any) -> Any:
        original = asked["OriginalPOITransaction"]["POITransactionID"]
        payment = self.slips.get(original["TransactionID"])
        if payment is None or original["TimeStamp"] != AT:
            return _failed("NotFound")
        if not self.gives_back:
            return _failed("NotAllowed")
        yen = asked.get("ReversedAmount", payment.yen)
        self.given[service_id] = yen
        self.ledger[payment.reference] -= yen
        self.reversals[payment.reference] += 1
        return {"Response": {"Result": "Success"}, "ReversedAmount": yen}

    def _tell(self, reference: Any) -> Any:
        service_id, category = reference["ServiceID"], reference["MessageCategory"]
        assert reference["SaleID"] == NAMES.sale_id
        if category == "Payment" and service_id in self.payments:
            if not self.payments[service_id].touched.done():
                return _failed("InProgress")
            body = _paid(self.payments[service_id])
        elif category == "Reversal" and service_id in self.given:
            body = {"Response": {"Result": "Success"}, "ReversedAmount": self.given[service_id]}
        else:
            return _failed("NotFound")
        header = {
            "ProtocolVersion": "3.0",
            "MessageClass": "Service",
            "MessageCategory": category,
            "MessageType": "Response",
            "ServiceID": service_id,
            "SaleID": NAMES.sale_id,
            "POIID": NAMES.poi_id,
        }
        repeated = {"MessageHeader": header, "RepeatedResponseMessageBody": {f"{category}Response": body}}
        return {"Response": {"Result": "Success"}, "RepeatedMessageResponse": repeated}


def _failed(condition: str) -> dict[str, Any]:
    return {"Response": {"Result": "Failure", "ErrorCondition": condition}}


def _paid(payment: Payment) -> dict[str, Any]:
    sale = {"SaleData": {"SaleTransactionID": {"TransactionID": payment.reference, "TimeStamp": AT}}}
    condition = payment.touched.result()
    if condition:
        return {**_failed(condition), **sale}
    return {
        **sale,
        "Response": {"Result": "Success"},
        "POIData": {"POITransactionID": {"TransactionID": payment.slip, "TimeStamp": AT}},
        "PaymentResult": {
            "AmountsResp": {"Currency": "JPY", "AuthorizedAmount": payment.yen},
            "PaymentInstrumentData": {"CardData": {"MaskedPan": "411111******1111"}},
        },
    }


def _cut(request: web.Request) -> web.Response:
    transport = request.transport
    if transport is not None:
        transport.abort()
    return web.Response()


@asynccontextmanager
async def serving(terminal: Terminal, identity: Identity, *, port: int = 0) -> AsyncIterator[str]:
    """Serve, and give the URL."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity.files.certificate, identity.files.key)
    app = web.Application()
    app.router.add_post("/nexo", terminal.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port, ssl_context=context)
    await site.start()
    try:
        yield f"https://127.0.0.1:{runner.addresses[0][1]}/nexo"
    finally:
        for payment in terminal.payments.values():
            if not payment.touched.done():
                payment.touched.set_result("Aborted")
        await runner.cleanup()
