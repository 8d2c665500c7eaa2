"""What a process does that was started to compile: one job, from a file, whose result goes to the disk."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

from zygote_nb.backend import cache, numba
from zygote_nb.backend.beside import DONE, FAILED, GIVEN_UP, Job
from zygote_nb.backend.executable import Refused
from zygote_nb.backend.plan import GivenUp


def build(path: str) -> int:
    """How it ended."""
    content = Path(path).read_bytes()
    os.unlink(path)
    job = pickle.loads(content)
    if not isinstance(job, Job) or job.machine != cache.machine():
        return FAILED
    try:
        code = numba.code(numba.compiled(job.text, job.types))
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
    return DONE
