"""Pictures of the rows, as files beside RESULTS.md."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from benchmarks.table import Row

GRADIENT, PEERS, GROWTH = "gradient-over-primal.svg", "against-peers.svg", "growth.svg"
MARKS = "os^vDPX"


def drawn(rows: list[Row], directory: Path) -> list[str]:
    """The names of the pictures that there is something for."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams.update(
        {"svg.hashsalt": "zygote_nb", "font.size": 8, "axes.spines.top": False, "axes.spines.right": False}
    )
    made = {GRADIENT: over_primal(rows), PEERS: against_peers(rows), GROWTH: growth(rows)}
    for name, figure in made.items():
        if figure is not None:
            figure.savefig(directory / name, metadata={"Date": None}, bbox_inches="tight")
    return [name for name, figure in made.items() if figure is not None]


def over_primal(rows: list[Row]) -> Any:
    """A bar for each workload, and lines where a gradient costs as much as its primal and four times as much."""
    found = [row for row in rows if row.unit == "x primal" and not math.isnan(row.figure)]
    if not found:
        return None
    figure, axes = canvas(len(found))
    axes.barh([row.what for row in found], [row.figure for row in found], color="#4477aa")
    return finished(figure, axes, "time of gradient over time of primal", (1.0, 4.0))


def against_peers(rows: list[Row]) -> Any:
    """A mark for each system: how many times our time it takes."""
    found = [row for row in rows if ", against " in row.what and row.figure > 0]
    if not found:
        return None
    systems = list(dict.fromkeys(row.what.partition(", against ")[2] for row in found))
    names = list(dict.fromkeys(row.what.partition(", against ")[0] for row in found))
    figure, axes = canvas(len(names))
    for k, system in enumerate(systems):
        own = [row for row in found if row.what.endswith(f", against {system}")]
        places = [names.index(row.what.partition(", against ")[0]) for row in own]
        axes.plot([1 / row.figure for row in own], places, MARKS[k % len(MARKS)], label=system, alpha=0.8)
    axes.set_yticks(range(len(names)), names)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.0 + 3.0 / len(names)), ncols=4, frameon=False)
    return finished(figure, axes, "time of the other over our time: to the right of the line we are faster", (1.0,))


def growth(rows: list[Row]) -> Any:
    """Seconds on the left, bytes on the right; the primal is dashed."""
    import matplotlib.pyplot as plt

    found = [row for row in rows if row.drawn]
    if not found:
        return None
    figure, (seconds, size) = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
    for row in found:
        n, ours, plain, peak = zip(*row.drawn, strict=True)
        label = row.what.removeprefix("time of ").removesuffix(" ~ n^")
        (line,) = seconds.loglog(n, ours, "o-", ms=3, label=label)
        seconds.loglog(n, plain, "--", color=line.get_color(), lw=0.8)
        size.loglog(n, peak, "o-", ms=3, color=line.get_color())
    seconds.set(xlabel="n", ylabel="seconds (dashed: primal)")
    size.set(xlabel="n", ylabel="bytes at the peak of the gradient")
    seconds.legend(frameon=False)
    return figure


def canvas(lines: int) -> Any:
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(8, 1.0 + 0.22 * lines))


def finished(figure: Any, axes: Any, label: str, lines: tuple[float, ...]) -> Any:
    axes.set_xscale("log")
    axes.set_xlabel(label)
    axes.invert_yaxis()
    axes.grid(axis="x", alpha=0.3)
    for x in lines:
        axes.axvline(x, color="#cc3311", lw=0.8)
    return figure
