"""A typical call of each differentiable function, and whether its gradient is compiled."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from tests.rules.contract import written
from zygote_nb.backend.entry import text
from zygote_nb.backend.plan import NotCompiled
from zygote_nb.inspection import derived_for
from zygote_nb.ir.callables import Method
from zygote_nb.runtime.calling import Called

X, Y, M = (
    np.array([0.3, 0.7, 0.45]),
    np.array([0.6, 0.2, 0.9]),
    np.array([[0.9, 0.2, 0.1], [0.3, 0.8, 0.2], [0.1, 0.3, 0.7]]),
)
ATTEMPTS: tuple[tuple[Any, ...], ...] = (
    (X,), (M,), (0.4,), (X, Y), (M, X), (M, M), (0.4, 0.7), (X, 2), (2, X), (M, 0, 1), ([X, Y],), (X, 0.2, 0.6),
    (0.1, 0.9, 0.5),
    ((2, 3), 0.5), (X, (2, 3)), (1.5, 2.0, 3), (2, 3, X), (1.2, 2.0, X), (2, 3, 4, X), (3,),
)  # fmt: skip
"""Arguments that are tried for a function without a case of its own."""
Call = tuple[Any, tuple[Any, ...], dict[str, Any]]


def by_putting_along(x, v):
    y = x.copy()
    np.put_along_axis(y, np.array([[1], [0], [2]]), v[:, None], axis=1)
    return y


def by_placing(x, v):
    y = x.copy()
    np.place(y, y > 0.4, v)
    return y


def by_masking(x, v):
    y = x.copy()
    np.putmask(y, y > 0.4, v)
    return y


def by_pieces(x):
    return np.piecewise(x, [x < 0.4, x >= 0.4], [lambda t: t * t, lambda t: 3.0 * t])


def along_an_axis(x):
    return np.apply_along_axis(np.cumsum, 0, x)


def over_axes(x):
    return np.apply_over_axes(np.sum, x, [0, 1])


def from_indices(x):
    return np.fromfunction(lambda i: x * i, (3,))


def from_an_iterator(x):
    return np.fromiter((x[i] * i for i in range(3)), np.float64)


def scaled_by_two(x):
    return math.ldexp(x, 3)


def by_putting(x, v):
    y = x.copy()
    np.put(y, [0, 2], v)
    return y


def put_by_the_method(x, v):
    y = x.copy()
    y.put([0, 2], v)
    return y


def all_indices(x):
    s = 0.0
    for i, j in np.ndindex(3, 3):
        s += x[i, j] * (i + 2 * j)
    return s


def all_entries(x):
    s = 0.0
    for (i, j), v in np.ndenumerate(x):
        s += v * v * (i + 2 * j)
    return s


def product(a, b):
    return np.matmul(a, b)


WRITTEN = {
    np.put_along_axis: (by_putting_along, M, X), np.place: (by_placing, X, Y), np.putmask: (by_masking, X, Y),
    np.piecewise: (by_pieces, X), np.apply_along_axis: (along_an_axis, M), np.apply_over_axes: (over_axes, M),
    np.fromfunction: (from_indices, 0.7), np.fromiter: (from_an_iterator, X), math.ldexp: (scaled_by_two, 0.7),
    np.matmul: (product, M, M.T), np.put: (by_putting, X, Y[:2]), np.ndindex: (all_indices, M),
    np.ndenumerate: (all_entries, M), np.arccosh: (np.arccosh, X + 1.0), Method("put"): (put_by_the_method, X, Y[:2]),
}  # fmt: skip
"""Functions that a call alone does not show, or the first in the tables not as it is used."""


@cache
def cases() -> dict[Any, list[Call]]:
    """The calls that the tables of cases have, by function."""
    found: dict[Any, list[Call]] = {}
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        for case in getattr(import_module(f"tests.rules.{path.stem}"), "CASES", ()):
            fn, args, kwargs = case.values[0]
            found.setdefault(fn, []).append((fn, args, kwargs))
    return found


def typical(fn: Any) -> tuple[Any, list[Any]] | None:
    """A function that makes a typical call, and its arguments: the first case, or one of the attempts that works."""
    if fn in WRITTEN:
        return WRITTEN[fn][0], list(WRITTEN[fn][1:])
    known = cases().get(fn)
    return next(working(known[:1] if known else [(fn, args, {}) for args in ATTEMPTS]), None)


def working(calls: list[Call]) -> Iterator[tuple[Any, list[Any]]]:
    for call in calls:
        try:
            f, values = written(*call)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                f(*values)
            derived_for(f, tuple(values), {})
        except Exception:
            continue
        yield f, values


@cache
def how(fn: Any) -> str | None:
    """``compiled``; ``called`` where compiled code calls Python; why it is interpreted; None if nothing is known."""
    found = typical(fn)
    if found is None:
        return None
    f, values = found
    module = derived_for(f, tuple(values), {}).module
    try:
        calls = module.obstacle or any(isinstance(value, Called) for value in text(module).namespace.values())
    except NotCompiled as error:
        return str(error)
    return module.obstacle or ("called" if calls else "compiled")
