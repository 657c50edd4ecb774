"""The documented columns that the tax system and the registry export, and a strict reader and writer for them.

A records directory holds four UTF-8 CSV files (`docs/records.md`). It is read all or nothing:
`RecordSet.read(directory)` gives frozen rows or raises `RecordsRefusedError`, which names file, line, column and
reason, never a value.
"""

from madoguchi.records.files import FILES, INSTALMENTS, RESIDENTS, SERIALS, TAXES, RecordFile
from madoguchi.records.instalment import Collection, Instalment
from madoguchi.records.problems import Fault, RecordsRefusedError
from madoguchi.records.record_set import RecordSet
from madoguchi.records.resident import Removal, Resident, Sex
from madoguchi.records.serial import CaGeneration, CardSerial, Medium, SerialStatus
from madoguchi.records.tax import Disability, SpouseKind, TaxRecord, TaxStatus, Widowhood

__all__ = [
    "FILES",
    "INSTALMENTS",
    "RESIDENTS",
    "SERIALS",
    "TAXES",
    "CaGeneration",
    "CardSerial",
    "Collection",
    "Disability",
    "Fault",
    "Instalment",
    "Medium",
    "RecordFile",
    "RecordSet",
    "RecordsRefusedError",
    "Removal",
    "Resident",
    "SerialStatus",
    "Sex",
    "SpouseKind",
    "TaxRecord",
    "TaxStatus",
    "Widowhood",
]
