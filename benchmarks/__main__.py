"""`python -m benchmarks [point ...]`: measure in fresh processes, print the table, write RESULTS.md."""

from __future__ import annotations

import json
import math
import os
import platform
import sys
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from subprocess import CalledProcessError
from tempfile import TemporaryDirectory

from benchmarks import against_hand, calls, functions, higher, loops, memory, pictures, starts
from benchmarks.clock import ROOT, in_fresh_process
from benchmarks.table import Row, rendered

SINGLE = functions.points()
POINTS: dict[str, Callable[[], list[Row]]] = {
    "dot": loops.dot,
    "sine_power": loops.sine_power,
    "sine_product": loops.sine_product,
    "rollout": loops.rollout,
    "call": calls.scalar_call,
    "reading": loops.reading,
    "writing": loops.writing,
    "imports": starts.imports,
    "first_call": starts.first_call,
    "warm_start": starts.warm_start,
    "cell": pictures.cell,
    "graph": pictures.graph,
    "memory_for": memory.for_loop,
    "memory_while": memory.while_loop,
    "memory_rollout": memory.rollout,
    "jacobian": higher.jacobian,
    "hessians": higher.hessians,
    "products": higher.products,
    "chunk": higher.chunk,
    "twice": higher.twice,
    "checkpoints": higher.checkpoints,
    **against_hand.points(),
}

FOOTNOTES = """\
Figures are of the least times, with those of the medians beside them, by the processor's clock. Each point has a
process of its own with one thread, and is checked before it is timed: to 1e-7 against finite differences and the
adjoint by hand, the rows against hand to 1e-10. These write into given buffers. JAX works in threads of its own: its
rows are by the clock on the wall.
Loops have {n:,} iterations; `primal` is `numba.njit` of the function.

Python {python}, {packages}, {system}. Written by `python -m benchmarks`."""

OF_SINGLE = """\
Figures are of the least times, with those of the medians beside them, by the processor's clock; rows against JAX by the
clock on the wall. Each function has a process of its own with one thread, and is checked against the gradient by hand
first. Gradients are new arrays. They are interpreted or compiled, whichever is faster; `primal` is plain NumPy.

Python {python}, {packages}, {system}. Written by `python -m benchmarks functions`."""


def main(names: list[str]) -> int:
    """Measure the points named, or all of them. The status is 0: a miss is a row.

    A full run writes RESULTS.md; the point `functions`, which is not part of it, writes FUNCTIONS.md.
    """
    page_of = "RESULTS" if not names else "FUNCTIONS" if names == ["functions"] else ""
    names = list(SINGLE) if names == ["functions"] else names
    unknown = [name for name in names if name not in POINTS | SINGLE]
    if unknown:
        print(f"no such point: {', '.join(unknown)}; there are {', '.join(POINTS)}", file=sys.stderr)
        return 2
    rows = [row for name in names or POINTS for row in measured(name)]
    page = f"{rendered(rows)}\n\n{footnotes(OF_SINGLE if page_of == 'FUNCTIONS' else FOOTNOTES)}\n"
    print(page)
    if page_of:
        (ROOT / "benchmarks" / f"{page_of}.md").write_text(f"# What gradients cost\n\n{page}")
    return 0


def measured(name: str) -> list[Row]:
    """The rows of a point, from a process of its own; one that fails is a row, too."""
    print(f"{name} ...", file=sys.stderr, flush=True)
    code = f"from benchmarks.__main__ import point; point({name!r})"
    with TemporaryDirectory() as directory:
        try:
            return [Row(**row) for row in in_fresh_process(code, directory)]
        except CalledProcessError as error:
            return [Row(name, math.nan, target=math.nan, details=f"failed with status {error.returncode}, see above")]


def point(name: str) -> None:
    """Measure here, and print the rows as JSON."""
    print(json.dumps([asdict(row) for row in (POINTS | SINGLE)[name]()]))


def footnotes(text: str) -> str:
    names = ["zygote_nb", "numba", "llvmlite", "numpy", *(["jax"] if find_spec("jax") is not None else [])]
    packages = ", ".join(f"{name} {version(name)}" for name in names)
    system = f"{processor()}, {os.cpu_count()} processors, {platform.system()}"
    return text.format(n=loops.N, python=platform.python_version(), packages=packages, system=system)


def processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
