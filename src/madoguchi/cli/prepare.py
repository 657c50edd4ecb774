"""First use: virtual environment, hashed wheels, font; then the program itself. Standard library only.

Run by the `madoguchi` script with the system's Python. Everything lies in `.madoguchi/` inside the clone; nothing
outside is changed, except that root's `test` and `bench` install the Debian packages that they need.
"""

from __future__ import annotations

import compileall
import ctypes
import fcntl
import glob
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[3]
HOME = ROOT / ".madoguchi"
VENV = HOME / "venv"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = ROOT / "requirements"
WHEELS, DEBS = ROOT / "wheels", ROOT / "debs"
"""Of an unpacked bundle (`bundle make`): then nothing is asked of the network."""
BUNDLED = frozenset({"run", "font"})
EXTRA = {"test": "test", "bench": "bench"}
"""Command to the requirement file that it needs beside run.txt."""
FONT_COMMANDS = frozenset({"demo", "test", "bench", "issuer", "certificate", "paper"})
DEBIAN_FONT = "fonts-ipamj-mincho"
DEBIAN_FONT_FILE = Path("usr/share/fonts/truetype/ipamj/ipamjm.ttf")
FONT_PLACES = (Path("/") / DEBIAN_FONT_FILE, HOME / "fonts" / DEBIAN_FONT_FILE)
"""Installed, or unpacked by an earlier run."""
TEST_PROGRAMS = {
    "avahi-daemon": "avahi-daemon",
    "cc": "gcc",
    "chromium": "chromium",
    "dbus-daemon": "dbus-daemon",
    "ip": "iproute2",
    "ippeveprinter": "cups-ipp-utils",
    "nft": "nftables",
    "opensc-tool": "opensc",
    "pcscd": "pcscd",
    "pdftoppm": "poppler-utils",
    "qpdf": "qpdf",
    "softhsm2-util": "softhsm2",
    "swig": "swig",
    "tesseract": "tesseract-ocr",
}
"""Program to the Debian package that has it."""
TEST_FILES = {
    "/etc/reader.conf.d/vpcd": "vsmartcard-vpcd",
    "/usr/include/PCSC/winscard.h": "libpcsclite-dev",
    "/usr/lib/*/opensc-pkcs11.so": "opensc-pkcs11",
    "/usr/share/tesseract-ocr/*/tessdata/jpn.traineddata": "tesseract-ocr-jpn",
    f"{sysconfig.get_path('include')}/Python.h": "python3-dev",
}
"""File that is no program (a pattern) to the Debian package that has it."""
BENCH_LIBRARIES = {
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
}
"""Library that WeasyPrint loads to the Debian package that has it; the last makes it fast, so fairness wants it."""
BENCH_TOOLS = {"cc": "gcc", "pkg-config": "pkg-config"}
"""Program that building pycairo needs to the Debian package that has it."""
PROGRESS_SECONDS = 2.0


class PrerequisiteError(Exception):
    """One line that says what is missing and how to get it."""


def main(arguments: list[str]) -> int:
    """Prepare, then become `python -m madoguchi.cli`. Returns only when preparing failed."""
    try:
        _prepare(arguments[0] if arguments else "")
    except PrerequisiteError as problem:
        _say(str(problem))
        return 1
    except KeyboardInterrupt:
        return 130
    return _become([str(PYTHON), "-m", "madoguchi.cli", *arguments])


def _become(command: list[str]) -> NoReturn:
    """Signals, exit code and terminal are the program's own then."""
    os.execv(command[0], command)  # noqa: S606  no shell is wanted


def _prepare(command: str) -> None:
    with _one_at_a_time():
        _environment()
        _install("run")
        if command in EXTRA:
            _install(EXTRA[command])
        if command in FONT_COMMANDS:
            _font()
        if command == "bench":
            _bench_packages()
        _compile()
    if command == "test":
        _test_programs()
        with _one_at_a_time():
            _build_reader()


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Two first runs side by side would install into one another."""
    HOME.mkdir(exist_ok=True)
    with (HOME / "prepare.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("another run is preparing the environment; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _environment() -> None:
    """Make the virtual environment unless it is whole and of this Python version."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    stamp = VENV / "madoguchi-python"
    if stamp.exists() and stamp.read_text() == version and PYTHON.exists():
        return
    _require_venv()
    shutil.rmtree(VENV, ignore_errors=True)
    _run([sys.executable, "-m", "venv", str(VENV)], doing=f"Making a virtual environment for Python {version}")
    # The program is used where it lies; nothing is built or copied.
    packages = VENV / "lib" / f"python{version}" / "site-packages"
    (packages / "madoguchi.pth").write_text(f"{ROOT / 'src'}\n")
    stamp.write_text(version)


