"""The wire contract as OpenAPI 3.1, made from the endpoints that are served, so that it cannot drift from them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from madoguchi import __version__
from madoguchi.runtime.answers import BYTES, CBOR, JSON, ProblemAnswer

if TYPE_CHECKING:
    from madoguchi.runtime.endpoint import Endpoint

_PATH_PARAMETER = re.compile(r"{(\w+)(?::\w+)?}")
_REF = "#/components/schemas/{name}"


def openapi(endpoints: Sequence[Endpoint], title: str, *, version: str = __version__) -> dict[str, Any]:
    """The document of one party. Bodies are deterministic CBOR (RFC 8949, 4.2) of the schemas' fields."""
    types = _types(endpoints)
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    by_type = dict(zip(types, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        path = _PATH_PARAMETER.sub(r"{\1}", endpoint.path)
        paths.setdefault(path, {})[endpoint.method.lower()] = _operation(endpoint, by_type)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version, "description": (openapi.__doc__ or "").partition(". ")[2]},
        "paths": paths,
        "components": {"schemas": _as_octets(components), "securitySchemes": {"party": {"type": "mutualTLS"}}},
        "security": [{"party": []}],
    }


def write_openapi(endpoints: Sequence[Endpoint], title: str, path: Path) -> None:
    """Write the document as formatted JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    raw = msgspec.json.format(msgspec.json.encode(openapi(endpoints, title), order="sorted"), indent=2)
    path.write_bytes(raw + b"\n")


def _as_octets(schema: Any) -> Any:
    """msgspec describes bytes as JSON would carry them (base64, lengths in characters); CBOR has byte strings."""
    if isinstance(schema, list):
        return [_as_octets(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("contentEncoding") != "base64":
        return {key: _as_octets(value) for key, value in schema.items()}
    rest = {key: value for key, value in schema.items() if key not in {"contentEncoding", "minLength", "maxLength"}}
    return {**rest, "format": "binary"}


def _types(endpoints: Sequence[Endpoint]) -> list[Any]:
    found: dict[Any, None] = {ProblemAnswer: None}
    for endpoint in endpoints:
        for kind in (endpoint.request, endpoint.answer):
            if kind is not None and kind is not bytes:
                found[kind] = None
    return list(found)


def _operation(endpoint: Endpoint, by_type: dict[Any, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": endpoint.summary,
        "x-callers": sorted(endpoint.callers),
        "x-max-bytes": endpoint.max_bytes,
        "x-problems": sorted(problem.code for problem in endpoint.problems),
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in _PATH_PARAMETER.findall(endpoint.path)
        ],
        "responses": _responses(endpoint, by_type),
    }
    if endpoint.request is not None:
        operation["requestBody"] = {"required": True, "content": _content(endpoint.request, by_type)}
    return operation


def _responses(endpoint: Endpoint, by_type: dict[Any, Any]) -> dict[str, Any]:
    problem = {media: {"schema": by_type[ProblemAnswer]} for media in (CBOR, JSON)}
    refusal = {"description": "Refused; the code says why", "content": problem}
    if endpoint.answer is None:
        return {"204": {"description": "Done"}, "default": refusal}
    content = _content(endpoint.answer, by_type, media=endpoint.media)
    return {"200": {"description": "Answered", "content": content}, "default": refusal}


def _content(kind: Any, by_type: dict[Any, Any], *, media: str = BYTES) -> dict[str, Any]:
    if kind is bytes:
        return {media: {}}
    return {CBOR: {"schema": by_type[kind]}}
