"""A terminal's answer is paid, surely not paid, or unknown: never paid by mistake, and never unpaid by mistake."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.kiosk.devices.nexo.answers import (
    MAX_ANSWER_OCTETS,
    AnswerError,
    Asked,
    AskedBack,
    Names,
    expect_ready,
    read_payment,
    read_payment_status,
    read_reversal,
    read_reversal_status,
)
from madoguchi.kiosk.devices.nexo.book import NotTaken, Taken

NAMES = Names(sale_id="kiosk-1", poi_id="POI-7")
ASKED = Asked(names=NAMES, service_id="PABCDEFGHI", reference="0f" * 23, yen=600)
QUESTION = "QABCDEFGHI"
PAN = "4111111111111111"


def header(category: str = "Payment", service_id: str = ASKED.service_id) -> dict[str, Any]:
    return {
        "ProtocolVersion": "3.0",
        "MessageClass": "Service",
        "MessageCategory": category,
        "MessageType": "Response",
        "ServiceID": service_id,
        "SaleID": NAMES.sale_id,
        "POIID": NAMES.poi_id,
    }


def payment(result: str = "Success", condition: str | None = None) -> dict[str, Any]:
    made: dict[str, Any] = {
        "Response": {"Result": result},
        "SaleData": {"SaleTransactionID": {"TransactionID": ASKED.reference, "TimeStamp": "2026-11-27T00:00:00Z"}},
        "POIData": {"POITransactionID": {"TransactionID": "slip.1", "TimeStamp": "2026-11-27T00:00:01Z"}},
    }
    if condition is not None:
        made["Response"]["ErrorCondition"] = condition
    if result == "Success":
        made["PaymentResult"] = {
            "AmountsResp": {"Currency": "JPY", "AuthorizedAmount": ASKED.yen},
            "PaymentInstrumentData": {"CardData": {"MaskedPan": PAN}},
        }
    return made


def answer(body: dict[str, Any]) -> dict[str, Any]:
    return {"SaleToPOIResponse": {"MessageHeader": header(), "PaymentResponse": body}}


def status(repeated: dict[str, Any] | None, result: str = "Success", condition: str = "") -> dict[str, Any]:
    told: dict[str, Any] = {"Response": {"Result": result, "ErrorCondition": condition}}
    if repeated is not None:
        body = {"MessageHeader": header(), "RepeatedResponseMessageBody": {"PaymentResponse": repeated}}
        told["RepeatedMessageResponse"] = body
    outer = header("TransactionStatus", QUESTION)
    return {"SaleToPOIResponse": {"MessageHeader": outer, "TransactionStatusResponse": told}}


def read(message: Any) -> Taken | NotTaken:
    return read_payment(json.dumps(message).encode(), ASKED)


def asked_again(message: Any) -> Taken | NotTaken:
    return read_payment_status(json.dumps(message).encode(), ASKED, service_id=QUESTION)


def test_paid_is_paid_told_now_or_later() -> None:
    assert read(answer(payment())) == asked_again(status(payment())) == Taken(slip="slip.1", at="2026-11-27T00:00:01Z")


@pytest.mark.parametrize("condition", ["Aborted", "Cancel", "Refusal", "Busy", "NotAllowed"])
def test_what_took_nothing_is_told_so(condition: str) -> None:
    body = payment("Failure", condition)
    assert isinstance(read(answer(body)), NotTaken)
    assert read(answer(body)) == asked_again(status(body))


@pytest.mark.parametrize("condition", ["UnreachableHost", "InProgress", "NotFound", "DeviceOut", "", PAN, None])
def test_a_condition_that_may_hide_a_charge_is_unknown(condition: str | None) -> None:
    with pytest.raises(AnswerError):
        read(answer(payment("Failure", condition)))


@pytest.mark.parametrize("condition", ["NotFound", "InProgress", "Busy"])
def test_a_question_that_finds_nothing_is_unknown(condition: str) -> None:
    with pytest.raises(AnswerError):
        asked_again(status(None, "Failure", condition))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        *[(("MessageHeader", key), "other") for key in header() if key != "ProtocolVersion"],
        (("PaymentResponse", "SaleData", "SaleTransactionID", "TransactionID"), ASKED.reference[:-1]),
        (("PaymentResponse", "PaymentResult", "AmountsResp", "AuthorizedAmount"), 599),
        (("PaymentResponse", "PaymentResult", "AmountsResp", "AuthorizedAmount"), 600.5),
        (("PaymentResponse", "PaymentResult", "AmountsResp", "Currency"), "USD"),
        (("PaymentResponse", "POIData", "POITransactionID", "TransactionID"), "a slip\n"),
        (("PaymentResponse", "Response", "Result"), "Partial"),
        (("PaymentResponse", "SaleData"), None),
        (("PaymentResponse", "POIData"), None),
        (("PaymentResponse", "PaymentResult"), None),
    ],
)
def test_a_lie_is_unknown(path: tuple[str, ...], value: Any) -> None:
    message = answer(payment())
    place = message["SaleToPOIResponse"]
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(AnswerError):
        read(message)


def test_a_failure_with_an_amount_contradicts_itself() -> None:
    body = payment("Failure", "Aborted")
    body["PaymentResult"] = {"AmountsResp": {"AuthorizedAmount": ASKED.yen}}
    with pytest.raises(AnswerError):
        read(answer(body))


def test_the_repeated_answer_must_be_of_this_payment_too() -> None:
    message = status(payment())
    told = message["SaleToPOIResponse"]["TransactionStatusResponse"]["RepeatedMessageResponse"]
    told["MessageHeader"] = header(service_id="PZZZZZZZZZ")
    with pytest.raises(AnswerError):
        asked_again(message)


def test_nothing_of_the_medium_is_kept_or_quoted() -> None:
    assert PAN not in repr(read(answer(payment())))
    broken = copy.deepcopy(answer(payment()))
    broken["SaleToPOIResponse"]["PaymentResponse"]["Response"]["Result"] = {"pan": PAN}
    with pytest.raises(AnswerError) as caught:
        read(broken)
    assert PAN not in str(caught.value)
    assert caught.value.__cause__ is None


def test_an_answer_too_long_is_not_read() -> None:
    with pytest.raises(AnswerError, match="too long"):
        read_payment(b" " * MAX_ANSWER_OCTETS + b"{}", ASKED)


@given(raw=st.binary(max_size=200))
def test_noise_is_unknown(raw: bytes) -> None:
    with pytest.raises(AnswerError):
        read_payment(raw, ASKED)


@given(data=st.data())
def test_half_or_a_spoilt_answer_says_the_same_or_nothing(data: st.DataObject) -> None:
    """Never another slip than an octet of the slip itself was changed to, and never *not paid*."""
    raw = bytearray(json.dumps(answer(payment())).encode())
    place = data.draw(st.integers(0, len(raw) - 1))
    if data.draw(st.booleans()):
        raw = raw[:place]
    else:
        raw[place] = data.draw(st.integers(0, 255))
    try:
        read = read_payment(bytes(raw), ASKED)
    except AnswerError:
        return
    assert isinstance(read, Taken)


def reversal(result: str = "Success", condition: str | None = None, **more: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"Result": result} if condition is None else {"Result": result, "ErrorCondition": condition}
    return {"Response": told, **more}


BACK = AskedBack(names=NAMES, service_id="RABCDEFGHI", slip="slip.1", yen=300)


def given_now(body: dict[str, Any]) -> int:
    head = header("Reversal", BACK.service_id)
    return read_reversal(
        json.dumps({"SaleToPOIResponse": {"MessageHeader": head, "ReversalResponse": body}}).encode(), BACK
    )


def given_later(body: dict[str, Any]) -> int:
    message = status(payment())
    told = message["SaleToPOIResponse"]["TransactionStatusResponse"]["RepeatedMessageResponse"]
    told["MessageHeader"] = header("Reversal", BACK.service_id)
    told["RepeatedResponseMessageBody"] = {"ReversalResponse": body}
    return read_reversal_status(json.dumps(message).encode(), BACK, service_id=QUESTION)


@pytest.mark.parametrize("given", [given_now, given_later])
class TestReversal:
    @pytest.mark.parametrize(
        "more", [{}, {"ReversedAmount": 300.0}, {"OriginalPOITransaction": payment()["POIData"]}], ids=str
    )
    def test_given_back_is_told_so(self, given: Callable[[Any], int], more: dict[str, Any]) -> None:
        assert given(reversal(**more)) == 300

    @pytest.mark.parametrize("condition", ["NotAllowed", "Refusal", "NotFound", "Busy"])
    def test_refused_is_nothing(self, given: Callable[[Any], int], condition: str) -> None:
        assert given(reversal("Failure", condition)) == 0

    @pytest.mark.parametrize(
        "body",
        [
            reversal("Failure", "UnreachableHost"),
            reversal("Failure"),
            reversal("Partial", "NotFound"),
            reversal("Failure", "Refusal", ReversedAmount=300),
            reversal(ReversedAmount=299),
            reversal(OriginalPOITransaction={"POITransactionID": {"TransactionID": "x", "TimeStamp": "2026"}}),
            {},
        ],
        ids=str,
    )
    def test_anything_else_is_unknown(self, given: Callable[[Any], int], body: dict[str, Any]) -> None:
        with pytest.raises(AnswerError):
            given(body)


def test_a_reversal_that_is_not_known_later_is_unknown() -> None:
    with pytest.raises(AnswerError):
        read_reversal_status(json.dumps(status(None, "Failure", "NotFound")).encode(), BACK, service_id=QUESTION)


def diagnosed(status: Any, hosts: Any = (), result: str = "Success") -> None:
    told = {"Response": {"Result": result}, "POIStatus": status, "HostStatus": hosts}
    message = {"SaleToPOIResponse": {"MessageHeader": header("Diagnosis", QUESTION), "DiagnosisResponse": told}}
    expect_ready(json.dumps(message).encode(), NAMES, service_id=QUESTION)


def test_it_is_ready_when_terminal_and_a_host_are() -> None:
    diagnosed({"GlobalStatus": "OK"})
    diagnosed({"GlobalStatus": "OK"}, [{"IsReachableFlag": False}, {"IsReachableFlag": True}])


@pytest.mark.parametrize(
    "told",
    [
        ({"GlobalStatus": "Maintenance"},),
        ({"GlobalStatus": "OK"}, [{"IsReachableFlag": False}]),
        ({"GlobalStatus": "OK"}, [], "Failure"),
        (None,),
    ],
    ids=str,
)
def test_it_is_not_ready_otherwise(told: tuple[Any, ...]) -> None:
    with pytest.raises(AnswerError):
        diagnosed(*told)
