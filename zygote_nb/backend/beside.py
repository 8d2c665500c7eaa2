"""Compilation in a process beside this one, while the interpreter goes on: a thread would hold the interpreter's lock.

The process writes machine code to the disk, where the next call finds it. It goes on if this one ends.
"""

from __future__ import annotations

import atexit
import io
import json
import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from zygote_nb.backend import cache
from zygote_nb.backend.executable import key_of, types_of
from zygote_nb.backend.fingerprint import LIBRARIES
from zygote_nb.backend.plan import NotCompiled, Text, allocator
from zygote_nb.backend.signature import Signature

DONE, GIVEN_UP, FAILED = 0, 3, 4
START = (
    "import json, sys\n"
    "sys.path[:] = json.loads(sys.argv[1])\n"
    "from zygote_nb.backend import lean\n"
    "from zygote_nb.backend.builder import build\n"
    "lean.for_good()\n"
    "sys.exit(build(sys.argv[2]))\n"
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


_running: list[subprocess.Popen[bytes]] = []


@atexit.register
def let_go() -> None:
    """Those that still compile are nobody's to wait for, and Python need not warn of it."""
    for process in _running:
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
    command = [sys.executable, "-c", START, json.dumps(sys.path), path]
    quiet = subprocess.DEVNULL
    try:
        process = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)
    except OSError:
        os.unlink(path)
        raise
    _running.append(process)
    return process


def pickled(job: Job) -> bytes:
    """The job for a process that imports nothing of the user's; raises PicklingError where it would have to."""
    return libraries_only(job)


def libraries_only(value: Any) -> bytes:
    """A value pickled, if that can be read without importing anything of the user's; raises PicklingError."""
    out = io.BytesIO()
    LibrariesOnly(out).dump(value)
    return out.getvalue()


class LibrariesOnly(pickle.Pickler):
    """Modules by name. Functions and classes are imported by name, too; the user's might do anything then."""

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, ModuleType):
            return import_module, (value.__name__,)
        if isinstance(value, FunctionType | BuiltinFunctionType | type):
            top = str(value.__module__ or "").split(".")[0]
            if top and top not in LIBRARIES and top not in sys.stdlib_module_names:
                raise pickle.PicklingError(f"{value.__qualname__} is not of a library")
        return NotImplemented


__all__ = ["DONE", "FAILED", "GIVEN_UP", "Build", "Job", "begin", "is_busy"]
