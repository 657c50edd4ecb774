"""The check in the browser and the check on the server say the same of every code, real or bent."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Page, Playwright, sync_playwright

from madoguchi.deployment.identities import Identities
from madoguchi.errors import MadoguchiError
from madoguchi.paper.frontcode import FRONT_CODE, parse_unverified
from madoguchi.paper.qr import PREFIX, decode_base45, encode_base45
from madoguchi.runtime.clock import SystemClock
from madoguchi.statement import Signer, verify
from madoguchi.statement.keys import KeyRow
from madoguchi.statement.roles import Role
from madoguchi.trust.list import TrustListBody
from madoguchi.wire.codec import decode_plain, encode_plain
from tests.pages.code_page import CodePage, code_page, opened, phone
from tests.pages.front_code_vectors import SIGNER, vectors
from tests.sites import signer_of, small_site
from tests.verify.papers import BODY, WARD, as_text, signed

pytestmark = pytest.mark.browser

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
SEED = 20261126
BENT_OCTETS, BENT_TEXTS, BENT_VALUES = 2400, 600, 1200

VERDICTS = """async (texts) => {
  const [{ check }, { newestList }] = await Promise.all([import("./check.js"), import("./trust.js")]);
  const shipped = await (await fetch("./shipped.json")).json();
  const now = Math.floor(Date.now() / 1000);
  const list = await newestList(shipped, now);
  const found = [];
  for (const text of texts) {
    const { verdict, body } = await check(text, list, shipped, now);
    found.push(verdict === "signed" ? `signed ${body.name} ${body.amounts.join(" ")}` : verdict);
  }
  return found;
}"""
PUBLISHED = """async ([key, texts]) => {
  const [{ check }, { keyId }] = await Promise.all([import("./check.js"), import("./statement.js")]);
  const publicKey = Uint8Array.from(atob(key), (symbol) => symbol.charCodeAt(0));
  const row = {
    party: "issuer", code: "131999", name: "issuer-1", role: "front_code", publicKey,
    keyId: await keyId(publicKey, "test"), notBefore: 0, notAfter: 2 ** 40,
  };
  const list = { environment: "test", number: 1, issuedAt: 1000, rows: [row] };
  const found = [];
  for (const text of texts) found.push((await check(text, list, { list_life_seconds: 86400 }, 1000)).verdict);
  return found;
}"""
BELIEVED = """async (lists) => {
  const { believe } = await import("./trust.js");
  const shipped = await (await fetch("./shipped.json")).json();
  const now = Math.floor(Date.now() / 1000);
  const found = [];
  for (const text of lists) {
    const raw = Uint8Array.from(atob(text), (symbol) => symbol.charCodeAt(0));
    found.push(await believe(raw, shipped, now).then(() => true, () => false));
  }
  return found;
}"""


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def both(
    playwright: Playwright, site_identities: Identities, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[CodePage, Page]]:
    """Shared: whatever is asked here, neither of the two remembers it."""
    directory = tmp_path_factory.mktemp("verdicts")
    (directory / "site").mkdir()
    with (
        small_site(site_identities, directory / "site") as site,
        code_page(site) as server,
        phone(playwright, directory / "profile") as context,
    ):
        yield server, opened(context, server.url)


def assert_agree(both: tuple[CodePage, Page], texts: Sequence[str]) -> list[str]:
    """What both say; they must say the same."""
    server, page = both
    on_the_server = [_recipe(server, text) for text in texts]
    in_the_browser: list[str] = page.evaluate(VERDICTS, list(texts))
    differing = [
        (text, one, other)
        for text, one, other in zip(texts, on_the_server, in_the_browser, strict=True)
        if one != other
    ]
    assert differing == []
    return in_the_browser


def _recipe(server: CodePage, text: str) -> str:
    """The server's steps, without the words that its page makes of a real date and year afterwards."""
    code = text.strip()
    if not code.startswith(PREFIX):
        return "no_code"
    try:
        raw = decode_base45(code[len(PREFIX) :])
    except ValueError:
        return "no_code"
    keys = server.trust.current()
    try:
        ward = parse_unverified(raw).ward
        body = verify(raw, FRONT_CODE, keys=keys, code=ward, at=SystemClock().now()).body
    except MadoguchiError:
        return "not_signed"
    return f"signed {body.name} {' '.join(body.amounts)}"


def test_the_recipe_is_the_servers(both: tuple[CodePage, Page], site_identities: Identities) -> None:
    server, rng = both[0], random.Random(SEED)
    raw = signed(site_identities)
    texts = [as_text(raw), "", "MG1:", *(PREFIX + encode_base45(_bent(raw, rng)) for _ in range(200))]
    assert [_recipe(server, text).split()[0] for text in texts] == [
        server.verifier.check_text(text).sheets[0].verdict.value for text in texts
    ]


