"""Real processes: they die, are killed, ignore SIGTERM, outlive their parent."""

from __future__ import annotations

import gc
import logging
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from titanic_mlops.adapters.local.queue_file import is_alive
from titanic_mlops.platforms.local.supervisor import Child
from titanic_mlops.platforms.timing import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS

PATIENCE = 60.0  # seconds until a test fails; a test that passes never waits that long
WRITE_ID = "import os, sys; os.write(int(sys.argv[1]), b'%d\\n' % os.getpid())\n"
LIVE = WRITE_ID + "sys.stdin.read()"
EXIT_ON_SIGTERM = (
    "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))\n" + LIVE
)
IGNORE_SIGTERM = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    + WRITE_ID
    + ("import time\nwhile True: time.sleep(1)")
)
DIE = WRITE_ID + "sys.exit(7)"

Start = Callable[[str], Child]


class Pipe:
    """Lines that children write into one pipe."""

    def __init__(self) -> None:
        self.reading, self.writing = os.pipe()

    def number(self) -> int:
        """Return the process id that the next child to start writes."""
        line = b""
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([self.reading], [], [], PATIENCE)
            assert ready, "no child started"
            line += os.read(self.reading, 1)
        return int(line)

    def close(self) -> None:
        os.close(self.reading)
        os.close(self.writing)


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    opened = Pipe()
    yield opened
    opened.close()


@pytest.fixture
def child(pipe: Pipe) -> Iterator[Start]:
    """Make a child of some code that writes its process id into the pipe."""
    made: list[Child] = []

    def make(code: str) -> Child:
        command = [sys.executable, "-c", code, str(pipe.writing)]
        made.append(Child("sleeper", command, {"GIVEN": "7 seas"}, (pipe.writing,)))
        return made[-1]

    yield make
    while made:
        made.pop().kill()
    gc.collect()  # so that no pipe is closed, and warned of, in a later test


def until(condition: Callable[[], bool], step: Callable[[], object] = lambda: None) -> None:
    """Repeat a step until a condition holds."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        step()
        time.sleep(0.005)


def test_one_process_runs_however_often_it_is_asked_for(child: Start, pipe: Pipe) -> None:
    sleeper = child(LIVE)
    for _ in range(3):
        sleeper.keep_running()
    first = pipe.number()
    sleeper.keep_running()
    assert is_alive(first)
    assert select.select([pipe.reading], [], [], 0)[0] == []
    assert sleeper.deaths == 0


def test_a_child_gets_its_environment_beside_ours(
    child: Start, pipe: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OURS", "2")
    said = "os.environ['GIVEN'][:1] + os.environ['OURS']"
    child(f"import os, sys; os.write(int(sys.argv[1]), ({said} + '\\n').encode())").keep_running()
    assert pipe.number() == 72


def test_a_killed_child_is_restarted(
    child: Start, pipe: Pipe, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    sleeper = child(LIVE)
    sleeper.keep_running()
    first = pipe.number()
    os.kill(first, signal.SIGKILL)
    until(lambda: sleeper.deaths == 1, sleeper.keep_running)
    assert "The sleeper was killed by signal 9; restarting it." in caplog.text
    until(lambda: sleeper._process is not None, sleeper.keep_running)
    second = pipe.number()
    assert (second != first, is_alive(second), is_alive(first)) == (True, True, False)


def test_each_early_death_doubles_the_pause(child: Start, caplog: pytest.LogCaptureFixture) -> None:
    sleeper = child(DIE)
    for death in range(1, 4):
        sleeper.keep_running()
        until(lambda: sleeper._process is None, sleeper.keep_running)
        assert sleeper.deaths == death
        assert sleeper._pause == FIRST_PAUSE_SECONDS * 2**death
        assert sleeper._process is None
        sleeper.keep_running()  # the pause has just begun
        assert sleeper._process is None
        sleeper._started = 0.0  # it is over
    assert caplog.text.count("The sleeper ended with status 7") == 3


def test_no_pause_is_longer_than_the_longest(child: Start) -> None:
    sleeper = child(DIE)
    sleeper._pause = LONGEST_PAUSE_SECONDS * 0.9
    until(lambda: sleeper.deaths == 1, sleeper.keep_running)
    assert sleeper._pause == LONGEST_PAUSE_SECONDS


def test_a_stable_child_is_restarted_after_the_first_pause(child: Start, pipe: Pipe) -> None:
    sleeper = child(LIVE)
    sleeper.keep_running()
    sleeper._pause, sleeper._started = LONGEST_PAUSE_SECONDS, sleeper._started - 3600
    os.kill(pipe.number(), signal.SIGKILL)
    until(lambda: sleeper.deaths == 1, sleeper.keep_running)
    assert sleeper._pause == FIRST_PAUSE_SECONDS


def test_ending_a_child_sends_sigterm_first(
    child: Start, pipe: Pipe, caplog: pytest.LogCaptureFixture
) -> None:
    sleeper = child(EXIT_ON_SIGTERM)
    sleeper.keep_running()
    process, number = sleeper._process, pipe.number()
    assert process is not None
    sleeper.end(PATIENCE)
    assert (process.returncode, is_alive(number)) == (3, False)
    assert [record for record in caplog.records if record.levelno > logging.INFO] == []


def test_a_child_that_ignores_sigterm_is_killed_after_its_patience(
    child: Start, pipe: Pipe, caplog: pytest.LogCaptureFixture
) -> None:
    sleeper = child(IGNORE_SIGTERM)
    sleeper.keep_running()
    process, number = sleeper._process, pipe.number()
    assert process is not None
    sleeper.end(0.05)
    assert (process.returncode, is_alive(number)) == (-signal.SIGKILL, False)
    assert "The sleeper did not end within 0.05 s of SIGTERM; killing it." in caplog.text


def test_ending_a_child_that_does_not_run_does_nothing(child: Start) -> None:
    sleeper = child(DIE)
    sleeper.end(0)
    until(lambda: sleeper.deaths == 1, sleeper.keep_running)
    sleeper.end(0)
    sleeper.kill()


PARENT = """
import sys, time
from titanic_mlops.platforms.local.supervisor import Child

descriptor = int(sys.argv[1])
child = Child("sleeper", [sys.executable, "-c", sys.argv[2], sys.argv[1]], {}, (descriptor,))
child.keep_running()
time.sleep(600)
"""
WRITE_END = WRITE_ID + "sys.stdin.read(); os.write(int(sys.argv[1]), b'0\\n')"


def test_a_childs_input_ends_when_its_parent_is_killed(pipe: Pipe) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(pipe.writing), WRITE_END], pass_fds=(pipe.writing,)
    ) as parent:
        try:
            number = pipe.number()
            assert is_alive(number)
            assert os.getpgid(number) != os.getpgid(parent.pid)
        finally:
            parent.send_signal(signal.SIGKILL)
    assert pipe.number() == 0  # said when its input had ended
