"""A device's one certificate, loaded whatever another library left behind."""

from __future__ import annotations

import ctypes
import ctypes.util
import ssl

import pytest

from madoguchi.kiosk.devices.pinned import pinned_context, read_certificate
from tests.runtime.pki import Authority


def _leave_an_error() -> None:
    """Put an error into this thread's OpenSSL queue, as a library does that looks for an engine in vain."""
    name = ctypes.util.find_library("crypto")
    assert name is not None
    assert ctypes.CDLL(name).ENGINE_by_id(b"no such engine") == 0


def test_an_error_left_by_others_is_not_ours(authority: Authority) -> None:
    certificate = read_certificate(authority.issue("device").files.certificate)
    _leave_an_error()
    with pytest.raises(ssl.SSLError, match="NO_SUCH_ENGINE"):  # what is guarded against is there
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=certificate)
    _leave_an_error()
    assert pinned_context(certificate).cert_store_stats()["x509"] == 1


def test_what_is_no_certificate_is_still_refused() -> None:
    with pytest.raises(ssl.SSLError):
        pinned_context(b"no certificate")