def test_what_the_ward_signed_is_signed_in_both(both: tuple[CodePage, Page], site_identities: Identities) -> None:
    names = ("窓口 花子", "辻\U000e0102　𠮷太", "\ufeffBOM", "e\u0301", "A" * 60, "ｱ" * 20)
    changes: list[dict[str, Any]] = [{"name": name} for name in names]
    changes += [{"kind": "payment", "amounts": ("△1,234", "－", "＊", "0")}, {"amounts": ()}, {"fiscal_year": 1990}]
    changes += [{"page": 20, "pages": 20}, {"kind": "third_kind", "title": "別の証明書"}]
    found = assert_agree(both, [as_text(signed(site_identities, **each)) for each in changes])
    assert {each.split()[0] for each in found} == {"signed"}


def test_the_published_vectors(both: tuple[CodePage, Page]) -> None:
    named = list(vectors())
    published = (Path(__file__).parents[2] / "docs" / "front-code.md").read_text()
    key = base64.b64encode(SIGNER.key.public_bytes()).decode()
    assert f"`{key}`" in published
    for name, text, verdict in named:
        assert f"| {name} | {verdict} | `{text}` |" in published
    wanted = [verdict.replace(" ", "_") for _, _, verdict in named]
    assert both[1].evaluate(PUBLISHED, [key, [text for _, text, _ in named]]) == wanted
    assert [_published(text) for _, text, _ in named] == wanted


def _published(text: str) -> str:
    try:
        raw = decode_base45(text.removeprefix(PREFIX))
    except ValueError:
        return "no_code"
    row = KeyRow(
        party="issuer",
        code=SIGNER.code,
        name=SIGNER.name,
        role=Role.FRONT_CODE,
        key_id=SIGNER.key_id,
        public_key=SIGNER.key.public_bytes(),
        not_before=0,
        not_after=2**40,
    )
    try:
        verify(raw, FRONT_CODE, keys=_Keys(row), code=parse_unverified(raw).ward, at=SystemClock().now())
    except MadoguchiError:
        return "not_signed"
    return "signed"


class _Keys:
    environment = "test"

    def __init__(self, row: KeyRow) -> None:
        self._row = row

    def rows(self, key_id: bytes) -> tuple[KeyRow, ...]:
        return (self._row,) if key_id == self._row.key_id else ()


def test_thousands_of_bent_octets_and_texts(both: tuple[CodePage, Page], site_identities: Identities) -> None:
    rng, raw = random.Random(SEED), signed(site_identities)
    texts = [PREFIX + encode_base45(_bent(raw, rng)) for _ in range(BENT_OCTETS)]
    texts += [_bent_text(as_text(raw), rng) for _ in range(BENT_TEXTS)]
    found = assert_agree(both, texts)
    assert {each.split()[0] for each in found} >= {"not_signed", "no_code"}
    assert found.count("not_signed") > BENT_OCTETS // 2


def test_other_values_under_the_wards_own_signature(both: tuple[CodePage, Page], site_identities: Identities) -> None:
    """A bad signature hides what a parser lets pass: here the ward's key has signed whatever is inside."""
    rng, signer = random.Random(SEED), signer_of(site_identities, "issuer-1", code=WARD, key_file="front-code.key")
    found = assert_agree(both, [as_text(_signed_oddly(signer, rng)) for _ in range(BENT_VALUES)])
    kinds = {each.split()[0] for each in found}
    assert kinds == {"signed", "not_signed"}, "some of both, or the test has bent nothing"


@pytest.mark.parametrize(
    "bend",
    [
        lambda header, payload: (header, [*payload, 1]),
        lambda header, payload: (header, payload[:-1]),
        lambda header, payload: (header, ["issuance", *payload[1:]]),
        lambda header, payload: (header, [payload[0], 2, *payload[2:]]),
        lambda header, payload: (header, [*payload[:2], "production", *payload[3:]]),
        lambda header, payload: (header, [*payload[:3], ["issuer", WARD, "issuer-9"], payload[4]]),
        lambda header, payload: (header, [*payload[:3], ["center", WARD, "issuer-1"], payload[4]]),
        lambda header, payload: (header, [*payload[:3], ["issuer", "131016", "issuer-1"], payload[4]]),
        lambda header, payload: (header, [*payload[:3], ["issuer", WARD, "issuer-1", "more"], payload[4]]),
        lambda header, payload: ({**header, 1: -35}, payload),
        lambda header, payload: ({**header, 5: b""}, payload),
        lambda header, payload: ({1: -7}, payload),
        lambda header, payload: ({**header, 4: bytes(16)}, payload),
        lambda header, payload: ({**header, 4: "text"}, payload),
    ],
)
def test_another_frame_under_the_wards_own_signature(
    both: tuple[CodePage, Page], site_identities: Identities, bend: Callable[[Any, Any], tuple[Any, Any]]
) -> None:
    signer = signer_of(site_identities, "issuer-1", code=WARD, key_file="front-code.key")
    header, _, payload, _ = decode_plain(signer.sign(FRONT_CODE, BODY))
    bent_header, bent_payload = bend(decode_plain(header), decode_plain(payload))
    raw = _statement(signer, encode_plain(bent_header), encode_plain(bent_payload))
    assert assert_agree(both, [as_text(raw)]) == ["not_signed"]


