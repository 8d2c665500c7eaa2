"""What a process does that was started to compile: one job, from a file, whose result goes to the disk."""

from __future__ import annotations

import gc
import os
import pickle
import sys
from pathlib import Path
from threading import Timer

from zygote_nb.backend import cache, helpers, numba
from zygote_nb.backend.beside import DONE, FAILED, GIVEN_UP, Job
from zygote_nb.backend.executable import Refused
from zygote_nb.backend.plan import GivenUp, Plan, Text

DOUBLED = "def warm(x):\n    for i in range(x.shape[0]):\n        x[i] *= 2.0\n"
WARMING = Text(DOUBLED, {}, ("warm",), Plan("warm", ("x",), (), ()))
"""Compiled before there is anything to do: Numba loads most of its parts when it compiles for the first time."""
WAITING = 30.0
"""Seconds, more than those in which it may be told."""


def build_what_is_named() -> int:
    """How it ended. The job is in a file whose name comes from the process that started this one, if it needs it."""
    timer = Timer(WAITING, os._exit, (DONE,))
    timer.daemon = True
    timer.start()
    numba.code(numba.compiled(WARMING, ("float64 1C",)))
    gc.freeze()
    gc.set_threshold(100_000)
    path = sys.stdin.readline().strip()
    timer.cancel()
    return build(path) if path else DONE


def build(path: str) -> int:
    """How it ended."""
    content = Path(path).read_bytes()
    os.unlink(path)
    job = pickle.loads(content)
    if not isinstance(job, Job) or job.machine != cache.machine():
        return FAILED
    try:
        code = numba.code(numba.compiled(job.text, job.types, kept=True))
    except GivenUp as error:
        if not error.lasting:
            return FAILED
        cache.keep(job.key, Refused(str(error)))
        return GIVEN_UP
    if code is None:
        return FAILED
    cache.keep(job.key, code)
    if job.more is not None:
        cache.keep_pickled(*job.more)
    write_helpers()
    return DONE


def write_helpers() -> None:
    """Keep what else was compiled, where possible in a process that nobody waits for."""
    if not hasattr(os, "fork"):
        helpers.write()
    elif os.fork() == 0:
        try:
            helpers.write()
        finally:
            os._exit(DONE)