def _require_venv() -> None:
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        msg = f"Python's venv module is needed. On Debian or Ubuntu: apt-get install python3-venv (or {package})"
        raise PrerequisiteError(msg) from None


def _install(name: str, *options: str, environment: dict[str, str] | None = None) -> None:
    """Install one requirement file, unless exactly this file is installed already."""
    wanted, installed = REQUIREMENTS / f"{name}.txt", VENV / f"madoguchi-{name}.txt"
    if installed.exists() and installed.read_bytes() == wanted.read_bytes():
        return
    installed.unlink(missing_ok=True)
    count = sum("==" in line for line in wanted.read_text().splitlines())
    command = [str(PYTHON), "-m", "pip", "install", "--require-hashes", "--only-binary=:all:", "--compile"]
    command += ["--disable-pip-version-check", "--no-input", "--progress-bar=off", *options]
    if name in BUNDLED and WHEELS.is_dir():
        command += ["--isolated", "--no-index", f"--find-links={WHEELS}"]
    command += ["-r", str(wanted)]
    _run(command, doing=f"Installing {count} packages for {name}", environment=environment)
    shutil.copyfile(wanted, installed)


def _compile() -> None:
    """Compile the program's own sources, those that changed since.

    A deployment is a dozen processes that start together. Where bytecode may not be written in passing
    (PYTHONDONTWRITEBYTECODE, usual in containers) each would compile all of it, every time: half of its start-up time.
    """
    sources = ROOT / "src"
    if not (sources / "madoguchi" / "__pycache__").exists():
        _say("Compiling the program …")
    compileall.compile_dir(str(sources), quiet=2)


def _font() -> None:
    """IPAmj where it can be had: installed, unpacked before, or downloaded now; otherwise a font from a wheel."""
    if os.environ.get("MADOGUCHI_FONTS") or any(place.exists() for place in FONT_PLACES):
        return
    if (VENV / "madoguchi-font.txt").exists() or _download_font():
        return
    _say(f"{DEBIAN_FONT} is not installed and apt cannot fetch it: using IPAexGothic from a wheel.")
    _say("Rarer characters of names will be refused. On Debian or Ubuntu: apt-get install fonts-ipamj-mincho")
    _install("font", "--no-deps")


def _download_font() -> bool:
    """The Debian package, the bundle's or fetched with apt's checks, unpacked without root. False without either."""
    if not shutil.which("dpkg-deb"):
        return False
    for package in DEBS.glob(f"{DEBIAN_FONT}_*.deb"):
        return _quiet(["dpkg-deb", "-x", str(package), str(HOME / "fonts")], directory=HOME, doing="Unpacking the font")
    if not shutil.which("apt-get"):
        return False
    work = HOME / "apt"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    try:
        if not _quiet(["apt-get", "download", DEBIAN_FONT], directory=work, doing=f"Fetching {DEBIAN_FONT} (25 MB)"):
            private = _private_apt(work)
            _quiet(["apt-get", *private, "update"], directory=work, doing="Reading apt's package lists")
            _quiet(["apt-get", *private, "download", DEBIAN_FONT], directory=work, doing=f"Fetching {DEBIAN_FONT}")
        packages = list(work.glob("*.deb"))
        if not packages:
            return False
        return _quiet(["dpkg-deb", "-x", str(packages[0]), str(HOME / "fonts")], directory=work, doing="Unpacking it")
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _private_apt(work: Path) -> list[str]:
    """Package lists of our own, for a machine whose lists are empty: needs no root and changes nothing there."""
    for part in ("state/lists/partial", "cache/archives/partial"):
        (work / part).mkdir(parents=True)
    return [
        "-o", f"Dir::State={work / 'state'}",
        "-o", f"Dir::Cache={work / 'cache'}",
        "-o", "Dir::State::status=/var/lib/dpkg/status",
        "-o", "Debug::NoLocking=1",
        "-o", "APT::Sandbox::User=root",
    ]  # fmt: skip


def _test_programs() -> None:
    """What tests drive from outside. Root gets it installed; others are told; under CI nothing may be missing."""
    missing = _from_debian(_missing_programs)
    for program, package in missing.items():
        _say(f"tests that need {program} will be skipped. On Debian or Ubuntu: apt-get install {package}")
    if missing and os.environ.get("CI") == "true":
        msg = f"CI is set, and nothing may be skipped there: {', '.join(sorted(missing))} missing"
        raise PrerequisiteError(msg)


