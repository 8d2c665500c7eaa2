"""The helpers of ``arrays`` for code compiled by Numba: importing this package makes them callable there."""

from zygote_nb.runtime.compiled import (
    chunks,
    depth,
    forms,
    functions,
    gathering,
    holomorphic,
    joining,
    lists,
    numbers,
    ordered,
    places,
    reductions,
    rows,
    scattering,
    shapes,
    single,
)

__all__ = [
    "chunks",
    "depth",
    "forms",
    "functions",
    "gathering",
    "holomorphic",
    "joining",
    "lists",
    "numbers",
    "ordered",
    "places",
    "reductions",
    "rows",
    "scattering",
    "shapes",
    "single",
]
