"""From a bundle to a running program in a network namespace in which there is no network at all."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from madoguchi.bundle import command
from madoguchi.bundle.command import group
from madoguchi.errors import MadoguchiError
from tests.bundle.small import deb, key_pair, wheel

ROOT = Path(__file__).parents[2]
OWN_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
FONT_FILE = "usr/share/fonts/truetype/ipamj/ipamjm.ttf"


def git(repository: Path, *arguments: str) -> None:
    settings = ["-c", "user.name=A", "-c", "user.email=a@ward.example", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(repository), *settings, *arguments], check=True, capture_output=True)


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with the real launcher, a program of three lines, and one requirement: a wheel made here."""
    repository, wheels = tmp_path / "repository", tmp_path / "wheels"
    wheels.mkdir()
    cli = repository / "src" / "madoguchi" / "cli"
    cli.mkdir(parents=True)
    shutil.copy(ROOT / "madoguchi", repository / "madoguchi")
    shutil.copy(ROOT / "src" / "madoguchi" / "cli" / "prepare.py", cli / "prepare.py")
    for package in (cli.parent, cli):
        (package / "__init__.py").touch()
    (cli / "__main__.py").write_text("import sys\nimport tiny\nprint(tiny.WORD, sys.argv[1:])\n")
    _, digest = wheel(wheels, "tiny", "1.0", licence="License: MIT", code="WORD = 'offline'\n")
    (repository / "requirements").mkdir()
    (repository / "requirements" / "run.txt").write_text(f"tiny==1.0 \\\n    --hash=sha256:{digest}\n")
    git(tmp_path, "init", "--quiet", str(repository))
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message", "Begin")
    (repository / "uncommitted").touch()
    monkeypatch.setattr(command, "ROOT", repository)
    return tmp_path


def made(small: Path, *options: str) -> Path:
    """Make a bundle of the small repository, check it by the command, unpack it."""
    private, public = key_pair(small)
    out = small / "bundle.tar"
    arguments = ["make", "--out", str(out), "--key", str(private), "--python", OWN_PYTHON, *options]
    result = CliRunner().invoke(group, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    checked = CliRunner().invoke(group, ["verify", "--key", str(public), str(out)], catch_exceptions=False)
    assert "all as they were signed" in checked.output
    place = small / "machine"
    place.mkdir()
    subprocess.run(["tar", "xf", str(out), "-C", str(place)], check=True)
    (tree,) = place.iterdir()
    return tree


def without_network(tree: Path, *arguments: str, seconds: int) -> subprocess.CompletedProcess[str]:
    """The launcher, in a namespace whose only interface is loopback, without any setting of ours."""
    whole = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh", "./madoguchi", *arguments]
    environment = {"PATH": f"{Path(sys.base_prefix) / 'bin'}:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(tree)}
    return subprocess.run(
        whole, cwd=tree, env=environment, capture_output=True, text=True, check=False, timeout=seconds
    )


@pytest.fixture
def offline() -> Callable[..., subprocess.CompletedProcess[str]]:
    if os.geteuid() != 0 or shutil.which("unshare") is None or shutil.which("ip") is None:
        pytest.skip("installation without network is NOT tested: unshare --net needs root, util-linux and iproute2")
    return without_network


def test_the_launcher_installs_from_the_bundle_alone(
    small: Path, offline: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    (small / "debs").mkdir()
    tree = made(small, "--wheels-from", str(small / "wheels"), "--debs-from", str(small / "debs"))
    assert not (tree / "uncommitted").exists()
    told = offline(tree, "--help", seconds=120)
    assert (told.returncode, told.stdout) == (0, "offline ['--help']\n"), told.stderr
    (tree / ".madoguchi" / "venv" / "madoguchi-run.txt").unlink()
    next((tree / ".madoguchi").rglob("site-packages/tiny-1.0.dist-info/METADATA")).unlink()
    next((tree / "wheels").iterdir()).unlink()
    assert "failed" in offline(tree, "--help", seconds=120).stderr, "so it came from nowhere else"


def test_a_wheel_with_another_hash_is_not_bundled(small: Path) -> None:
    wheel(small / "wheels", "tiny", "1.0", licence="License: MIT", code="WORD = 'another'\n")
    private, _ = key_pair(small)
    arguments = ["make", "--out", str(small / "b.tar"), "--key", str(private), "--python", OWN_PYTHON]
    arguments += ["--wheels-from", str(small / "wheels"), "--debs-from", str(small / "wheels")]
    with pytest.raises(MadoguchiError, match=r"bundle\.not_made"):
        CliRunner().invoke(group, arguments, catch_exceptions=False)
    assert not (small / "b.tar").exists()


def test_an_existing_file_or_an_unknown_commit(small: Path) -> None:
    private, _ = key_pair(small)
    (small / "b.tar").touch()
    for out, commit, what in (("b.tar", "HEAD", "exists"), ("c.tar", "nothing", "git: ")):
        arguments = ["make", "--out", str(small / out), "--key", str(private), "--commit", commit]
        with pytest.raises(MadoguchiError, match=what):
            CliRunner().invoke(group, arguments, catch_exceptions=False)


def test_the_font_comes_from_the_bundles_package(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("dpkg-deb") is None:
        pytest.skip("dpkg-deb is Debian's own")
    from madoguchi.cli import prepare

    (small / "debs").mkdir()
    (small / "package" / "fonts-ipamj-mincho" / Path(FONT_FILE).parent).mkdir(parents=True)
    (small / "package" / "fonts-ipamj-mincho" / FONT_FILE).write_text("a font")
    deb(small / "debs", small / "package", "fonts-ipamj-mincho")
    tree = made(small, "--wheels-from", str(small / "wheels"), "--debs-from", str(small / "debs"))
    home = tree / ".madoguchi"
    home.mkdir()
    monkeypatch.setattr(prepare, "HOME", home)
    monkeypatch.setattr(prepare, "DEBS", tree / "debs")
    assert prepare._download_font()
    assert (home / "fonts" / FONT_FILE).read_text() == "a font"


@pytest.mark.long
def test_a_whole_bundle_runs_the_whole_chain(
    tmp_path: Path, offline: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """Needs pip's registry and apt to make it, and nothing after that: some minutes."""
    tree = made(tmp_path)
    assert {"nftables", "fonts-ipamj-mincho", "libc6"} <= {
        path.name.split("_")[0] for path in (tree / "debs").iterdir()
    }
    assert offline(tree, "--help", seconds=300).returncode == 0
    told = offline(tree, "demo", "--once", seconds=300)
    assert told.returncode == 0, told.stderr
    assert (tree / "out" / "paper.pdf").stat().st_size > 10_000
