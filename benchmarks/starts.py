"""Imports, first calls, and a new process with a warm cache."""

from __future__ import annotations

from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.clock import in_fresh_process
from benchmarks.table import Row

IMPORT = """
import sys, json
from time import process_time
import numpy
start = process_time()
import zygote_nb
took = process_time() - start
print(json.dumps([took, sorted({"numba", "IPython"} & set(sys.modules))]))
"""

NUMBA = """
import json
from time import process_time
start = process_time()
import numba
print(json.dumps(process_time() - start))
"""

FIRST_CALL = """
import json
from time import process_time
import numba
import zygote_nb as zg
from benchmarks.workloads import TWENTY_LINES as workload
zg.options(backend="numba", cache=False)
gradient = zg.grad(workload.function, workload.argnums)
args = workload.arguments(50)
start = process_time()
zg.code_adjoint(workload.function, *args)
text = process_time() - start
start = process_time()
gradient(*args)
print(json.dumps([process_time() - start, text]))
"""

DERIVATION = """
import json
from time import process_time
import zygote_nb as zg
from benchmarks.hundred import hundred_lines
from benchmarks.workloads import TWENTY_LINES as workload
args = workload.arguments(50)
zg.options(cache=False)
zg.code_adjoint(workload.function, *args)
start = process_time()
zg.code_adjoint(hundred_lines, *args)
print(json.dumps(process_time() - start))
"""

WARM = """
import json
from time import process_time
start = process_time()
import zygote_nb as zg
from benchmarks.workloads import TWENTY_LINES as workload
args = workload.arguments(50)
zg.options(backend="numba")
zg.grad(workload.function, workload.argnums)(*args)
print(json.dumps(process_time() - start))
"""


def imports() -> list[Row]:
    with TemporaryDirectory() as directory:
        runs = [in_fresh_process(IMPORT, directory) for _ in range(8)]
    loaded = runs[-1][1]
    details = f"loads {', '.join(loaded)}" if loaded else "loads neither numba nor IPython"
    seconds = [took for took, _ in runs[1:]]
    row = times("import zygote_nb after numpy", seconds, 0.15, details)
    return [row, Row("of numba and IPython it loads", float(len(loaded)), None, "", 0.0)]


def first_call() -> list[Row]:
    """Each in an empty directory; the caller has imported numba."""
    require_twenty_lines()
    runs = [in_empty_directory(FIRST_CALL) for _ in range(5)]
    text = min(t for _, t in runs)
    details = f"numba imported, nothing cached; the source alone {text:.2f} s"
    return [times("first gradient of a 20-line loop", [took for took, _ in runs], 1.5, details)]


def derivation() -> list[Row]:
    """In a process that has derived another function before."""
    runs = [in_empty_directory(DERIVATION) for _ in range(5)]
    return [times("derivation of a function of 100 lines", runs, 0.05, "its text, nothing compiled")]


def warm_start() -> list[Row]:
    with TemporaryDirectory() as directory:
        filling = in_fresh_process(WARM, directory)
        pairs = [(in_fresh_process(WARM, directory), in_fresh_process(NUMBA, directory)) for _ in range(7)]
    warm, numba = (list(column) for column in zip(*pairs, strict=True))
    details = f"import numba alone {min(numba):.2f} s; with an empty cache {filling:.2f} s"
    return [times("import to first gradient, warm cache", warm, 0.5, details)]


def require_twenty_lines() -> None:
    from benchmarks.correct import require_right
    from benchmarks.workloads import TWENTY_LINES

    require_right(TWENTY_LINES, 12)


def in_empty_directory(code: str) -> Any:
    with TemporaryDirectory() as directory:
        return in_fresh_process(code, directory)


def times(what: str, seconds: list[float], target: float, details: str) -> Row:
    return Row(what, min(seconds), median(seconds), "s", target, details)
