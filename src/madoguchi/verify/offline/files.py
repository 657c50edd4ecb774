"""What a browser keeps of `/code/`, each file with its digest; and the service worker that names them all.

The root's key and the wards' names are one of these files: they come with the page, over its own TLS, and change only
with a new version of it. A phone that was given a false page at its first visit is not helped by any of this.
"""

from __future__ import annotations

import base64
import hashlib
import mimetypes
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from madoguchi.certificate.kinds import Kind, all_kinds
from madoguchi.certificate.years import fiscal_year_label, fiscal_year_label_en
from madoguchi.runtime.look import LOOK, Messages, templates
from madoguchi.runtime.problems import CONFIG
from madoguchi.trust.file import read_root_key
from madoguchi.trust.list import LIFE_SECONDS
from madoguchi.verify.config import VerifyConfig
from madoguchi.wire.identifiers import Environment

HERE: Final = Path(__file__).parent
WORKER: Final = "sw.js"
SHARED: Final = (
    "look.css",
    "document.css",
    "tokens.css",
    "fonts.css",
    "icon.svg",
    "icons.svg",
    "fonts/noto-sans-jp-pages-400.woff2",
    "fonts/noto-sans-jp-pages-700.woff2",
)
"""Of the shared look. Names on papers are drawn in the device's own font: the other slices are too large to keep."""
YEARS: Final = range(2010, 2061)
"""Fiscal years whose names come with the page; any other is shown as its number."""
_MEDIA: Final = {".js": "text/javascript", ".wasm": "application/wasm", ".webmanifest": "application/manifest+json"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One file as the browser keeps it."""

    path: str
    """Relative to `/code/`."""
    content: bytes
    media_type: str

    @property
    def integrity(self) -> str:
        """As in Subresource Integrity."""
        return "sha256-" + base64.b64encode(hashlib.sha256(self.content).digest()).decode()


def kept_files(config: VerifyConfig) -> dict[str, Kept]:
    """Every file by its path. Raises `runtime.config` without a trust section, `trust.not_root` without a root key."""
    messages = Messages(HERE / "messages")
    demo = config.environment != Environment.PRODUCTION
    page = templates(HERE / "templates").get_template("code.html").render(t=messages.pair, demo=demo)
    words = (
        {key: messages.texts["ja"][key] for key in messages.keys},
        {key: messages.texts["en"][key] for key in messages.keys},
    )
    made = [
        Kept(path="./", content=page.encode(), media_type="text/html; charset=utf-8"),
        _json("./words.json", {"ja": words[0], "en": words[1]}),
        _json("./shipped.json", shipped(config)),
        *_found(HERE / "static", prefix="./"),
        *(_read(LOOK / name, path=f"../look/{name}") for name in SHARED),
    ]
    return {each.path: each for each in made if each.path != f"./{WORKER}"}


def shipped(config: VerifyConfig) -> dict[str, object]:
    """What the page must know beforehand: the root's key, how long a list lives, and the words for kinds and wards."""
    if config.trust is None:
        raise CONFIG.error("the page for cameras needs the section trust")
    root = read_root_key(config.trust.root_key)
    return {
        "environment": config.environment.value,
        "roots": [base64.b64encode(root).decode()],
        "list_life_seconds": LIFE_SECONDS,
        "wards": {ward.code: {"ja": ward.ja, "en": ward.en} for ward in config.wards},
        "kinds": {kind.code: _kind(kind) for kind in all_kinds()},
        "years": {str(year): {"ja": fiscal_year_label(year), "en": fiscal_year_label_en(year)} for year in YEARS},
    }


def worker_source(files: Iterable[Kept]) -> bytes:
    """The service worker's script, naming every file with its digest: another file is another version."""
    table = sorted((each.path, each.integrity) for each in files)
    version = hashlib.sha256(msgspec.json.encode(table)).hexdigest()[:16]
    source = (HERE / "static" / WORKER).read_text("utf-8")
    head = f"const VERSION = {msgspec.json.encode(version).decode()};\nconst FILES = {_pretty(table)};\n"
    return (head + source).encode()


def _pretty(table: object) -> str:
    return msgspec.json.format(msgspec.json.encode(table)).decode()


def _kind(kind: Kind) -> dict[str, object]:
    exempt = kind.exempt_title
    titles = [kind.title] if exempt is None else [kind.title, exempt]
    return {
        "titles": {each.ja: each.en for each in titles},
        "amounts": [{"ja": each.ja, "en": each.en} for each in kind.main_labels],
    }


def _json(path: str, value: object) -> Kept:
    return Kept(path=path, content=msgspec.json.encode(value, order="deterministic"), media_type="application/json")


def _found(directory: Path, *, prefix: str) -> Iterator[Kept]:
    for file in sorted(directory.rglob("*")):
        if file.is_file():
            yield _read(file, path=prefix + file.relative_to(directory).as_posix())


def _read(file: Path, *, path: str) -> Kept:
    media_type = _MEDIA.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "text/plain"
    return Kept(path=path, content=file.read_bytes(), media_type=media_type)
