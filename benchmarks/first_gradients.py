"""First gradients of all workloads: with nothing cached, where that of another program was compiled before, from the
cache in a new process, and again in the same one.

By the clock on the wall, since other processes compile meanwhile. The cache is read when they have ended.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from shutil import copytree
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.catalogue import KERNELS
from benchmarks.clock import in_fresh_process
from benchmarks.table import Row

COLD, SECOND, CACHED = "cold first gradient", "second gradient after it", "cached first gradient"
NEW = "first gradient of a new function in a used installation"
MEDIANS = {COLD: 1.0, NEW: 1.0, SECOND: 1.0, CACHED: 0.5}
SLOWEST = {COLD: 3.0, NEW: 3.0, SECOND: 3.0, CACHED: 0.5}

FIRST = """
import json
from time import perf_counter
import numpy as np

from benchmarks.catalogue import KERNELS, LARGE
args = KERNELS[{name!r}].arguments(LARGE)
before = perf_counter()
import zygote_nb
imported = perf_counter()
from benchmarks.correct import derivative
gradient = derivative(KERNELS[{name!r}])
gradient(*args)
done = perf_counter()
gradient(*args)
again = perf_counter()
from zygote_nb.backend import beside
for _ in range(3):
    for process in beside._running:
        process.wait()
    gradient(*args)
print(json.dumps([imported - before, done - before, again - done]))
"""

USE = """
import numpy
import zygote_nb
from benchmarks.first_gradients import ordinary
from zygote_nb.backend import beside
for _ in range(3):
    zygote_nb.gradient(ordinary, numpy.eye(3), numpy.ones(3), 5000)
    for process in beside._running:
        process.wait()
print("null")
"""


def ordinary(A, b, steps):
    """What most programs have something of: products, sums along an axis, new arrays, slices, functions of numbers."""
    n = len(b)
    x, kept = np.zeros(n), np.empty_like(b)
    for i in range(steps):
        y = np.tanh(A @ x + b)
        kept[i % n] = np.exp(-np.sum(y[1:] ** 2)) + np.log(1.0 + y[0] ** 2)
        x = x + 0.1 * y / np.sqrt(1.0 + np.dot(y, y))
    return np.sum(np.sum((A @ A.T) * kept, axis=0)) + np.max(x)


def points() -> dict[str, Callable[[], list[Row]]]:
    return {f"first gradient of {name}": partial(rows, name) for name in KERNELS}


def rows(name: str) -> list[Row]:
    """From import to result, as ``backend="auto"`` goes about it; making the arguments is not counted."""
    with TemporaryDirectory() as directory:
        runs = [in_fresh_process(FIRST.format(name=name), directory) for _ in range(2)]
    with TemporaryDirectory() as directory:
        copytree(used(), directory, dirs_exist_ok=True)
        _, new, _ = in_fresh_process(FIRST.format(name=name), directory)
    (imported, cold, again), (_, cached, warm) = runs
    what = KERNELS[name].name
    return [
        Row(f"{COLD}, {what}", cold, None, "s", SLOWEST[COLD], f"the import {imported:.2g} s"),
        Row(f"{NEW}, {what}", new, None, "s", SLOWEST[NEW], "after that of another function in another process"),
        Row(f"{SECOND}, {what}", again, None, "s", SLOWEST[SECOND], "in the same process"),
        Row(f"{CACHED}, {what}", cached, None, "s", SLOWEST[CACHED], f"the next {warm:.2g} s"),
    ]


def used() -> Path:
    """The caches of an installation in which the gradient of ``ordinary`` was compiled; made once in a run."""
    place = Path(os.environ["ZYGOTE_NB_CACHE_DIR"]) / "used"
    if not place.exists():
        with TemporaryDirectory() as directory:
            in_fresh_process(USE, directory)
            copytree(directory, place)
    return place


def medians(rows: list[Row]) -> list[Row]:
    """Over all workloads that were measured."""
    found = {group: [row.figure for row in rows if row.what.startswith(group)] for group in MEDIANS}
    return [
        Row(f"median of {len(figures)}: {group}", median(figures), None, "s", MEDIANS[group])
        for group, figures in found.items()
        if figures
    ]
