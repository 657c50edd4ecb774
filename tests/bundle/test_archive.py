"""A bundle is taken whole, from its signer, or not at all; and the base system's own tools see the same."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from madoguchi.bundle.archive import check_archive, write_archive
from madoguchi.errors import MadoguchiError
from tests.bundle.small import key_pair

AT = 1_800_000_000
TOP = "madoguchi-0.1.0-abc"
Entry = tuple[tarfile.TarInfo, bytes]


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    return key_pair(tmp_path)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    made = tmp_path / TOP
    (made / "wheels").mkdir(parents=True)
    (made / "wheels" / "a.whl").write_bytes(bytes(200_000))
    (made / "README 日本語.md").write_text("窓口")
    (made / "madoguchi").write_text("#!/bin/sh\n")
    (made / "madoguchi").chmod(0o755)
    return made


@pytest.fixture
def archive(tree: Path, keys: tuple[Path, Path], tmp_path: Path) -> Path:
    out = tmp_path / "bundle.tar"
    assert write_archive(tree, out, key=keys[0], at=AT) == 3
    return out


def entries(archive: Path) -> list[Entry]:
    with tarfile.open(archive) as opened:
        return [(each, (opened.extractfile(each) or io.BytesIO()).read()) for each in opened]


def written(archive: Path, content: list[Entry]) -> Path:
    with tarfile.open(archive, "w", format=tarfile.PAX_FORMAT) as made:
        for member, raw in content:
            member.size = len(raw)
            made.addfile(member, io.BytesIO(raw))
    return archive


def test_it_is_taken_as_it_was_made(archive: Path, keys: tuple[Path, Path]) -> None:
    checked = check_archive(archive, key=keys[1])
    assert (checked.name, checked.files) == (TOP, 3)


def test_the_same_content_is_the_same_file_but_for_the_signature(
    tree: Path, archive: Path, keys: tuple[Path, Path], tmp_path: Path
) -> None:
    again = tmp_path / "again.tar"
    write_archive(tree, again, key=keys[0], at=AT)
    assert [raw for member, raw in entries(again) if not member.name.endswith(".sig")] == [
        raw for member, raw in entries(archive) if not member.name.endswith(".sig")
    ]
    assert {(member.mtime, member.uid, member.uname) for member, _ in entries(again)} == {(AT, 0, "")}


def test_sha256sum_and_openssl_say_the_same(archive: Path, keys: tuple[Path, Path], tmp_path: Path) -> None:
    """What a machine can check before anything of the bundle runs."""
    place = tmp_path / "unpacked"
    place.mkdir()
    subprocess.run(["tar", "xf", str(archive), "-C", str(place)], check=True)
    sums = ["sha256sum", "--quiet", "--strict", "--check", "SHA256SUMS"]
    subprocess.run(sums, cwd=place / TOP, check=True)
    signature = ["openssl", "dgst", "-sha256", "-verify", str(keys[1]), "-signature", "SHA256SUMS.sig", "SHA256SUMS"]
    subprocess.run(signature, cwd=place / TOP, check=True, capture_output=True)
    assert (place / TOP / "madoguchi").stat().st_mode & 0o777 == 0o755
    (place / TOP / "wheels" / "a.whl").write_bytes(b"x")
    assert subprocess.run(sums, cwd=place / TOP, check=False, capture_output=True).returncode != 0


def test_another_signer(archive: Path, tmp_path: Path) -> None:
    with pytest.raises(MadoguchiError, match=r"is not by other\.pub"):
        check_archive(archive, key=key_pair(tmp_path, "other")[1])


def _like(member: tarfile.TarInfo, name: str) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.mode, made.mtime = member.mode, member.mtime
    return made


def _flip(content: list[Entry]) -> list[Entry]:
    return [(member, b"\x01" + raw[1:] if member.name.endswith(".whl") else raw) for member, raw in content]


def _forge_sums(content: list[Entry]) -> list[Entry]:
    (member, raw), *rest = content
    return [(member, raw.replace(b"0", b"1", 1)), *rest]


def _add(content: list[Entry]) -> list[Entry]:
    return [*content, (_like(content[2][0], f"{TOP}/wheels/more.whl"), b"more")]


def _leave_out(content: list[Entry]) -> list[Entry]:
    return content[:-1]


def _twice(content: list[Entry]) -> list[Entry]:
    return [*content, content[-1]]


def _late_sums(content: list[Entry]) -> list[Entry]:
    return [*content[2:], *content[:2]]


def _outside(content: list[Entry]) -> list[Entry]:
    return [*content, (_like(content[2][0], f"{TOP}/../evil"), b"evil")]


def _elsewhere(content: list[Entry]) -> list[Entry]:
    return [*content, (_like(content[2][0], "/etc/evil"), b"evil")]


def _link(content: list[Entry]) -> list[Entry]:
    link = tarfile.TarInfo(f"{TOP}/link")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    return [*content, (link, b"")]


def _setuid(content: list[Entry]) -> list[Entry]:
    content[-1][0].mode = 0o4755
    return content


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (_flip, "wheels/a.whl"),
        (_forge_sums, "SHA256SUMS.sig is not by"),
        (_add, "wheels/more.whl"),
        (_leave_out, "wheels/a.whl is missing"),
        (_twice, "wheels/a.whl"),
        (_late_sums, "SHA256SUMS must come first"),
        (_outside, "leads out of"),
        (_elsewhere, "leads out of"),
        (_link, "no plain file"),
        (_setuid, "no plain file"),
        (lambda content: [], "SHA256SUMS is missing"),
    ],
)
def test_whatever_was_changed_is_named(
    archive: Path, keys: tuple[Path, Path], change: Callable[[list[Entry]], list[Entry]], what: str
) -> None:
    with pytest.raises(MadoguchiError, match=what):
        check_archive(written(archive, change(entries(archive))), key=keys[1])


def test_cut_off_or_no_tar_at_all(archive: Path, keys: tuple[Path, Path]) -> None:
    raw = archive.read_bytes()
    for wrong in (raw[: len(raw) // 2], b"", b"no tar" * 1000):
        archive.write_bytes(wrong)
        with pytest.raises(MadoguchiError, match=r"bundle\.not_taken"):
            check_archive(archive, key=keys[1])


def test_keys_of_another_kind(tree: Path, archive: Path, keys: tuple[Path, Path], tmp_path: Path) -> None:
    for command in (["openssl", "genpkey", "-algorithm", "ed25519"], ["echo", "no key"]):
        (tmp_path / "wrong").write_bytes(subprocess.run(command, capture_output=True, check=True).stdout)
        with pytest.raises(MadoguchiError, match=r"bundle\.not_made"):
            write_archive(tree, tmp_path / "never.tar", key=tmp_path / "wrong", at=AT)
        assert not (tmp_path / "never.tar").exists()
    for wrong in (keys[0], tmp_path / "wrong"):
        with pytest.raises(MadoguchiError, match=r"bundle\.not_taken"):
            check_archive(archive, key=wrong)
