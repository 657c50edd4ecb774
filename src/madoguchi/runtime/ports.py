"""Ports for demo and tests that nobody else can take between choosing and listening."""

from __future__ import annotations

import socket


def reserve(host: str = "127.0.0.1") -> socket.socket:
    """A bound socket that never listens: its port (`getsockname()[1]`) stays ours until it is closed.

    A child of the same user binds it again (`Listener.share_port`). While no child listens, connections are refused
    at once, which is what a dead party looks like.
    """
    held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    held.bind((host, 0))
    return held
