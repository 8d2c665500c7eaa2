"""RESULTS.md and FUNCTIONS.md: the table, what is said below it, the rows that are lost, and the pictures."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks import loops, plots
from benchmarks.lost import reason
from benchmarks.table import Row, rendered

PACKAGES = ("zygote_nb", "numba", "llvmlite", "numpy")
PEERS = ("jax", "torch", "autograd", "tangent-ad", "enzyme-ad")

OF_RESULTS = """\
Figures are of the least times, with those of the medians beside them, by the processor's clock. Each point has a
process of its own with one thread (two where it says so), and is checked before it is timed: to 1e-7 against finite
differences and the adjoint by hand, the rows against hand and against other systems to 1e-10. These write into given
buffers; Jacobians, and gradients of numbers, are new each time. Other systems work in threads of their own: their rows
are by the clock on the wall, in turns with ours, their first call apart. So are the rows of two threads over one.
Loops have {n:,} iterations; `primal` is `numba.njit` of the function, or the function where Numba doesn't take it.
First gradients are by `auto`, from `import zygote_nb` to the result, NumPy and the arguments being there."""

OF_FUNCTIONS = """\
Figures are of the least times, with those of the medians beside them, by the processor's clock; rows against JAX by the
clock on the wall. Each function has a process of its own with one thread, and is checked against the gradient by hand
first. Gradients are new arrays. They are interpreted or compiled, whichever is faster; `primal` is plain NumPy."""


def results(rows: list[Row]) -> str:
    return f"{rendered(rows)}\n\n{OF_RESULTS.format(n=loops.N)}\n\n{machine('python -m benchmarks')}\n"


def functions(rows: list[Row]) -> str:
    return f"{rendered(rows)}\n\n{OF_FUNCTIONS}\n\n{machine('python -m benchmarks functions')}\n"


def appendix(rows: list[Row], directory: Path) -> str:
    """What only a full run has: the rows that are lost, with reasons, and pictures, written into ``directory``."""
    parts = []
    lost = [row for row in rows if row.verdict == "MISSED"]
    if lost:
        lines = [f"- {row.what}: {row.figure:.3g} {row.unit}, at most {row.target:g}. {reason(row)}" for row in lost]
        parts.append("## Rows that are lost\n\n" + "\n".join(lines))
    pictures = [f"![{name.removesuffix('.svg').replace('-', ' ')}]({name})" for name in plots.drawn(rows, directory)]
    if pictures:
        parts.append("## Pictures\n\n" + "\n\n".join(pictures))
    return "\n\n".join(parts) + "\n"


def machine(command: str) -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in (*PACKAGES, *filter(installed, PEERS)))
    system = f"{processor()}, {os.cpu_count()} processors, {platform.system()}"
    return f"Python {platform.python_version()}, {packages}, {system}. Written by `{command}`."


def installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


def processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
