"""Compilation in a process beside this one, while the interpreter goes on: a thread would hold the interpreter's lock.

The process writes machine code to the disk, where the next call finds it. It goes on if this one ends.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any

from zygote_nb.backend import cache
from zygote_nb.backend.executable import key_of, types_of
from zygote_nb.backend.pickling import libraries_only
from zygote_nb.backend.plan import NotCompiled, Text, allocator
from zygote_nb.backend.signature import Signature
from zygote_nb.dataclass import dataclass

DONE, GIVEN_UP, FAILED = 0, 3, 4
START = (
    "import json, os, sys\n"
    "sys.path[:] = json.loads(sys.argv[1])\n"
    "from zygote_nb.backend import lean\n"
    "from zygote_nb.backend.builder import build_what_is_named\n"
    "lean.for_good()\n"
    "os._exit(build_what_is_named())\n"
)


@dataclass(frozen=True, slots=True)
class Job:
    """What is compiled for which types, and the key of its machine code; ``more`` is kept beside it, pickled."""

    machine: str
    key: str
    text: Text
    types: Signature
    more: tuple[str, bytes] | None


@dataclass(slots=True)
class Build:
    """A process that compiles; None if what it would make is there already."""

    process: subprocess.Popen[bytes] | None

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def result(self) -> int:
        """What it ended with: DONE, GIVEN_UP, FAILED, or a negative number if it was killed."""
        return DONE if self.process is None or self.process.returncode is None else self.process.returncode


@dataclass(frozen=True, slots=True)
class Waiting:
    """A process that has imported Numba, or does so now, and waits until it is told what to compile.

    It is of use to the process that started it, in the same environment and with the same path for imports, and for
    ``PATIENCE`` seconds.
    """

    process: subprocess.Popen[bytes]
    owner: int
    environment: dict[str, str]
    path: tuple[str, ...]
    since: float

    def is_of_use(self) -> bool:
        fresh = monotonic() - self.since < PATIENCE and self.owner == os.getpid()
        alike = self.environment == environment() and self.path == tuple(sys.path)
        return fresh and alike and self.process.poll() is None


PATIENCE = 20.0
OF_THE_MOMENT = ("PYTEST_CURRENT_TEST",)
"""Variables that say what is being done, and change nothing."""
_running: list[subprocess.Popen[bytes]] = []
_waiting: list[Waiting] = []
_gone: list[subprocess.Popen[bytes]] = []
_lock = Lock()


@atexit.register
def let_go() -> None:
    """Those that still compile are nobody's to wait for, and Python need not warn of it."""
    for process in (*_running, *_gone, *(w.process for w in _waiting)):
        if process.poll() is None:
            process.returncode = DONE


def begin(text: Text, args: tuple[Any, ...], noted: Callable[[str], tuple[str, bytes] | None]) -> Build | None:
    """Compile the text for arguments of these types in another process, if it is_possible; None where it can't be done.

    ``noted`` says what is kept for machine code with such a key.
    """
    try:
        types = types_of(allocator(text.plan), args)
        key = key_of(text, types)
        if key is None:
            return None
        if cache.place(key).exists():
            return Build(None)
        content = pickled(Job(cache.machine(), key, text, types, noted(key)))
        return Build(started(content))
    except NotCompiled:
        return None
    except Exception:
        # Objects of the user's may do anything while they are pickled; then it is compiled here.
        return None


def environment() -> dict[str, str]:
    """The variables that a process is given."""
    return {name: value for name, value in os.environ.items() if name not in OF_THE_MOMENT}


def is_possible() -> bool:
    """Whether there is another processor, and a program to run Python with."""
    return cache.is_enabled() and processors() > 1 and Path(sys.executable or "").name.lower().startswith("python")


def processors() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def is_busy() -> bool:
    """Whether as many processes compile as there are processors beside the one that is needed here."""
    _running[:] = [p for p in _running if p.poll() is None]
    return len(_running) >= processors() - 1


def started(content: bytes) -> subprocess.Popen[bytes]:
    cache.directory().mkdir(parents=True, exist_ok=True)
    handle, path = tempfile.mkstemp(dir=cache.directory(), suffix=".job")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    try:
        process = told(path)
    except OSError:
        os.unlink(path)
        raise
    _running.append(process)
    return process


def told(path: str) -> subprocess.Popen[bytes]:
    """A process that compiles what is in the file: the one that waits, or a new one."""
    with _lock:
        process = taken() or new()
    assert process.stdin is not None
    with process.stdin as names:
        names.write(f"{path}\n".encode())
    return process


def get_ready() -> None:
    """Have a process at hand that need not import Numba when there is something to compile."""
    with _lock, suppress(OSError):
        if _waiting and _waiting[0].is_of_use():
            return
        taken()
        if not is_busy():
            _waiting.append(Waiting(new(), os.getpid(), environment(), tuple(sys.path), monotonic()))


def taken() -> subprocess.Popen[bytes] | None:
    """The process that waits, if it is of use; if not, it may end."""
    if not _waiting:
        return None
    found = _waiting.pop()
    if found.is_of_use():
        return found.process
    _gone[:] = [p for p in (*_gone, found.process) if p.poll() is None]
    if found.process.stdin is not None:
        found.process.stdin.close()
    return None


def new() -> subprocess.Popen[bytes]:
    command, quiet = [sys.executable, "-c", START, json.dumps(sys.path)], subprocess.DEVNULL
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet, start_new_session=True)


def pickled(job: Job) -> bytes:
    """The job for a process that imports nothing of the user's; raises PicklingError where it would have to."""
    return libraries_only(job)


__all__ = ["DONE", "FAILED", "GIVEN_UP", "Build", "Job", "begin", "is_busy"]
