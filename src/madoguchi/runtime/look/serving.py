"""Static files and templates of a page, found beside its code."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

LOOK = Path(__file__).parent / "static"
"""Where the shared files lie."""


class _Revalidated(StaticFiles):
    """Files of the program, not of a person: a browser may keep them but asks each time whether they changed."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        kept = "max-age=86400" if path.endswith(".woff2") else "no-cache"
        response.headers["Cache-Control"] = kept
        return response


def look_files() -> Mount:
    """`/look`: tokens, base style, fonts and icons that all pages share."""
    return Mount("/look", _Revalidated(directory=LOOK), name="look")


def page_files(path: str, directory: Path) -> Mount:
    """Static files of one page under `path`."""
    return Mount(path, _Revalidated(directory=directory))


def templates(directory: Path) -> Environment:
    """Jinja2 over a page's own templates: everything escaped, an unknown name is an error."""
    return Environment(
        loader=FileSystemLoader(directory),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