def _from_debian(find_missing: Callable[[], dict[str, str]]) -> dict[str, str]:
    """Install, as root, the packages of what is missing; returns what is missing still, with its package."""
    missing = find_missing()
    if not missing or os.geteuid() != 0 or not shutil.which("apt-get"):
        return missing
    packages = sorted(set(missing.values()))
    install = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    if _quiet(["apt-get", "update"], directory=ROOT, doing="Reading apt's package lists"):
        _run(install, doing=f"Installing {', '.join(packages)}", environment=environment)
    return find_missing()


def _missing_programs() -> dict[str, str]:
    missing = {program: package for program, package in TEST_PROGRAMS.items() if shutil.which(program) is None}
    return missing | {file: package for file, package in TEST_FILES.items() if not glob.glob(file)}  # noqa: PTH207


def _build_reader() -> None:
    """pyscard has no wheel for Linux: built from its hashed source with hashed tools. Without it, tests are skipped."""
    try:
        _install("reader-build")
        _install("reader", "--no-binary=pyscard", "--no-build-isolation", "--no-deps")
    except PrerequisiteError as problem:
        if os.environ.get("CI") == "true":
            raise
        _say(f"{problem}\npyscard is left out: tests of the card reader will be skipped")


def _bench_packages() -> None:
    """What the engines beside ours are made of. Whoever lacks it measures without them, and is told so."""
    missing = _from_debian(_missing_for_bench)
    for thing, package in missing.items():
        peer = "WeasyPrint" if thing in BENCH_LIBRARIES else "pycairo"
        _say(f"{peer} may be left out: no {thing}. On Debian or Ubuntu: apt-get install {package}")
    if missing.keys() <= BENCH_LIBRARIES.keys():
        _build_cairo()


def _missing_for_bench() -> dict[str, str]:
    missing = {name: package for name, package in BENCH_LIBRARIES.items() if not _loads(name)}
    missing |= {name: package for name, package in BENCH_TOOLS.items() if shutil.which(name) is None}
    if not (Path(sysconfig.get_path("include")) / "Python.h").exists():
        missing["Python.h"] = "python3-dev"
    if "pkg-config" in missing or subprocess.run(["pkg-config", "--exists", "cairo"], check=False).returncode:
        missing["cairo.h"] = "libcairo2-dev"
    return missing


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _build_cairo() -> None:
    """pycairo has no wheel: built from its hashed source with the hashed tools of bench.txt, and nothing fetched."""
    environment = {**os.environ, "PATH": f"{PYTHON.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    try:
        _install("cairo", "--no-binary=pycairo", "--no-build-isolation", "--no-deps", environment=environment)
    except PrerequisiteError as problem:
        _say(f"{problem}\npycairo is left out")


def _quiet(command: list[str], *, directory: Path, doing: str) -> bool:
    """Run something that may fail; True when it did not."""
    try:
        _run(command, doing=doing, directory=directory)
    except PrerequisiteError:
        return False
    return True


def _run(
    command: list[str], *, doing: str, directory: Path | None = None, environment: dict[str, str] | None = None
) -> None:
    """Run a step; show that it lives when it takes longer than two seconds; show its words only when it failed."""
    began = time.monotonic()
    with (HOME / "prepare.log").open("w+b") as output:
        step = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=directory, env=environment
        )
        try:
            _watch(step, doing=doing, began=began)
        except BaseException:
            step.terminate()
            step.wait()
            raise
        if step.returncode != 0:
            output.seek(0)
            words = output.read().decode(errors="replace").splitlines()
            msg = "\n".join([f"{doing}: failed", *(f"  {line}" for line in words[-12:])])
            raise PrerequisiteError(msg)


def _watch(step: subprocess.Popen[bytes], *, doing: str, began: float) -> None:
    """On a terminal one line that counts seconds, elsewhere one line at two seconds and one at the end."""
    live = sys.stderr.isatty()
    shown = False
    while True:
        try:
            step.wait(timeout=PROGRESS_SECONDS)
            break
        except subprocess.TimeoutExpired:
            if live:
                sys.stderr.write(f"\r{doing} … {time.monotonic() - began:.0f} s ")
                sys.stderr.flush()
            elif not shown:
                _say(f"{doing} …")
            shown = True
    if shown:
        _say(("\r" if live else "") + f"{doing}: {time.monotonic() - began:.0f} s")


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
