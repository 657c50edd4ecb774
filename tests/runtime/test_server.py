"""The process around the listeners: signals, two doors, readiness, certificates that are renewed."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from madoguchi.runtime.caller import Caller
from madoguchi.runtime.config import PartyConfig, write_config
from madoguchi.runtime.endpoint import Health
from madoguchi.runtime.tls import client_context, peer_fingerprint
from tests.runtime.pki import Authority, Identity

PROCESS = """
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from madoguchi.runtime import log
from madoguchi.runtime.config import Listen, PartyConfig, load_config
from madoguchi.runtime.endpoint import application
from madoguchi.runtime.server import Listener, run, serve

@asynccontextmanager
async def lifespan(app):
    print("started", flush=True)
    try:
        yield
    finally:
        print("ended", flush=True)

async def page(request):
    return PlainTextResponse(str(request.scope.get("extensions", {})))

config = load_config(Path(sys.argv[1]), PartyConfig)
log.configure(party="center", name="center-1", strict=True)
app = application((), config=config, lifespan=lifespan)
pages = Starlette(routes=[Route("/", page)])
run(serve([
    Listener(app=app, listen=config.listen, tls=config.tls, share_port=True),
    Listener(app=pages, listen=Listen(port=0)),
]))
"""


class Running:
    def __init__(self, config: Path) -> None:
        reading, writing = os.pipe()
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROCESS, str(config)],
            env={**os.environ, "MADOGUCHI_READY_FD": str(writing)},
            pass_fds=(writing,),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        os.close(writing)
        with os.fdopen(reading) as ready:
            self.ports = [int(port) for port in ready.readline().split()[1:]]

    def stop(self, number: int) -> tuple[int, str, str]:
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=10)
        return self.process.returncode, out, err


@pytest.fixture
def running(center_config: PartyConfig, tmp_path: Path) -> Iterator[Running]:
    path = tmp_path / "center.toml"
    write_config(center_config, path)
    running = Running(path)
    yield running
    if running.process.poll() is None:
        running.process.kill()
        running.process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_ready_and_ends_in_good_order(running: Running, number: int) -> None:
    assert len(running.ports) == 2
    code, out, err = running.stop(number)
    assert (code, out) == (0, "started\nended\n")
    assert [event for event in ("runtime.started", "runtime.draining", "runtime.stopped") if event not in err] == []
    assert "Traceback" not in err


async def test_both_doors_are_open(running: Running, ec_config: PartyConfig) -> None:
    async with Caller(ec_config) as caller:
        url = f"https://127.0.0.1:{running.ports[0]}"
        assert (await caller.get(url, "/health", answer=Health, timeout=5)).party == "center"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://127.0.0.1:{running.ports[1]}/", timeout=5) as answer:
        assert answer.read() == b"{}"


def test_a_renewed_certificate_is_taken_up_and_a_broken_one_is_not(
    running: Running, authority: Authority, identities: dict[str, Identity]
) -> None:
    context = client_context(identities["ec"].files)
    assert shown(running.ports[0], context) == identities["center"].fingerprint
    renewed = authority.issue("center")
    running.process.send_signal(signal.SIGHUP)
    assert eventually(running, '"runtime.certificate_reloaded"')
    assert shown(running.ports[0], context) == renewed.fingerprint
    renewed.files.certificate.write_text("broken")
    running.process.send_signal(signal.SIGHUP)
    assert eventually(running, '"runtime.certificate_not_reloaded"')
    assert shown(running.ports[0], context) == renewed.fingerprint


def test_the_supervisor_is_told(center_config: PartyConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """READY when it listens, a sign of life at half the watchdog's time, STOPPING when it drains."""
    path, where = tmp_path / "center.toml", Path(tempfile.mkdtemp(prefix="nt-")) / "notify"
    write_config(center_config, path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(str(where))
        supervisor.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", str(where))
        monkeypatch.setenv("WATCHDOG_USEC", "200000")
        running = Running(path)
        said = [supervisor.recv(100) for _ in range(4)]
        running.stop(signal.SIGTERM)
        while said[-1] != b"STOPPING=1":
            said.append(supervisor.recv(100))
    shutil.rmtree(where.parent)
    assert said.count(b"READY=1") == 1
    assert said.count(b"WATCHDOG=1") >= 3


def test_an_address_in_use_is_a_problem_of_the_catalogue(center_config: PartyConfig, tmp_path: Path) -> None:
    path = tmp_path / "center.toml"
    write_config(center_config, path)
    first = Running(path)
    script = PROCESS.replace("share_port=True", "share_port=False")
    second = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=False)
    first.stop(signal.SIGTERM)
    assert second.returncode == 1
    assert "runtime.listen" in second.stderr
    assert second.stdout == "started\nended\n"


def test_no_core_file_is_left(running: Running) -> None:
    limits = Path(f"/proc/{running.process.pid}/limits").read_text()
    line = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
    assert line.split()[4:6] == ["0", "0"]


def shown(port: int, context: ssl.SSLContext) -> str:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as plain, context.wrap_socket(plain) as tls:
        return peer_fingerprint(tls.getpeercert(binary_form=True) or b"")


def eventually(running: Running, text: str) -> bool:
    assert running.process.stderr is not None
    return any(text in line for line in running.process.stderr)
