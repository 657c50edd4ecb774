"""IPP messages as octets (RFC 8010 section 3), both ways.

Values stay octets with their tag; who needs a number or a text asks for it. A collection is what it is on the wire: a
run of values of one attribute, so nothing of a foreign message is lost or guessed.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

MAX_OCTETS: Final = 0x7FFF
"""Of one name or value: the length is signed on the wire (section 3.1.4)."""
VERSION: Final = (2, 0)
_HEADER: Final = struct.Struct(">BBHi")
_LENGTH: Final = struct.Struct(">h")
_INTEGER: Final = struct.Struct(">i")
_FIRST_VALUE_TAG: Final = 0x10


class Section(IntEnum):
    """Delimiter tags (section 3.5.1)."""

    OPERATION = 0x01
    JOB = 0x02
    END = 0x03
    PRINTER = 0x04
    UNSUPPORTED = 0x05


class Tag(IntEnum):
    """Value tags that this program writes or reads (section 3.5.2)."""

    INTEGER = 0x21
    BOOLEAN = 0x22
    ENUM = 0x23
    OCTETS = 0x30
    TEXT_WITH_LANGUAGE = 0x35
    NAME_WITH_LANGUAGE = 0x36
    TEXT = 0x41
    NAME = 0x42
    KEYWORD = 0x44
    URI = 0x45
    CHARSET = 0x47
    LANGUAGE = 0x48
    MIME = 0x49


class MalformedError(ValueError):
    """Octets that are no IPP message."""


@dataclass(frozen=True, slots=True)
class Value:
    """One value."""

    tag: int
    octets: bytes

    def number(self) -> int | None:
        """An integer or an enum; None for everything else."""
        if self.tag not in {Tag.INTEGER, Tag.ENUM} or len(self.octets) != _INTEGER.size:
            return None
        number: int = _INTEGER.unpack(self.octets)[0]
        return number

    def text(self) -> str | None:
        """Any kind of character string, without its language; None for everything else."""
        if self.tag in {Tag.TEXT_WITH_LANGUAGE, Tag.NAME_WITH_LANGUAGE}:
            return _decoded(_without_language(self.octets))
        return _decoded(self.octets) if Tag.TEXT <= self.tag <= Tag.MIME else None


@dataclass(frozen=True, slots=True)
class Attribute:
    """A name and its values, at least one."""

    name: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The attributes of one section; a list of jobs is many groups."""

    section: int
    attributes: tuple[Attribute, ...] = ()

    def numbers(self, name: str) -> tuple[int, ...]:
        """The numbers of an attribute; empty when it is not there."""
        return tuple(number for value in self._values(name) if (number := value.number()) is not None)

    def texts(self, name: str) -> tuple[str, ...]:
        """The character strings of an attribute; empty when it is not there."""
        return tuple(text for value in self._values(name) if (text := value.text()) is not None)

    def flag(self, name: str) -> bool | None:
        """A boolean; None when it is not there."""
        found = [value.octets != b"\x00" for value in self._values(name) if value.tag == Tag.BOOLEAN]
        return found[0] if found else None

    def octets(self, name: str) -> tuple[bytes, ...]:
        """The octet strings of an attribute; empty when it is not there."""
        return tuple(value.octets for value in self._values(name) if value.tag == Tag.OCTETS)

    def _values(self, name: str) -> tuple[Value, ...]:
        return next((each.values for each in self.attributes if each.name == name), ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A request or an answer, without the document that may follow it."""

    code: int
    """Operation of a request, status of an answer."""
    request_id: int
    groups: tuple[Group, ...] = ()
    version: tuple[int, int] = field(default=VERSION)

    def sections(self, section: Section) -> tuple[Group, ...]:
        """All groups of one kind."""
        return tuple(group for group in self.groups if group.section == section)


def encode(message: Message) -> bytes:
    """The octets, up to and with the end tag. Raises ValueError for what does not fit."""
    out = bytearray(_HEADER.pack(*message.version, message.code, message.request_id))
    for group in message.groups:
        out.append(group.section)
        for attribute in group.attributes:
            for number, value in enumerate(attribute.values):
                out.append(value.tag)
                out += _sized(b"" if number else attribute.name.encode("ascii"))
                out += _sized(value.octets)
    out.append(Section.END)
    return bytes(out)


def decode(octets: bytes) -> Message:
    """Read a message; what follows its end tag is left alone. Raises MalformedError."""
    if len(octets) < _HEADER.size:
        raise MalformedError("shorter than a header")
    major, minor, code, request_id = _HEADER.unpack_from(octets)
    groups = _groups(octets, _HEADER.size)
    return Message(version=(major, minor), code=code, request_id=request_id, groups=groups)


def _groups(octets: bytes, place: int) -> tuple[Group, ...]:
    found: list[tuple[int, list[tuple[str, list[Value]]]]] = []
    while True:
        tag, place = _octet(octets, place)
        if tag == Section.END:
            return tuple(_group(section, attributes) for section, attributes in found)
        if tag < _FIRST_VALUE_TAG:
            found.append((tag, []))
            continue
        name, place = _read(octets, place)
        value, place = _read(octets, place)
        if not found:
            raise MalformedError("a value outside of any group")
        attributes = found[-1][1]
        if name:
            attributes.append((_ascii(name), []))
        elif not attributes:
            raise MalformedError("a further value of no attribute")
        attributes[-1][1].append(Value(tag, value))


def _group(section: int, attributes: list[tuple[str, list[Value]]]) -> Group:
    return Group(section, tuple(Attribute(name, tuple(values)) for name, values in attributes))


def _octet(octets: bytes, place: int) -> tuple[int, int]:
    if place >= len(octets):
        raise MalformedError("no end tag")
    return octets[place], place + 1


def _read(octets: bytes, place: int) -> tuple[bytes, int]:
    if place + _LENGTH.size > len(octets):
        raise MalformedError("cut off in a length")
    (length,) = _LENGTH.unpack_from(octets, place)
    begin = place + _LENGTH.size
    if length < 0 or begin + length > len(octets):
        raise MalformedError("a length beyond the end")
    return octets[begin : begin + length], begin + length


def _sized(octets: bytes) -> bytes:
    if len(octets) > MAX_OCTETS:
        raise ValueError("longer than IPP can say")
    return _LENGTH.pack(len(octets)) + octets


def _ascii(octets: bytes) -> str:
    try:
        return octets.decode("ascii")
    except UnicodeDecodeError:
        raise MalformedError("a name that is not ASCII") from None


def _decoded(octets: bytes | None) -> str | None:
    if octets is None:
        return None
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _without_language(octets: bytes) -> bytes | None:
    try:
        _, place = _read(octets, 0)
        return _read(octets, place)[0]
    except MalformedError:
        return None


def integer(name: str, number: int) -> Attribute:
    """An integer attribute."""
    return Attribute(name, (Value(Tag.INTEGER, _INTEGER.pack(number)),))


def boolean(name: str, *, value: bool) -> Attribute:
    """A boolean attribute."""
    return Attribute(name, (Value(Tag.BOOLEAN, bytes((value,))),))


def words(name: str, tag: Tag, *texts: str) -> Attribute:
    """An attribute of character strings of one kind."""
    return Attribute(name, tuple(Value(tag, text.encode("utf-8")) for text in texts))
