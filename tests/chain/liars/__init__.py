"""Parties that do as their own house says, until a test tells them to stop at a point, or to lie.

Each is the real program with the real identity, started as `python -m tests.chain.liars PARTY serve --config FILE`.
What it is told lies beside its configuration (`play.py`). Lies are put in through the same constructor parameters that
honest parties have (`make_relay`, `make_protect`, `make_composer`); stops are put around named functions (`points.py`).
"""
