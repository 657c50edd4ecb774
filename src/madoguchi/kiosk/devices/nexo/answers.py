"""What a terminal's answer says, for certain: nexo Sale to POI 3.0 in JSON.

Layouts as published for two implementations: docs.adyen.com (Terminal API: payment, reversal, transaction status,
diagnosis) and github.com/datameshgroup/fusion (docs/api-reference/data-model.md).

1. An answer counts only when its header repeats ours: class, category, type, SaleID, POIID, ServiceID.
2. *Paid* needs our whole reference in SaleTransactionID, the whole amount that we asked, in yen, and a slip number.
   *Given back* has no reference of ours to repeat: whatever it does name (payment, amount) must be right.
3. *Nothing moved* needs no amount, and a condition that cannot hide a charge. Of a payment, our reference too.
4. Everything else is unknown: AnswerError. So is NotFound, said of a question: a terminal that was reset forgets, and a
   request may still be on its way to it.

Fields that are not named here are dropped while parsing: the payment medium (PAN, token) and receipts above all. An
error's text never quotes an answer.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from madoguchi.kiosk.devices.nexo.book import NotTaken, Taken
from madoguchi.kiosk.money import Declined

CURRENCY: Final = "JPY"
MAX_ANSWER_OCTETS: Final = 256 * 1024
_CERTAIN: Final = {
    "Aborted": Declined.CANCELLED,
    "Cancel": Declined.CANCELLED,
    "Refusal": Declined.CANCELLED,
    "PaymentRestriction": Declined.CANCELLED,
    "InvalidCard": Declined.CANCELLED,
    "NotAllowed": Declined.NEVER_BEGUN,
    "Busy": Declined.NEVER_BEGUN,
    "LoggedOut": Declined.NEVER_BEGUN,
    "MessageFormat": Declined.NEVER_BEGUN,
}
"""Conditions of a failure after which nothing was taken, if each request is sent once only: *Busy* or *NotAllowed* may
otherwise be said of the second one. A host that was not reached, or did not answer, may have charged: not here."""
_CERTAIN_OF_A_REVERSAL: Final = {*_CERTAIN, "NotFound"}
"""A payment that the terminal does not know it did not give back."""

Text = Annotated[str, Meta(min_length=1, max_length=128)]
Slip = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
Time = Annotated[str, Meta(pattern=r"^[0-9T:.Z+-]{1,40}$")]


class AnswerError(Exception):
    """Nobody knows from this answer what the terminal did. The text quotes nothing of it."""


class _Named(msgspec.Struct, rename="pascal", frozen=True, kw_only=True):
    """Fields are written as nexo writes them; unknown ones are dropped."""


class Header(_Named, frozen=True, kw_only=True):
    """Which message this is."""

    message_class: Text
    message_category: Text
    message_type: Text
    service_id: Text = msgspec.field(name="ServiceID")
    sale_id: Text = msgspec.field(name="SaleID")
    poi_id: Text = msgspec.field(name="POIID")


class _Transaction(_Named, frozen=True, kw_only=True):
    transaction_id: Text = msgspec.field(name="TransactionID")


class _PoiTransaction(_Named, frozen=True, kw_only=True):
    transaction_id: Slip = msgspec.field(name="TransactionID")
    time_stamp: Time


class _SaleData(_Named, frozen=True, kw_only=True):
    sale_transaction_id: _Transaction = msgspec.field(name="SaleTransactionID")


class _PoiData(_Named, frozen=True, kw_only=True):
    poi_transaction_id: _PoiTransaction | None = msgspec.field(name="POITransactionID", default=None)


class _Amounts(_Named, frozen=True, kw_only=True):
    authorized_amount: int | float
    currency: str = CURRENCY


class _PaymentResult(_Named, frozen=True, kw_only=True):
    amounts_resp: _Amounts | None = None


class _Response(_Named, frozen=True, kw_only=True):
    result: str
    error_condition: str = ""


class _Payment(_Named, frozen=True, kw_only=True):
    response: _Response
    sale_data: _SaleData | None = None
    poi_data: _PoiData | None = msgspec.field(name="POIData", default=None)
    payment_result: _PaymentResult | None = None


class _Reversal(_Named, frozen=True, kw_only=True):
    response: _Response
    original_poi_transaction: _PoiData | None = msgspec.field(name="OriginalPOITransaction", default=None)
    reversed_amount: int | float | None = None


class _RepeatedBody(_Named, frozen=True, kw_only=True):
    payment_response: _Payment | None = None
    reversal_response: _Reversal | None = None


class _Repeated(_Named, frozen=True, kw_only=True):
    message_header: Header
    repeated_response_message_body: _RepeatedBody


class _Status(_Named, frozen=True, kw_only=True):
    response: _Response
    repeated_message_response: _Repeated | None = None


class _PoiStatus(_Named, frozen=True, kw_only=True):
    global_status: str


class _Host(_Named, frozen=True, kw_only=True):
    is_reachable_flag: bool = True


class _Diagnosis(_Named, frozen=True, kw_only=True):
    response: _Response
    poi_status: _PoiStatus | None = msgspec.field(name="POIStatus", default=None)
    host_status: tuple[_Host, ...] = ()


class _Body(_Named, frozen=True, kw_only=True):
    message_header: Header
    payment_response: _Payment | None = None
    reversal_response: _Reversal | None = None
    transaction_status_response: _Status | None = None
    diagnosis_response: _Diagnosis | None = None


class _Envelope(msgspec.Struct, frozen=True, kw_only=True):
    body: _Body = msgspec.field(name="SaleToPOIResponse")


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Who speaks with whom."""

    sale_id: str
    poi_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One payment as it was asked."""

    names: Names
    service_id: str
    reference: str
    yen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedBack:
    """One reversal as it was asked."""

    names: Names
    service_id: str
    slip: str
    yen: int


def read_payment(raw: bytes, asked: Asked) -> Taken | NotTaken:
    """The answer to the payment itself. Raises AnswerError."""
    body = _decode(raw)
    _expect_header(body.message_header, asked.names, category="Payment", service_id=asked.service_id)
    return _judge(body.payment_response, asked)


def read_payment_status(raw: bytes, asked: Asked, *, service_id: str) -> Taken | NotTaken:
    """The answer to the question `service_id` about that payment, with its own answer repeated. Raises AnswerError."""
    repeated = _repeated(raw, asked.names, service_id=service_id)
    _expect_header(repeated.message_header, asked.names, category="Payment", service_id=asked.service_id)
    return _judge(repeated.repeated_response_message_body.payment_response, asked)


def read_reversal(raw: bytes, asked: AskedBack) -> int:
    """What was given back, as the answer to the reversal itself says. Raises AnswerError."""
    body = _decode(raw)
    _expect_header(body.message_header, asked.names, category="Reversal", service_id=asked.service_id)
    return _given(body.reversal_response, asked)


def read_reversal_status(raw: bytes, asked: AskedBack, *, service_id: str) -> int:
    """The same, as the answer to the question `service_id` says. Raises AnswerError."""
    repeated = _repeated(raw, asked.names, service_id=service_id)
    _expect_header(repeated.message_header, asked.names, category="Reversal", service_id=asked.service_id)
    return _given(repeated.repeated_response_message_body.reversal_response, asked)


def expect_ready(raw: bytes, names: Names, *, service_id: str) -> None:
    """The answer to a diagnosis: it could take a payment now. Raises AnswerError otherwise."""
    body = _decode(raw)
    _expect_header(body.message_header, names, category="Diagnosis", service_id=service_id)
    told = body.diagnosis_response
    if told is None or told.response.result != "Success" or told.poi_status is None:
        raise AnswerError("no diagnosis")
    if told.poi_status.global_status != "OK":
        raise AnswerError("the terminal is not ready")
    if told.host_status and not any(host.is_reachable_flag for host in told.host_status):
        raise AnswerError("no host is reached")


def _decode(raw: bytes) -> _Body:
    if len(raw) > MAX_ANSWER_OCTETS:
        raise AnswerError("too long")
    try:
        return msgspec.json.decode(raw, type=_Envelope).body
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise AnswerError("not nexo") from None  # the cause could quote a value


def _expect_header(
    header: Header,
    names: Names,
    *,
    category: Literal["Payment", "Reversal", "TransactionStatus", "Diagnosis"],
    service_id: str,
) -> None:
    """Step 1."""
    expected = Header(
        message_class="Service",
        message_category=category,
        message_type="Response",
        service_id=service_id,
        sale_id=names.sale_id,
        poi_id=names.poi_id,
    )
    if header != expected:
        raise AnswerError("an answer to another request")


def _repeated(raw: bytes, names: Names, *, service_id: str) -> _Repeated:
    body = _decode(raw)
    _expect_header(body.message_header, names, category="TransactionStatus", service_id=service_id)
    status = body.transaction_status_response
    if status is None or status.response.result != "Success" or status.repeated_message_response is None:
        raise AnswerError("no answer to repeat")
    return status.repeated_message_response


def _judge(payment: _Payment | None, asked: Asked) -> Taken | NotTaken:
    if payment is None or payment.sale_data is None:
        raise AnswerError("no payment in the answer")
    if payment.sale_data.sale_transaction_id.transaction_id != asked.reference:
        raise AnswerError("another payment")
    amounts = None if payment.payment_result is None else payment.payment_result.amounts_resp
    slip = None if payment.poi_data is None else payment.poi_data.poi_transaction_id
    if payment.response.result == "Success":  # 2
        if amounts is None or (amounts.authorized_amount, amounts.currency) != (asked.yen, CURRENCY):
            raise AnswerError("another amount")
        if slip is None:
            raise AnswerError("no slip number")
        return Taken(slip=slip.transaction_id, at=slip.time_stamp)
    _expect_nothing_moved(payment.response, 0 if amounts is None else amounts.authorized_amount, certain=_CERTAIN)
    return NotTaken(why=_CERTAIN[payment.response.error_condition])


def _given(reversal: _Reversal | None, asked: AskedBack) -> int:
    if reversal is None:
        raise AnswerError("no reversal in the answer")
    original = reversal.original_poi_transaction
    if original is not None and (slip := original.poi_transaction_id) and slip.transaction_id != asked.slip:
        raise AnswerError("a reversal of another payment")
    if reversal.response.result == "Success":  # 2
        if reversal.reversed_amount not in {None, asked.yen}:
            raise AnswerError("another amount")
        return asked.yen
    _expect_nothing_moved(reversal.response, reversal.reversed_amount or 0, certain=_CERTAIN_OF_A_REVERSAL)
    return 0


def _expect_nothing_moved(response: _Response, amount: float, *, certain: Container[str]) -> None:
    """Step 3."""
    if response.result != "Failure" or response.error_condition not in certain or amount:
        raise AnswerError("neither done nor surely not done")  # 4
