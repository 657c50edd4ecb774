"""`/code/` over HTTP: what a browser is given to keep, what it may do there, and the one question."""

from __future__ import annotations

import base64
import hashlib
import http.client
import io
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import msgspec
import pytest
from PIL import Image

from madoguchi.deployment.identities import TRUST_LIST_FILE, Identities
from madoguchi.runtime.clock import SystemClock
from madoguchi.runtime.look import Messages
from madoguchi.trust.file import TrustFile
from madoguchi.verify.config import LimitsSection, VerifyConfig, WardNames
from madoguchi.verify.offline import offline_page, with_offline
from madoguchi.verify.offline.build import PACKAGE_SHA256, take_reader
from madoguchi.verify.offline.files import HERE, kept_files, worker_source
from madoguchi.verify.page import PaperStatus, verify_page
from madoguchi.verify.page.rate import Rate
from tests.pages.fake_verifier import FakeVerifier, unlimited
from tests.pages.serving import served
from tests.sites import config_of, small_site
from tests.verify.papers import PAPER, WARD


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()

    def json(self) -> Any:
        return json.loads(self.content)


class Client:
    """Asks for exactly this path: nothing is tidied up on the way."""

    def __init__(self, url: str) -> None:
        self._host = url.removeprefix("http://")

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, None)

    def post(self, path: str, body: bytes) -> Answer:
        return self._ask("POST", path, body)

    def _ask(self, method: str, path: str, body: bytes | None) -> Answer:
        with closing(http.client.HTTPConnection(self._host, timeout=20)) as line:
            line.request(method, path, body)
            answer = line.getresponse()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())


@pytest.fixture
def config(site_identities: Identities, tmp_path: Path) -> Iterator[VerifyConfig]:
    with small_site(site_identities, tmp_path) as site:
        yield config_of(site, "verify-1", VerifyConfig)


@pytest.fixture
def client(config: VerifyConfig) -> Iterator[Client]:
    assert config.trust is not None
    trust = TrustFile(config.trust, environment=config.environment, clock=SystemClock())

    def ask(ward: WardNames, paper_number: bytes) -> PaperStatus:
        assert ward.code == WARD
        return PaperStatus.REVOKED if paper_number == PAPER else PaperStatus.UNKNOWN

    offline = offline_page(config, trust=trust, ask_status=ask, rate=unlimited())
    with served(with_offline(verify_page(FakeVerifier(), rate=unlimited()), offline)) as url:
        yield Client(url)


def question(**changes: Any) -> dict[str, Any]:
    return {"ward": WARD, "paper_number": PAPER.hex()} | changes


def test_camera_and_compiled_code_are_allowed_here_and_nowhere_else(client: Client) -> None:
    here, beside = client.get("/code/"), client.get("/")
    assert "camera=(self)" in here.headers["permissions-policy"]
    assert "microphone=()" in here.headers["permissions-policy"]
    assert "script-src 'self' 'wasm-unsafe-eval';" in here.headers["content-security-policy"]
    assert "'unsafe-eval'" not in here.headers["content-security-policy"]
    assert "unsafe-inline" not in here.headers["content-security-policy"]
    assert "camera=()" in beside.headers["permissions-policy"]
    for word in ("unsafe", "worker-src", "manifest-src"):
        assert word not in beside.headers["content-security-policy"]
    assert 'href="/code/"' in beside.text


def test_every_file_that_the_worker_names_is_served_as_its_digest_says(client: Client) -> None:
    worker = client.get("/code/sw.js").text
    table = json.loads(re.findall(r"const FILES = (\[.*?\]);\n", worker, re.DOTALL)[0])
    assert {"./", "./page.js", "./shipped.json", "./zxing/zxing_reader.wasm", "../look/look.css"} <= {
        path for path, _ in table
    }
    for path, integrity in table:
        answer = client.get(urljoin("/code/", path))
        assert answer.status == 200, path
        assert "sha256-" + base64.b64encode(hashlib.sha256(answer.content).digest()).decode() == integrity
    assert client.get("/code/zxing/zxing_reader.wasm").headers["content-type"] == "application/wasm"


def test_all_that_the_page_loads_is_kept(client: Client, config: VerifyConfig) -> None:
    kept = set(kept_files(config))
    page = client.get("/code/").text
    for address in re.findall(r'(?:href|src)="([^"#]+)', page):
        if address not in {"../"}:
            assert (address if address.startswith("../look") else f"./{address}") in kept
    for file in (HERE / "static").glob("*.js"):
        for module in re.findall(r'from "\./([^"]+)"', file.read_text()):
            assert f"./{module}" in kept


def test_another_file_is_another_version(config: VerifyConfig) -> None:
    files = kept_files(config)
    other = msgspec.structs.replace(config, wards=(msgspec.structs.replace(config.wards[0], ja="別の区"),))
    versions = {worker_source(each.values())[:60] for each in (files, kept_files(config), kept_files(other))}
    assert len(versions) == 2


def test_an_address_that_was_typed_without_its_slash(client: Client) -> None:
    answer = client.get("/code")
    assert (answer.status, urljoin("/code", answer.headers["location"])) == (307, "/code/")


@pytest.mark.parametrize("path", ["nothing", "../files.py", "%2e%2e/app.py", "static/page.js", "zxing/"])
def test_nothing_else_is_there(client: Client, path: str) -> None:
    assert client.get(f"/code/{path}").status == 404


