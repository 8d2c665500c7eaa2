"""Roots and minima in generated code: found by SciPy, with the derivative that the equation they solve implies."""

from __future__ import annotations

from typing import Any

import numpy as np

from zygote_nb.runtime.called import RuleError
from zygote_nb.runtime.shaped import shaped_like

FAR = 1e-3
"""A point that Newton's method would move by more than this, relative to its size, is no solution."""


def searched(solver: Any, f: Any, held: Any, others: Any, *args: Any, **options: Any) -> Any:
    """What the solver returns; ``others`` are further functions, each by its keyword and with what it holds."""
    more = {name: called(g, held_by_it) for name, g, held_by_it in others}
    return solver(called(f, held), *args, **more, **options)


def called(f: Any, held: Any) -> Any:
    return lambda *given: f(given, held)


@shaped_like(0)
def point_of(like: Any, found: Any, name: str = "") -> Any:
    """The solution, in what the solver returned."""
    return np.array(getattr(found, name)) if name else found


@shaped_like(0)
def number_of(like: Any, found: Any, name: str) -> Any:
    return getattr(found, name)


def count_of(found: Any, name: str) -> int:
    return int(getattr(found, name))


def flag_of(found: Any, name: str) -> bool:
    return bool(getattr(found, name))


def word_of(found: Any, name: str) -> Any:
    return getattr(found, name)


@shaped_like(0)
def implied(x: Any, slopes: Any, rest: Any) -> Any:
    """``x``, where ``rest`` is zero; it moves such that ``rest``, whose Jacobian by ``x`` is ``slopes``, stays zero."""
    return np.array(x) if np.ndim(x) else x


@shaped_like(0)
def implied_along(x: Any, slopes: Any, rest: Any, moved: Any) -> Any:
    """The tangent of ``implied``."""
    return -solved(x, slopes, rest, moved, False)


@shaped_like(0)
def implied_back(x: Any, slopes: Any, rest: Any, dy: Any) -> Any:
    """The cotangent of ``rest`` in ``implied``."""
    return -solved(x, slopes, rest, dy, True)


@shaped_like(0)
def determined(x: Any, slopes: Any, rest: Any) -> Any:
    """``x``, where it solves an equation that determines it."""
    check_solved(x, np.reshape(slopes, (np.size(x), np.size(x))), rest)
    return np.array(x) if np.ndim(x) else x


def solved(x: Any, slopes: Any, rest: Any, right: Any, transposed: bool) -> Any:
    n, shape = np.size(x), np.shape(x)
    matrix = np.reshape(slopes, (n, n))
    check_solved(x, matrix, rest)
    found = np.linalg.solve(matrix.T if transposed else matrix, np.ravel(right))
    return np.reshape(found, shape)[()] if shape else found[0]


def check_solved(x: Any, matrix: Any, rest: Any) -> None:
    """A step of Newton's method must exist, and must not lead far."""
    try:
        step = np.linalg.solve(matrix, np.ravel(rest))
    except np.linalg.LinAlgError:
        step = np.full(np.size(x), np.nan)
    if not np.all(np.isfinite(step)):
        raise RuleError(
            "the equation that a solver solved does not determine its solution: its Jacobian is singular there",
            hint="at a multiple root, or a minimum that is no strict one, there is no derivative",
        )
    if np.max(np.abs(step), initial=0.0) > FAR * (1.0 + np.max(np.abs(x), initial=0.0)):
        raise RuleError(
            "a solver ended where the equation is not solved, and the derivative there would be wrong",
            hint="let it converge: a smaller tolerance, more steps, a better start",
        )
