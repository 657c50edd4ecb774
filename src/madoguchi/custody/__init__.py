"""Custody of plaintext certificate data: `held` and `erased`, counted, with the age of what is open."""

from madoguchi.custody.receipts import ErasedHow, account, ddl, erase, hold, settle_dead

__all__ = ["ErasedHow", "account", "ddl", "erase", "hold", "settle_dead"]
