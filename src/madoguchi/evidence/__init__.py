"""The evidence log of a party: what it did, provably, without personal data."""

from madoguchi.evidence.log import GENESIS, Entry, Plain, append, check, ddl, end, entries

__all__ = ["GENESIS", "Entry", "Plain", "append", "check", "ddl", "end", "entries"]
