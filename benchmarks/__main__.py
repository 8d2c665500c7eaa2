"""`python -m benchmarks [point ...]`: measure in fresh processes, print the table, write RESULTS.md."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from dataclasses import asdict
from subprocess import CalledProcessError
from tempfile import TemporaryDirectory

from benchmarks import (
    against_hand,
    against_peers,
    callees,
    calls,
    first_gradients,
    functions,
    growth,
    higher,
    loops,
    memory,
    page,
    pictures,
    starts,
    threads,
)
from benchmarks.clock import ROOT, in_fresh_process
from benchmarks.table import Row

SINGLE = functions.points()
POINTS: dict[str, Callable[[], list[Row]]] = {
    "dot": loops.dot,
    "sine_power": loops.sine_power,
    "sine_product": loops.sine_product,
    "rollout": loops.rollout,
    "call": calls.scalar_call,
    "containers": calls.containers,
    "callee": callees.callee,
    "reading": loops.reading,
    "writing": loops.writing,
    "imports": starts.imports,
    "first_call": starts.first_call,
    "derivation": starts.derivation,
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
    "threads_rows": threads.rows_in_threads,
    "threads_chain": threads.chain_in_threads,
    **growth.points(),
    **against_hand.points(),
    **against_peers.points(),
    **first_gradients.points(),
}


def main(names: list[str]) -> int:
    """Measure the points named, or all of them. The status is 0: a miss is a row.

    A full run writes RESULTS.md and its pictures; the point `functions`, which is not part of it, writes FUNCTIONS.md.
    A name that several points begin with stands for all of them.
    """
    if names == ["functions"]:
        written("FUNCTIONS", page.functions(measured_in_turn(list(SINGLE))))
        return 0
    chosen = [point for name in names for point in matching(name)]
    unknown = [name for name in names if not matching(name)]
    if unknown:
        print(f"no such point: {', '.join(unknown)}; there are {', '.join(POINTS)}", file=sys.stderr)
        return 2
    rows = measured_in_turn(chosen or list(POINTS))
    if names:
        print(page.results(rows))
    else:
        written("RESULTS", f"{page.results(rows)}\n{page.appendix(rows, ROOT / 'benchmarks')}")
    return 0


def matching(name: str) -> list[str]:
    return [name] if name in POINTS else [point for point in POINTS | SINGLE if point.startswith(name)]


def written(name: str, text: str) -> None:
    print(text)
    (ROOT / "benchmarks" / f"{name}.md").write_text(f"# What gradients cost\n\n{text}")


def measured_in_turn(names: list[str]) -> list[Row]:
    """What one point has compiled the next finds in the cache; first gradients have caches of their own."""
    with TemporaryDirectory() as directory:
        rows = [row for name in names for row in measured(name, directory)]
    return [*rows, *first_gradients.medians(rows)]


def measured(name: str, directory: str) -> list[Row]:
    """The rows of a point, from a process of its own; one that fails is a row, too."""
    print(f"{name} ...", file=sys.stderr, flush=True)
    code = f"from benchmarks.__main__ import point; point({name!r})"
    threads = 2 if name.endswith(against_peers.TWO_THREADS) or name.startswith("threads") else 1
    try:
        return [Row(**row) for row in in_fresh_process(code, directory, threads)]
    except CalledProcessError as error:
        return [Row(name, math.nan, details=f"FAILED with status {error.returncode}, see above")]


def point(name: str) -> None:
    """Measure here, and print the rows as JSON."""
    print(json.dumps([asdict(row) for row in (POINTS | SINGLE)[name]()]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
