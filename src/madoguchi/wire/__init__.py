"""The words that cross a wire between two parties, and how they become bytes.

Every message is a frozen type with all its fields named; unknown fields are refused; bytes are deterministic CBOR
(RFC 8949 section 4.2), so that one meaning has exactly one encoding and a digest names it.
"""
