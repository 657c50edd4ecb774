"""TLS with a device of the kiosk that is known by its one certificate, and by nothing else."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Sequence
from pathlib import Path

import aiohttp
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding


def pinned_session(
    certificate: bytes, *, connections: int, keep_alive: bool = True, traces: Sequence[aiohttp.TraceConfig] = ()
) -> aiohttp.ClientSession:
    """A session that speaks to the holder of this certificate (DER) alone. To be made on the event loop.

    It keeps no cookie, uses no proxy, and names no program. Each request must be given `pinned_context` as well.
    `connections`: at most, at the same time; without `keep_alive` each request has one of its own.
    """
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            ssl=aiohttp.Fingerprint(hashlib.sha256(certificate).digest()),
            limit=connections,
            force_close=not keep_alive,
        ),
        trace_configs=list(traces),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
        skip_auto_headers=("User-Agent", "Accept-Encoding"),
    )


def pinned_context(certificate: bytes) -> ssl.SSLContext:
    """Who a device is follows from its pinned certificate alone: devices sign their own, for changing names.

    The certificate itself is the anchor, so another one fails in the handshake; that it is this very one, and not one
    that a pinned authority signed, is what the connector's fingerprint says afterwards.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    _trust(context, certificate)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _trust(context: ssl.SSLContext, certificate: bytes) -> None:
    """Python takes an error that another library left in this thread's OpenSSL queue for one of the loading.

    Raising empties the queue, so the second attempt tells the truth. Adding a certificate twice adds it once.
    """
    try:
        context.load_verify_locations(cadata=certificate)
    except ssl.SSLError:
        context.load_verify_locations(cadata=certificate)


def read_certificate(file: Path) -> bytes:
    """The one certificate of a PEM file, as DER. Raises OSError, ValueError."""
    certificates = x509.load_pem_x509_certificates(file.read_bytes())
    if len(certificates) != 1:
        raise ValueError(f"{len(certificates)} certificates instead of one")
    return certificates[0].public_bytes(Encoding.DER)