@pytest.mark.parametrize("of", ["issuer-2", "signing.key", "another ward"])
def test_who_may_sign(both: tuple[CodePage, Page], site_identities: Identities, of: str) -> None:
    if of == "issuer-2":
        beside = signer_of(site_identities, "issuer-2", code=WARD, key_file="front-code.key").sign(FRONT_CODE, BODY)
        assert assert_agree(both, [as_text(beside)])[0].startswith("signed")
        return
    changed = {"signing.key": {"key_file": "signing.key"}, "another ward": {"ward": "131016"}}[of]
    raw = signed(site_identities, **changed)
    assert assert_agree(both, [as_text(raw)]) == ["not_signed"]


def test_lists_that_are_not_the_roots(both: tuple[CodePage, Page]) -> None:
    server, page = both
    raw, rng = server.trust.raw, random.Random(SEED)
    assert msgspec.convert(decode_plain(decode_plain(raw)[2])[4], TrustListBody, builtin_types=(bytes,)).wards
    bent = [_bent(raw, rng) for _ in range(300)]
    header, unprotected, payload, signature = decode_plain(raw)
    said = decode_plain(payload)
    for name, value in {"number": 10**6, "issued_at": said[4]["issued_at"] + 1, "wards": [], "rows": []}.items():
        changed = encode_plain([*said[:4], {**said[4], name: value}])
        bent.append(encode_plain([header, unprotected, changed, signature]))
    lists = [base64.b64encode(each).decode() for each in (raw, *(each for each in bent if each != raw))]
    believed: list[bool] = page.evaluate(BELIEVED, lists)
    assert believed == [True, *[False] * (len(lists) - 1)]


def _bent(raw: bytes, rng: random.Random) -> bytes:
    octets = bytearray(raw)
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        at = rng.randrange(max(len(octets), 1))
        match rng.randrange(6):
            case 0:
                octets[at] ^= 1 << rng.randrange(8)
            case 1:
                octets[at] = rng.randrange(256)
            case 2:
                del octets[at]
            case 3:
                octets.insert(at, rng.randrange(256))
            case 4:
                octets = octets[: max(at, 8)]
            case _:
                octets += bytes([rng.randrange(256)])
    return bytes(octets)


def _bent_text(text: str, rng: random.Random) -> str:
    at = rng.randrange(len(text))
    changed = rng.choice((rng.choice(ALPHABET), "a", "あ", "", " ", "\n"))
    return text[:at] + changed + text[at + 1 :] if rng.random() < 0.8 else text[:at]


_ODD: tuple[Any, ...] = (
    "", "x", "x" * 200, "x" * 201, "𠮷" * 200, -1, 0, 21, 20, 1989, 1990, 2200, 2201, 2**33, 2**63, None, 1.5, b"",
    bytes(15), bytes(16), bytes(17), [], ["a"], ["a"] * 8, ["a"] * 9, [""], [1], {}, {1: 2}, {"a": 1}, "taxation",
    "Taxation", "tax-ation", "t", "a" * 31, "a" * 32,
)  # fmt: skip


def _signed_oddly(signer: Signer, rng: random.Random) -> bytes:
    header, _, payload, _ = decode_plain(signer.sign(FRONT_CODE, BODY))
    said = decode_plain(payload)
    body = said[4]
    for _ in range(rng.choice((1, 1, 1, 2))):
        match rng.randrange(8):
            case 0:
                body.append(rng.choice(_ODD))
            case 1:
                del body[rng.randrange(len(body))]
            case _:
                body[rng.randrange(len(body))] = rng.choice(_ODD)
    return _statement(signer, header, encode_plain(said))


def _statement(signer: Signer, header: bytes, payload: bytes) -> bytes:
    signature = signer.key.sign(encode_plain(["Signature1", header, b"", payload]))
    return encode_plain([header, {}, payload, signature])
