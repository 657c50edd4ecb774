"""The party as a process: real configuration, mutual TLS, PostgreSQL; asked as center and issuer ask."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec
import pytest
from click.testing import CliRunner
from cryptography import x509

from madoguchi import __version__
from madoguchi.cardproof import ocsp_request, verify_card_certificate, verify_ocsp
from madoguchi.errors import MadoguchiError
from madoguchi.jpki.authority import save_authority
from madoguchi.jpki.command import group
from madoguchi.jpki.config import JpkiConfig
from madoguchi.jpki.serve import own_authority
from madoguchi.runtime.caller import Caller, PeerRefused
from madoguchi.runtime.config import Database, Listen, PartyConfig, Peer, Topology, declare, write_config
from madoguchi.wire.identifiers import Environment
from tests.cardproof.forging import code_of, pinned
from tests.jpki.authorities import SERIAL, authority, card
from tests.runtime.pki import Authority, Identity

ROW = "0000000001,{generation},{serial},card,{status},2024-01-01,2031-01-01\n"
HEADER = "addressee_number,ca_generation,serial,medium,status,valid_from,valid_until\n"
SERVE = "import sys; from madoguchi.jpki.command import group; group(sys.argv[1:])"


class House:
    """A jpki with its configuration, and the identities of who may or may not ask it."""

    def __init__(self, directory: Path, *, database: Database | None, port: int) -> None:
        tls = Authority(directory / "tls")
        self.directory = directory
        self.identities = {name: tls.issue(name) for name in ("jpki", "center", "issuer", "kiosk", "stranger")}
        save_authority(authority(), directory / "authority")
        self.url = f"https://127.0.0.1:{port}"
        self.config = declare(
            JpkiConfig(
                party="jpki",
                name="jpki-1",
                environment=Environment.DEMO,
                version_expected=__version__,
                listen=Listen(port=port),
                tls=self.identities["jpki"].files,
                topology=Topology(replicas=("jpki-1",), fingerprint=""),
                database=database,
                authority_dir=directory / "authority",
                peers=tuple(self._peer(name) for name in ("center", "issuer", "kiosk")),
            )
        )
        self.file = directory / "jpki.toml"
        write_config(self.config, self.file)

    def _peer(self, party: str) -> Peer:
        return Peer(party=party, name=f"{party}-1", fingerprints=(self.identities[party].fingerprint,))

    def caller(self, party: str) -> Caller:
        identity: Identity = self.identities[party]
        jpki = Peer(party="jpki", name="jpki-1", fingerprints=(self.identities["jpki"].fingerprint,), url=self.url)
        return Caller(
            PartyConfig(
                party=party,
                name=f"{party}-1",
                environment=Environment.DEMO,
                version_expected=__version__,
                listen=Listen(),
                tls=identity.files,
                topology=Topology(replicas=(), fingerprint=""),
                peers=(jpki,),
            )
        )

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """The real process, from its configuration file to SIGTERM."""
        read, write = os.pipe()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", SERVE, "serve", "--config", str(self.file)),
            pass_fds=(write,),
            env=os.environ | {"MADOGUCHI_READY_FD": str(write)},
            stderr=asyncio.subprocess.PIPE,
        )
        os.close(write)
        try:
            ready = await asyncio.to_thread(os.read, read, 100)
            assert ready.startswith(b"ready "), await process.communicate()
            yield
        finally:
            os.close(read)
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
            _out, self.log = await asyncio.wait_for(process.communicate(), 15)
        assert process.returncode == 0


@pytest.fixture
def house(tmp_path: Path, database: Database, port: int) -> House:
    return House(tmp_path, database=database, port=port)


def command(house: House, *arguments: str) -> str:
    name, *rest = arguments
    done = CliRunner().invoke(group, [name, "--config", str(house.file), *rest])
    if done.exception is not None:
        raise done.exception
    return done.output


def serials(house: House, *rows: tuple[str, str, str]) -> str:
    path = house.directory / "serials.csv"
    lines = [ROW.format(generation=generation, serial=serial, status=status) for generation, serial, status in rows]
    path.write_text(HEADER + "".join(lines))
    return str(path)


async def test_from_registration_to_revocation(house: House) -> None:
    file = serials(house, ("g1", SERIAL, "valid"), ("g2", SERIAL, "superseded"))
    assert await asyncio.to_thread(command, house, "load", file) == "2 certificates, 2 changed\n"
    now = datetime.now(UTC)
    first, second = (
        verify_card_certificate(card(generation=name).certificate, pinned=pinned(), at=now) for name in ("g1", "g2")
    )
    unknown = verify_card_certificate(card(serial="BEEF").certificate, pinned=pinned(), at=now)
    async with house.serving(), house.caller("center") as center, house.caller("issuer") as issuer:
        for asker in (center, issuer):
            answer = await asker.post(house.url, "/ocsp", ocsp_request(first), answer=bytes, timeout=5)
            verify_ocsp(answer, holder=first, at=datetime.now(UTC))
        for who, code in ((second, "cardproof.revoked"), (unknown, "cardproof.unknown")):
            answer = await center.post(house.url, "/ocsp", ocsp_request(who), answer=bytes, timeout=5)
            assert code_of(lambda answer=answer, who=who: verify_ocsp(answer, holder=who, at=now)) == code
        done = await asyncio.to_thread(command, house, "revoke", "--generation", "g1", "--serial", SERIAL)
        assert done.startswith("revoked since ")
        answer = await center.post(house.url, "/ocsp", ocsp_request(first), answer=bytes, timeout=5)
        assert code_of(lambda: verify_ocsp(answer, holder=first, at=now)) == "cardproof.revoked"
    assert SERIAL.encode() not in house.log


async def test_the_days_list_is_the_same_for_everybody(house: House) -> None:
    async with house.serving(), house.caller("center") as center, house.caller("issuer") as issuer:
        lists = [await asker.get(house.url, "/crl/g2", answer=bytes, timeout=5) for asker in (center, issuer)]
        assert lists[0] == lists[1]
        crl = x509.load_der_x509_crl(lists[0])
        assert crl.is_signature_valid(authority().generation("g2").private_key.public_key())
        assert crl.last_update_utc <= datetime.now(UTC) < (crl.next_update_utc or datetime.min.replace(tzinfo=UTC))
        assert await refusal(center.get(house.url, "/crl/g3", answer=bytes, timeout=5)) == "jpki.generation_unknown"


async def test_nobody_else_is_answered(house: House) -> None:
    question = ocsp_request(verify_card_certificate(card().certificate, pinned=pinned(), at=datetime.now(UTC)))
    async with house.serving(), house.caller("kiosk") as kiosk, house.caller("stranger") as stranger:
        asked = kiosk.post(house.url, "/ocsp", question, answer=bytes, timeout=5)
        assert await refusal(asked) == "runtime.wrong_party"
        assert await refusal(kiosk.get(house.url, "/crl/g1", answer=bytes, timeout=5)) == "runtime.wrong_party"
        asked = stranger.post(house.url, "/ocsp", question, answer=bytes, timeout=5)
        assert await refusal(asked) == "runtime.unknown_peer"


async def test_a_long_question_is_not_read(house: House) -> None:
    async with house.serving(), house.caller("center") as center:
        asked = center.post(house.url, "/ocsp", bytes(2000), answer=bytes, timeout=5)
        assert await refusal(asked) == "runtime.too_large"
        answer = await center.post(house.url, "/ocsp", b"\x30\x00", answer=bytes, timeout=5)
        assert answer == b"\x30\x03\x0a\x01\x01"  # malformedRequest


async def refusal(call: Awaitable[object]) -> str:
    with pytest.raises(PeerRefused) as refused:
        await call
    return refused.value.peer_code


def test_a_faulty_file_changes_nothing(house: House) -> None:
    file = serials(house, ("g1", SERIAL, "valid"), ("g3", "A1", "valid"))
    with pytest.raises(MadoguchiError):
        command(house, "load", file)
    with pytest.raises(MadoguchiError) as refused:
        command(house, "revoke", "--generation", "g1", "--serial", SERIAL)
    assert refused.value.code == "jpki.certificate_unknown"
    too_long = serials(house, ("g1", "F" * 40, "valid"))
    with pytest.raises(MadoguchiError) as refused:
        command(house, "load", too_long)
    assert refused.value.code == "jpki.serial_malformed"


def test_without_a_database_nothing_begins(tmp_path: Path) -> None:
    house = House(tmp_path, database=None, port=0)
    for arguments in (["load", serials(house)], ["revoke", "--generation", "g1", "--serial", "A1"]):
        with pytest.raises(MadoguchiError) as refused:
            command(house, *arguments)
        assert refused.value.code == "jpki.no_database"


def test_keys_of_another_environment_are_refused(tmp_path: Path) -> None:
    house = House(tmp_path, database=None, port=0)
    production = msgspec.structs.replace(house.config, environment=Environment.PRODUCTION)
    assert code_of(lambda: own_authority(production)) == "jpki.files_unusable"
    assert own_authority(house.config).environment is Environment.DEMO


def test_help_says_what_each_command_does() -> None:
    for name, each in group.commands.items():
        done = CliRunner().invoke(group, [name, "--help"])
        assert done.exit_code == 0
        assert isinstance(each, click.Command)
        assert each.help
