"""The tables of a party's database in which approvals, backups and their copies stand. The serving role sees none."""

from __future__ import annotations

DDL = """
CREATE TABLE backup_approvals (
    id bytea PRIMARY KEY CHECK (octet_length(id) = 16),
    approved_by text NOT NULL CHECK (approved_by <> ''),
    purpose text NOT NULL CHECK (purpose <> ''),
    media text[] NOT NULL CHECK (cardinality(media) BETWEEN 1 AND 9),
    at timestamptz NOT NULL,
    used_by bytea UNIQUE CHECK (octet_length(used_by) = 16)
);
CREATE TABLE backups (
    id bytea PRIMARY KEY REFERENCES backup_approvals (used_by),
    made_by text NOT NULL CHECK (made_by <> ''),
    at timestamptz NOT NULL,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    octets bigint NOT NULL CHECK (octets > 0),
    key_destroyed_at timestamptz
);
CREATE TABLE backup_copies (
    backup bytea NOT NULL REFERENCES backups,
    medium text NOT NULL,
    returned_at timestamptz,
    PRIMARY KEY (backup, medium)
);
"""
"""`used_by` is the one backup that an approval was used up for. No key is ever in these tables: see `keystore`."""
