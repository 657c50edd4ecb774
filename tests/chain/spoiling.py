"""Bodies made from a party's own schemas: one that fits, and many that do not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from madoguchi.wire.codec import encode_plain

Schema = dict[str, Any]


def fitting(schema: Schema, components: dict[str, Schema]) -> Any:
    """A value that fits the schema; octets where msgspec writes base64 strings."""
    if "$ref" in schema:
        return fitting(components[schema["$ref"].rpartition("/")[2]], components)
    if "anyOf" in schema:
        return fitting(schema["anyOf"][0], components)
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    makers: dict[str, Callable[[], Any]] = {
        "object": lambda: _object(schema, components),
        "array": lambda: _array(schema, components),
        "integer": lambda: schema.get("minimum", 1),
        "number": lambda: 1.0,
        "boolean": lambda: True,
        "null": lambda: None,
        "string": lambda: _text(schema),
    }
    return makers[schema.get("type", "null")]()


def _object(schema: Schema, components: dict[str, Schema]) -> dict[str, Any]:
    wanted = schema.get("required", list(schema.get("properties", {})))
    return {name: fitting(schema["properties"][name], components) for name in wanted}


def _array(schema: Schema, components: dict[str, Schema]) -> list[Any]:
    if "prefixItems" in schema:
        return [fitting(each, components) for each in schema["prefixItems"]]
    return [fitting(schema["items"], components)] * max(1, schema.get("minItems", 1))


def _text(schema: Schema) -> str | bytes:
    if schema.get("contentEncoding") == "base64":
        # msgspec states lengths of octets as lengths of their base64 text.
        return bytes(max(1, schema.get("minLength", 4) * 3 // 4))
    known = {"^[0-9]{6}$": "131999", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$": "2026-11-23"}
    least: int = schema.get("minLength", 1)
    return known.get(str(schema.get("pattern")), "a" * max(1, least))


def spoilt(value: Any) -> Iterator[tuple[str, bytes]]:
    """Bodies that a strict reader refuses whatever its type, made from one that fits. (what was done, body)"""
    raw = encode_plain(value)
    yield "nothing", b""
    yield "cut off", raw[:-1]
    yield "something behind", raw + b"\x00"
    yield "no CBOR", b"\xff" * 20
    yield "JSON", b'{"a": 1}'
    yield "deeply nested", b"\x81" * 5_000 + b"\x00"
    yield "indefinite length", b"\xbf\xff"
    yield "a number", encode_plain(7)
    yield "a list", encode_plain([value])
    yield "null", encode_plain(None)
    if isinstance(value, dict):
        yield from _spoilt_fields(value)


def _spoilt_fields(value: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    yield "unknown field", encode_plain(value | {"unknown_field": 1})
    yield "field named by a number", encode_plain(value | {1: 1})
    yield "the same field twice", _doubled(value)
    for name, held in value.items():
        yield f"without {name}", encode_plain({key: kept for key, kept in value.items() if key != name})
        for what, wrong in _wrong_for(held):
            yield f"{name} is {what}", encode_plain(value | {name: wrong})
        if isinstance(held, dict):
            yield f"{name} with an unknown field", encode_plain(value | {name: held | {"unknown_field": 1}})


def _wrong_for(held: Any) -> Iterator[tuple[str, Any]]:
    wrong: dict[str, Any] = {
        "null": None,
        "a list": [[[]]],
        "a map": {"a": 1},
        "a negative number": -1,
        "a fraction": 1.5,
        "a huge number": 2**70,
        "a text": "\u0000'; DROP TABLE",
        "octets": b"\x00",
        "true": True,
    }
    for what, each in wrong.items():
        if type(each) is not type(held) and not (held is None and each is None):
            yield what, each


def _doubled(value: dict[str, Any]) -> bytes:
    name, held = next(iter(value.items()))
    pair = encode_plain(name) + encode_plain(held)
    rest = b"".join(encode_plain(key) + encode_plain(kept) for key, kept in value.items())
    return bytes([0xA0 + len(value) + 1]) + pair + rest
