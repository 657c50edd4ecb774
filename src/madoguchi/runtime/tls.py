"""Mutual TLS between parties: TLS 1.3 only, one pinned private CA, no session resumption."""

from __future__ import annotations

import hashlib
import ssl

from madoguchi.runtime.config import TlsFiles
from madoguchi.runtime.problems import TLS_FILES


def server_context(files: TlsFiles) -> ssl.SSLContext:
    """The listener's context: a client without a certificate of our CA is cut off in the handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.num_tickets = 0  # no resumption: every connection shows its certificate again
    context.verify_mode = ssl.CERT_REQUIRED
    return _prepared(context, files)


def client_context(files: TlsFiles) -> ssl.SSLContext:
    """The caller's context. Who the server is follows from its pinned fingerprint (`Caller`), not from a host name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    return _prepared(context, files)


def reload_certificate(context: ssl.SSLContext, files: TlsFiles) -> None:
    """Use the files' present certificate for new connections; on failure the old one stays. Raises runtime.tls_files.

    The pinned CA does not change in a running process: that is a new deployment, and a restart.
    """
    server_context(
        files
    )  # loads everything into a context that is thrown away, so that a half-written file harms nobody
    _load_chain(context, files)


def peer_fingerprint(certificate_der: bytes) -> str:
    """Lower-case hex SHA-256 of a certificate's DER, as peers are pinned in configurations."""
    return hashlib.sha256(certificate_der).hexdigest()


def _prepared(context: ssl.SSLContext, files: TlsFiles) -> ssl.SSLContext:
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.maximum_version = ssl.TLSVersion.TLSv1_3
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    try:
        context.load_verify_locations(cafile=str(files.ca))
    except (OSError, ssl.SSLError) as error:
        raise TLS_FILES.error(f"{files.ca}: {error.strerror or type(error).__name__}") from error
    _load_chain(context, files)
    return context


def _no_password() -> str:
    """Refuse an encrypted key instead of asking a terminal that a server does not have."""
    msg = "the key file is encrypted"
    raise ValueError(msg)


def _load_chain(context: ssl.SSLContext, files: TlsFiles) -> None:
    try:
        context.load_cert_chain(str(files.certificate), str(files.key), password=_no_password)
    except (OSError, ValueError) as error:
        raise TLS_FILES.error(f"{files.certificate}, {files.key}: {type(error).__name__}") from error
