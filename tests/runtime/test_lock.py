from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from madoguchi.errors import MadoguchiError
from madoguchi.runtime.lock import ProcessLock

HOLDER = """
import sys, time
from pathlib import Path
from madoguchi.runtime.lock import ProcessLock
with ProcessLock(Path(sys.argv[1]), name="ec-1") as lock:
    print(lock.incarnation, flush=True)
    time.sleep(60)
"""


def test_two_names_do_not_disturb_each_other(tmp_path: Path) -> None:
    with ProcessLock(tmp_path, name="ec-1"), ProcessLock(tmp_path, name="ec-2"):
        pass


def test_a_second_holder_is_refused_and_the_lock_comes_free(tmp_path: Path) -> None:
    with ProcessLock(tmp_path, name="ec-1") as first:
        assert first.previous is None
        with pytest.raises(MadoguchiError) as refused, ProcessLock(tmp_path, name="ec-1"):
            pass
        assert refused.value.code == "runtime.already_running"
    with ProcessLock(tmp_path, name="ec-1") as second:
        assert second.previous == first.incarnation
        assert second.incarnation != first.incarnation


def test_holding_it_proves_that_a_killed_process_is_dead(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    try:
        incarnation = holder.stdout.readline().strip()
        with pytest.raises(MadoguchiError), ProcessLock(tmp_path, name="ec-1"):
            pass
    finally:
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
        holder.stdout.close()
    with ProcessLock(tmp_path, name="ec-1") as lock:
        assert lock.previous == incarnation
