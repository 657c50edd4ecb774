"""Looking for what must not be anywhere: a resident's name, address, amounts and serial, in many forms.

The search is for bytes, so that it finds them in databases, journals, logs, core files and temporary files alike.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from madoguchi.deployment.cards import current_serials
from madoguchi.records import RecordSet
from tests.chain.town import FISCAL_YEAR

_SPACES = re.compile(r"[\s　]+")
_SELECTORS = re.compile("[︀-️󠄀-󠇯]")
_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "cp932", "euc-jp")
_LEAST_AMOUNT = 10_001
"""10,000 itself is a setting of many things."""
_LEAST_NAME = 3
"""Shorter names are words."""
_DIGITS = re.compile(rb"(?<![0-9A-Za-z.,])[0-9][0-9,]{3,40}[0-9](?!\.?[0-9A-Za-z])")
_PORTS = re.compile(rb'(127\.0\.0\.1:|"?port"? ?[=:] ?)\d{4,5}')
"""Five digits that are no amount."""


class Needles:
    """What to look for, and what each find would mean.

    Thousands of forms in many megabytes: only where three octets in a row begin a form, forms are compared. Amounts are
    looked for with their edges: five digits inside a random hex number are no income.
    """

    def __init__(self, exact: dict[bytes, str], amounts: Iterable[int] = ()) -> None:
        self._amounts = {str(each).encode() for each in amounts} | {f"{each:,}".encode() for each in amounts}
        self._by_beginning: dict[int, list[tuple[bytes, str]]] = defaultdict(list)
        for form, what in exact.items():
            self._by_beginning[int.from_bytes(form[:3], "little")].append((form, what))
        self._begins = np.zeros(1 << 24, dtype=np.bool_)
        self._begins[list(self._by_beginning)] = True

    def found_in(self, hay: bytes) -> set[str]:
        """What of it is in these bytes; the words name no value."""
        octets = np.frombuffer(hay, dtype=np.uint8).astype(np.uint32)
        threes = octets[:-2] | octets[1:-1] << 8 | octets[2:] << 16
        found = set()
        for place in np.flatnonzero(self._begins[threes]).tolist():
            for form, what in self._by_beginning[int(threes[place])]:
                if hay.startswith(form, place):
                    found.add(what)
        if any(self._is_amount(run) for run in _DIGITS.findall(_PORTS.sub(b"", hay))):
            found.add("amount")
        return found

    def _is_amount(self, run: bytes) -> bool:
        return run in self._amounts or not self._amounts.isdisjoint(run.split(b","))


def needles_of(records: RecordSet, people: Iterable[str]) -> Needles:
    """Everything about these people (addressee numbers) that could give them away."""
    wanted = set(people)
    exact: dict[bytes, str] = {}
    amounts: set[int] = set()
    for each in records.residents:
        if each.addressee_number in wanted:
            for text in (each.name, each.name_kana, each.alias or ""):
                exact |= dict.fromkeys(_encoded(text, least=_LEAST_NAME), "name")
            exact |= dict.fromkeys(_encoded(_within_ward(each.address), least=6), "address")
    for serial in records.serials:
        if serial.addressee_number in wanted:
            exact |= dict.fromkeys(_serial_forms(serial.serial), "serial")
    for tax in records.taxes:
        if tax.addressee_number in wanted and tax.fiscal_year == FISCAL_YEAR:
            amounts |= {
                value
                for name in tax.__struct_fields__
                if type(value := getattr(tax, name)) is int and value >= _LEAST_AMOUNT
            }
    return Needles(exact, sorted(amounts))


def serials_of(records: RecordSet, people: Iterable[str]) -> Needles:
    """The serials alone."""
    current = current_serials(records)
    exact = {form: "serial" for who in people for form in _serial_forms(current[who].serial)}
    return Needles(exact)


def search_files(places: Iterable[Path], needles: Needles) -> dict[str, set[str]]:
    """Every file below these places in which something was found, and what."""
    found = {}
    for path in every_file(places):
        what = needles.found_in(path.read_bytes())
        if what:
            found[str(path)] = what
    return found


def search_pdf(places: Iterable[Path]) -> list[str]:
    """Every file in which a PDF begins."""
    return [str(path) for path in every_file(places) if b"%PDF-" in path.read_bytes()]


def every_file(places: Iterable[Path]) -> Iterator[Path]:
    """All regular files but configurations; a process may remove one while we look.

    A configuration was written before anybody came, and its limits and seconds are now and then somebody's income.
    """
    for place in places:
        for path in [place] if place.is_file() else place.rglob("*"):
            if path.is_file() and not path.is_symlink() and path.name != "config.toml":
                yield path


def _encoded(text: str, *, least: int) -> Iterator[bytes]:
    for variant in {text, _SPACES.sub("", text), _SELECTORS.sub("", text), _SELECTORS.sub("", _SPACES.sub("", text))}:
        for form in ("NFC", "NFD", "NFKC"):
            normal = unicodedata.normalize(form, variant)
            if len(normal) < least:
                continue
            yield json.dumps(normal).strip('"').encode()
            yield normal.encode().hex().encode()
            for encoding in _ENCODINGS:
                try:
                    yield normal.encode(encoding)
                except UnicodeEncodeError:
                    continue


def _within_ward(address: str) -> str:
    """The name of the ward itself is on every menu."""
    return address.partition("区")[2]


def _serial_forms(serial: str) -> Iterator[bytes]:
    octets = bytes.fromhex(serial)
    yield octets
    yield serial.encode()
    yield serial.lower().encode()
    yield str(int(serial, 16)).encode()
    yield serial.encode("utf-16-le")
