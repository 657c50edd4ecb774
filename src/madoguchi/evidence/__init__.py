"""The evidence log of a party: what it did, provably, without personal data."""

from madoguchi.evidence.log import Entry, append, check, ddl, end, entries

__all__ = ["Entry", "append", "check", "ddl", "end", "entries"]
