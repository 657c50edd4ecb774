"""What a terminal is asked: nexo Sale to POI 3.0 in JSON. Sources of the layouts: `answers.py`."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec

from madoguchi.kiosk.devices.nexo.answers import CURRENCY, Asked, Names
from madoguchi.kiosk.devices.nexo.book import Entry, Taken

_VERSION: Final = "3.0"
_QUESTION: Final = "Q"
"""First character of the ServiceID of whatever moves no money: never that of a payment or a reversal (`book.py`)."""
Category = Literal["Payment", "Reversal"]


@dataclass(frozen=True, slots=True)
class Request:
    """One message, and the ServiceID that its answer must repeat."""

    service_id: str
    raw: bytes


def payment(asked: Asked, *, at: str) -> Request:
    """Wait for a medium, and take the whole amount."""
    body = {
        "SaleData": {"SaleTransactionID": {"TransactionID": asked.reference, "TimeStamp": at}},
        "PaymentTransaction": {"AmountsReq": {"Currency": CURRENCY, "RequestedAmount": asked.yen}},
    }
    return _request(asked.names, "Payment", asked.service_id, body)


def reversal(names: Names, entry: Entry, taken: Taken, *, service_id: str, yen: int) -> Request:
    """Give so much of a payment back."""
    original = {
        "POITransactionID": {"TransactionID": taken.slip, "TimeStamp": taken.at},
        "SaleID": names.sale_id,
        "POIID": names.poi_id,
    }
    body: dict[str, Any] = {"OriginalPOITransaction": original, "ReversalReason": "MerchantCancel"}
    if yen != entry.yen:  # without an amount all of it goes back, which more terminals can
        body["ReversedAmount"] = yen
    return _request(names, "Reversal", service_id, body)


def status(names: Names, category: Category, service_id: str) -> Request:
    """What became of the message of this category and ServiceID."""
    body = {"ReceiptReprintFlag": False, "MessageReference": _reference(names, category, service_id)}
    return _request(names, "TransactionStatus", _question(), body)


def abort(names: Names, service_id: str) -> Request:
    """Wait no longer for a medium. The payment answers, not this."""
    body = {"AbortReason": "MerchantAbort", "MessageReference": _reference(names, "Payment", service_id)}
    return _request(names, "Abort", _question(), body)


def diagnosis(names: Names) -> Request:
    """Whether terminal and host can take a payment now."""
    return _request(names, "Diagnosis", _question(), {"HostDiagnosisFlag": True})


def _question() -> str:
    return _QUESTION + base64.b32encode(secrets.token_bytes(6)).decode()[:9]


def _reference(names: Names, category: Category, service_id: str) -> Mapping[str, str]:
    return {"MessageCategory": category, "SaleID": names.sale_id, "ServiceID": service_id}


def _request(names: Names, category: str, service_id: str, body: Mapping[str, Any]) -> Request:
    header = {
        "ProtocolVersion": _VERSION,
        "MessageClass": "Service",
        "MessageCategory": category,
        "MessageType": "Request",
        "ServiceID": service_id,
        "SaleID": names.sale_id,
        "POIID": names.poi_id,
    }
    message = {"SaleToPOIRequest": {"MessageHeader": header, f"{category}Request": body}}
    return Request(service_id, msgspec.json.encode(message))