def test_the_list_is_the_roots_and_is_not_kept_by_the_way(client: Client, site_identities: Identities) -> None:
    answer = client.get("/code/trust-list")
    assert answer.content == (site_identities.directory / TRUST_LIST_FILE).read_bytes()
    assert answer.headers["cache-control"] == "no-store"


def test_no_list_is_said_and_nothing_is_served_for_one(config: VerifyConfig, tmp_path: Path) -> None:
    assert config.trust is not None
    files = msgspec.structs.replace(config.trust, list=tmp_path / "nothing")
    trust = TrustFile(files, environment=config.environment, clock=SystemClock())
    with served(offline_page(config, trust=trust, ask_status=lambda *_: PaperStatus.ISSUED, rate=unlimited())) as url:
        answer = Client(url).get("/trust-list")
    assert (answer.status, answer.json()["code"]) == (503, "verify.not_now")


def test_the_question_is_answered_anew_and_tells_nothing_else(client: Client) -> None:
    answer = client.post("/code/status", json.dumps(question()).encode())
    assert answer.json() == {"status": "revoked"}
    assert answer.headers["cache-control"] == "no-store"
    assert client.post("/code/status", json.dumps(question(paper_number="0" * 32)).encode()).json() == {
        "status": "unknown"
    }
    assert client.post("/code/status", json.dumps(question(ward="999999")).encode()).json() == {"status": "not_asked"}
    assert client.get(f"/code/status?ward={WARD}&paper_number={PAPER.hex()}").status == 404


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff",
        json.dumps(question(more=1)).encode(),
        json.dumps(question(paper_number="x" * 32)).encode(),
        json.dumps(question(paper_number="0" * 31)).encode(),
        json.dumps(question(ward="1")).encode(),
    ],
)
def test_a_question_of_another_shape(client: Client, body: bytes) -> None:
    answer = client.post("/code/status", body)
    assert (answer.status, answer.json()["code"]) == (400, "verify.bad_upload")
    assert client.post("/code/status", b" " * 2000).status == 413


def test_the_vendored_reader_is_the_packages_with_no_foreign_address() -> None:
    """The package itself says which compiled part belongs to its modules."""
    folder = HERE / "static" / "zxing"
    (named,) = re.findall(rb'"([0-9a-f]{64})"', (folder / "reader.js").read_bytes())
    assert hashlib.sha256((folder / "zxing_reader.wasm").read_bytes()).hexdigest().encode() == named
    for file in folder.glob("*.js"):
        assert b"://" not in file.read_bytes()
    assert "MIT License" in (folder / "LICENSE").read_text()
    assert PACKAGE_SHA256[:8] in (HERE.parents[3] / "docs" / "dependencies.md").read_text()


def test_another_package_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "zxing-wasm-3.1.4.tgz").write_bytes(b"other")
    with pytest.raises(ValueError, match="not the pinned package"):
        take_reader(tmp_path / "zxing-wasm-3.1.4.tgz")


def test_icons_have_the_sizes_that_the_manifest_says(client: Client) -> None:
    answer = client.get("/code/manifest.webmanifest")
    assert answer.headers["content-type"] == "application/manifest+json"
    for icon in answer.json()["icons"]:
        picture = Image.open(io.BytesIO(client.get(f"/code/{icon['src']}").content))
        assert f"{picture.width}x{picture.height}" == icon["sizes"]
        corner = picture.convert("RGBA").getpixel((0, 0))
        assert isinstance(corner, tuple)
        assert (corner[3] == 255) is (icon["purpose"] == "maskable")


def test_every_word_exists_and_is_used() -> None:
    keys = Messages(HERE / "messages").keys
    folders = (HERE / "static", HERE / "templates")
    code = "\n".join(file.read_text() for folder in folders for file in folder.glob("*.*") if file.suffix != ".png")
    quoted = set(
        re.findall(
            r"""["'`]((?:page|list|camera|file|result|ask|content|checks|status|unchecked|again|footer)\.[a-z_.]+)["'`]""",
            code,
        )
    )
    made = {f"{root}." for root in re.findall(r"`([a-z]+)\.\$\{", code)} | {"checks.signature."}
    # The heading of a section is named by its key.
    quoted |= {f"{key}.title" for key in re.findall(r'section\("([a-z]+)"', code)}
    assert [key for key in keys if key not in quoted and not key.startswith(tuple(made))] == []
    missing = {key for key in quoted - keys if not key.endswith((".js", ".css", ".json", ".png"))}
    assert missing == set()


def test_questions_are_counted_and_too_many_are_refused(config: VerifyConfig) -> None:
    assert config.trust is not None
    clock = SystemClock()
    trust = TrustFile(config.trust, environment=config.environment, clock=clock)
    rate = Rate(LimitsSection(per_minute=0.001, burst=2, all_per_minute=100), clock=clock)
    with served(offline_page(config, trust=trust, ask_status=lambda *_: PaperStatus.ISSUED, rate=rate)) as url:
        asked = [Client(url).post("/status", json.dumps(question()).encode()) for _ in range(3)]
        assert [each.status for each in asked] == [200, 200, 429]
        assert asked[2].json()["code"] == "verify.too_many"
        assert Client(url).get("/").status == 200, "the page itself needs no room"
