"""The first run on other people's machines: what is missing is one clear line, what is there is used again."""

from __future__ import annotations

import fcntl
import os
import stat
import subprocess
import sys
import threading
import time
from importlib.machinery import SourcelessFileLoader
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from madoguchi.cli import prepare

ROOT = Path(__file__).parents[2]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone that was never used, without network: pip is recorded instead."""
    (tmp_path / "requirements").mkdir()
    for name in ("run", "test", "bench", "cairo", "font", "reader-build", "reader"):
        (tmp_path / "requirements" / f"{name}.txt").write_text(f"package-of-{name}==1 \\\n    --hash=sha256:00\n")
    home = tmp_path / ".madoguchi"
    (home / "venv").mkdir(parents=True)
    monkeypatch.setattr(prepare, "ROOT", tmp_path)
    monkeypatch.setattr(prepare, "HOME", home)
    monkeypatch.setattr(prepare, "VENV", home / "venv")
    monkeypatch.setattr(prepare, "PYTHON", home / "venv" / "bin" / "python")
    monkeypatch.setattr(prepare, "REQUIREMENTS", tmp_path / "requirements")
    monkeypatch.setattr(prepare, "FONT_PLACES", (tmp_path / "nowhere.ttf",))
    monkeypatch.delenv("MADOGUCHI_FONTS", raising=False)
    monkeypatch.delenv("CI", raising=False)
    return home


class Steps:
    """Records the commands instead of running them; those with a word in `failing` fail."""

    def __init__(self) -> None:
        self.commands: list[list[str]] = []
        self.failing: set[str] = set()
        self.downloads: bytes | None = None

    def run(self, command: list[str], *, doing: str, directory: Path | None = None, environment: object = None) -> None:
        self.commands.append(command)
        if self.failing.intersection(command):
            raise prepare.PrerequisiteError(f"{doing}: failed")
        if "venv" in command:
            packages = Path(command[-1]) / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
            packages.mkdir(parents=True)
            (Path(command[-1]) / "bin").mkdir()
            (Path(command[-1]) / "bin" / "python").touch()
        if "download" in command and self.downloads is not None and directory is not None:
            (directory / "font.deb").write_bytes(self.downloads)

    def words(self) -> list[str]:
        return [
            next((word for word in ("venv", "install", "download", "update", "-x") if word in command), command[0])
            for command in self.commands
        ]


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Steps:
    steps = Steps()
    monkeypatch.setattr(prepare, "_run", steps.run)
    return steps


@pytest.fixture
def become(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    became: list[list[str]] = []

    def record(command: list[str]) -> int:
        became.append(command)
        return 0

    monkeypatch.setattr(prepare, "_become", record)
    return became


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with nothing on it; a test puts programs there."""
    path = tmp_path / "bin"
    path.mkdir()
    monkeypatch.setenv("PATH", str(path))
    return path


def put(path: Path, *names: str) -> None:
    for name in names:
        (path / name).write_text("#!/bin/sh\n")
        (path / name).chmod(0o755)


def test_first_run_prepares_and_second_does_not(home: Path, steps: Steps, become: list[list[str]]) -> None:
    assert prepare.main(["config", "check", "x"]) == 0
    assert steps.words() == ["venv", "install"]
    pip = steps.commands[1]
    assert {"--require-hashes", "--only-binary=:all:", "--compile"} <= set(pip)
    assert prepare.main([]) == 0
    assert len(steps.commands) == 2
    assert become == [
        [str(home / "venv/bin/python"), "-m", "madoguchi.cli", "config", "check", "x"],
        [str(home / "venv/bin/python"), "-m", "madoguchi.cli"],
    ]
    assert next(home.rglob("madoguchi.pth")).read_text() == f"{home.parent / 'src'}\n"


