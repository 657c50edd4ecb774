"""Backups of a party's database: encrypted as they are written, approved by a second person, expired by their key.

The file is worthless without two things that lie elsewhere: the sealed key of this one backup (the key stores of the
house) and the private key that opens it (offline). Destroying the first ends the backup, wherever its copies are.
"""
