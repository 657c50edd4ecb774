"""`python -m madoguchi.cli`: what the launcher becomes when everything is prepared."""

from __future__ import annotations

from madoguchi.cli import entry

entry()