def test_processes_find_the_program_compiled(
    home: Path, steps: Steps, become: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    source = home.parent / "src" / "madoguchi" / "party.py"
    source.parent.mkdir(parents=True)
    for second, content in enumerate(("ONE = 1\n", "ONE = 1\nTWO = 2\n")):
        source.write_text(content)
        os.utime(source, (second, second))
        assert prepare.main([]) == 0
        loader = SourcelessFileLoader("party", cache_from_source(str(source)))
        code = loader.get_code("party")
        assert code is not None
        assert ("TWO" in code.co_names) == ("TWO" in content)


def test_only_a_changed_requirement_file_is_installed_again(
    home: Path, steps: Steps, become: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MADOGUCHI_FONTS", "x")
    monkeypatch.setattr(prepare, "_bench_packages", lambda: None)
    prepare.main(["bench"])
    steps.commands.clear()
    file = home.parent / "requirements" / "bench.txt"
    file.write_text(file.read_text().replace("==1", "==2"))
    prepare.main(["bench"])
    assert [command[-1] for command in steps.commands if "--require-hashes" in command] == [str(file)]


def test_a_failed_or_interrupted_installation_is_done_again(
    home: Path, steps: Steps, become: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    steps.failing = {"install"}
    assert prepare.main(["config"]) == 1
    assert "Installing 1 packages for run: failed" in capsys.readouterr().err
    assert become == []
    steps.failing = set()
    steps.commands.clear()
    assert prepare.main(["config"]) == 0
    assert steps.words() == ["install"]


def test_another_python_makes_another_environment(home: Path, steps: Steps, become: list[list[str]]) -> None:
    prepare.main([])
    (home / "venv" / "madoguchi-python").write_text("3.10")
    prepare.main([])
    assert steps.words() == ["venv", "install"] * 2


def test_without_venv_it_says_what_to_install(
    home: Path,
    steps: Steps,
    become: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    assert prepare.main([]) == 1
    assert "apt-get install python3-venv" in capsys.readouterr().err
    assert become == []


def test_two_runs_prepare_one_after_the_other(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (home / "prepare.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        order: list[str] = []

        def second() -> None:
            with prepare._one_at_a_time():
                order.append("second")

        waiting = threading.Thread(target=second)
        waiting.start()
        time.sleep(0.2)
        order.append("first")
        fcntl.flock(held, fcntl.LOCK_UN)
        waiting.join(timeout=10)
    assert order == ["first", "second"]
    assert "another run is preparing" in capsys.readouterr().err


class TestFont:
    def test_an_installed_one_is_used(self, home: Path, steps: Steps, monkeypatch: pytest.MonkeyPatch) -> None:
        place = home / "ipamjm.ttf"
        place.touch()
        monkeypatch.setattr(prepare, "FONT_PLACES", (place,))
        prepare._font()
        assert steps.commands == []

    def test_it_is_downloaded_and_unpacked_without_root(self, home: Path, steps: Steps, programs: Path) -> None:
        put(programs, "apt-get", "dpkg-deb")
        steps.downloads = b"deb"
        prepare._font()
        assert steps.words() == ["download", "-x"]
        assert steps.commands[1][-1] == str(home / "fonts")
        assert not (home / "apt").exists()

    def test_empty_package_lists_are_read_privately(self, home: Path, steps: Steps, programs: Path) -> None:
        put(programs, "apt-get", "dpkg-deb")
        steps.failing = {"apt-get"}
        prepare._font()
        assert steps.words() == ["download", "update", "download", "install"]
        for command in steps.commands[1:3]:
            assert any(part == f"Dir::State={home / 'apt' / 'state'}" for part in command)

    def test_elsewhere_a_font_from_a_wheel_and_it_says_so(
        self, home: Path, steps: Steps, programs: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        prepare._font()
        assert steps.words() == ["install"]
        assert "--no-deps" in steps.commands[0]
        assert "characters of names will be refused" in capsys.readouterr().err


class TestPrograms:
    """What `test` drives from outside: a browser, readers of PDF and of pictures, a token, namespaces, a firewall."""

    @pytest.fixture(autouse=True)
    def _account(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        monkeypatch.setattr(prepare, "TEST_FILES", {})

    def test_all_there(self, home: Path, steps: Steps, programs: Path) -> None:
        put(programs, *prepare.TEST_PROGRAMS)
        prepare._test_programs()
        assert steps.commands == []

    def test_without_root_it_says_what_is_skipped(
        self, home: Path, steps: Steps, programs: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        put(programs, *(prepare.TEST_PROGRAMS.keys() - {"pdftoppm"}))
        prepare._test_programs()
        assert capsys.readouterr().err.splitlines() == [
            "tests that need pdftoppm will be skipped. On Debian or Ubuntu: apt-get install poppler-utils"
        ]

    def test_under_ci_nothing_may_be_missing(
        self, home: Path, steps: Steps, programs: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CI", "true")
        with pytest.raises(prepare.PrerequisiteError, match=f"{', '.join(sorted(prepare.TEST_PROGRAMS))} missing"):
            prepare._test_programs()

    def test_a_file_that_is_no_program_is_looked_for_by_its_pattern(
        self, home: Path, programs: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (home / "here.so").touch()
        put(programs, *prepare.TEST_PROGRAMS)
        monkeypatch.setattr(prepare, "TEST_FILES", {f"{home}/*.so": "has-it", f"{home}/*.h": "has-it-not"})
        assert prepare._missing_programs() == {f"{home}/*.h": "has-it-not"}

    def test_root_installs_what_is_missing(
        self, home: Path, steps: Steps, programs: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        put(programs, "apt-get", *(prepare.TEST_PROGRAMS.keys() - {"nft", "pdftoppm"}))
        prepare._test_programs()
        assert steps.commands[-1][-2:] == ["nftables", "poppler-utils"]

    def test_the_package_of_the_card_reader_is_built_from_hashed_source_with_hashed_tools(
        self, home: Path, steps: Steps
    ) -> None:
        prepare._build_reader()
        tools, package = steps.commands
        assert tools[-1] == str(home.parent / "requirements" / "reader-build.txt")
        assert {"--require-hashes", "--no-binary=pyscard", "--no-build-isolation", "--no-deps"} <= set(package)
        assert package[-1] == str(home.parent / "requirements" / "reader.txt")

    @pytest.mark.parametrize("ci", [False, True])
    def test_without_it_tests_are_skipped_but_never_under_ci(
        self, home: Path, steps: Steps, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], ci: bool
    ) -> None:
        steps.failing = {"install"}
        monkeypatch.setenv("CI", "true" if ci else "")
        if ci:
            with pytest.raises(prepare.PrerequisiteError):
                prepare._build_reader()
        else:
            prepare._build_reader()
            assert "tests of the card reader will be skipped" in capsys.readouterr().err


class TestPeersOfTheBench:
    @pytest.fixture(autouse=True)
    def _ordinary_account(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 1000)

    def missing(self, monkeypatch: pytest.MonkeyPatch, found: dict[str, str]) -> None:
        monkeypatch.setattr(prepare, "_missing_for_bench", lambda: found)

    def test_the_one_without_a_wheel_is_built_from_hashed_source_with_hashed_tools(
        self, home: Path, steps: Steps, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.missing(monkeypatch, {})
        prepare._bench_packages()
        (pip,) = steps.commands
        assert {"--require-hashes", "--no-binary=pycairo", "--no-build-isolation", "--no-deps"} <= set(pip)
        assert pip[-1] == str(home.parent / "requirements" / "cairo.txt")

    def test_what_is_missing_is_one_line_each_and_nothing_is_built(
        self, home: Path, steps: Steps, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.missing(monkeypatch, {"libpango-1.0.so.0": "libpango-1.0-0", "cairo.h": "libcairo2-dev"})
        prepare._bench_packages()
        assert steps.commands == []
        assert capsys.readouterr().err.splitlines() == [
            "WeasyPrint may be left out: no libpango-1.0.so.0. On Debian or Ubuntu: apt-get install libpango-1.0-0",
            "pycairo may be left out: no cairo.h. On Debian or Ubuntu: apt-get install libcairo2-dev",
        ]

    def test_a_failed_build_leaves_it_out(
        self, home: Path, steps: Steps, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.missing(monkeypatch, {})
        steps.failing = {"install"}
        prepare._bench_packages()
        assert capsys.readouterr().err.endswith("pycairo is left out\n")

    def test_root_installs_the_packages(
        self, home: Path, steps: Steps, monkeypatch: pytest.MonkeyPatch, programs: Path
    ) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        put(programs, "apt-get")
        self.missing(monkeypatch, {"cairo.h": "libcairo2-dev", "libpango-1.0.so.0": "libpango-1.0-0"})
        prepare._bench_packages()
        assert steps.commands[-1][-2:] == ["libcairo2-dev", "libpango-1.0-0"]

    def test_an_empty_machine_lacks_the_tools(self, programs: Path) -> None:
        assert {"cc", "pkg-config", "cairo.h"} <= prepare._missing_for_bench().keys()


def test_a_failing_step_shows_its_last_words(home: Path) -> None:
    with pytest.raises(prepare.PrerequisiteError, match="Trying it: failed\n  no such thing"):
        prepare._run(["sh", "-c", "echo no such thing; exit 3"], doing="Trying it")


def test_a_long_step_shows_that_it_lives(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(prepare, "PROGRESS_SECONDS", 0.05)
    prepare._run(["sleep", "0.3"], doing="Waiting")
    assert capsys.readouterr().err.splitlines() == ["Waiting …", "Waiting: 0 s"]


@pytest.fixture
def fake_python(tmp_path: Path) -> Path:
    directory = tmp_path / "old"
    directory.mkdir()
    for name in ("dirname", "readlink"):
        (directory / name).symlink_to(f"/usr/bin/{name}")
    return directory


def launch(path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", str(ROOT / "madoguchi"), "--version"],
        env={"PATH": str(path), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_python_one_clear_line(fake_python: Path) -> None:
    result = launch(fake_python)
    assert result.returncode == 1
    assert result.stderr.splitlines() == [
        "madoguchi: Python 3.11, 3.12 or 3.13 is needed. On Debian or Ubuntu: apt-get install python3 python3-venv"
    ]


def test_an_old_python_is_passed_over(fake_python: Path) -> None:
    (fake_python / "python3").write_text("#!/bin/sh\nexit 1\n")
    (fake_python / "python3").chmod(0o755)
    assert "Python 3.11, 3.12 or 3.13 is needed" in launch(fake_python).stderr


def test_the_launcher_is_executable_and_runs_from_anywhere(tmp_path: Path) -> None:
    """Through a link, from another directory; the Python found is asked to run prepare.py of the clone."""
    asked = tmp_path / "bin"
    asked.mkdir()
    for name in ("dirname", "readlink"):
        (asked / name).symlink_to(f"/usr/bin/{name}")
    (asked / "python3").write_text('#!/bin/sh\n[ "$1" = -c ] && exit 0\necho "$@"\n')
    (asked / "python3").chmod(0o755)
    link = tmp_path / "link"
    link.symlink_to(ROOT / "madoguchi")
    result = subprocess.run(
        [str(link), "demo", "--out", "a b"],
        env={"PATH": str(asked)},
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout == f"-B {ROOT}/src/madoguchi/cli/prepare.py demo --out a b\n"
    assert (ROOT / "madoguchi").stat().st_mode & stat.S_IXOTH
