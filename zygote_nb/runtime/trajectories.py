"""Differential equations in generated code: solved by SciPy, differentiated by the adjoint equation.

``f`` is the right side as a function of the program: ``f((t, y), held)``. A derivative solves the equation once more,
finely, with a dense output, and then the adjoint equation backward along it (Chen, Rubanova, Bettencourt and Duvenaud,
Neural Ordinary Differential Equations, 2018), or the variational equation forward. SciPy has been loaded by whoever
called it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from zygote_nb.dataclass import dataclass
from zygote_nb.runtime.called import RuleError
from zygote_nb.runtime.shaped import shaped_like
from zygote_nb.runtime.vectors import flat, length, parted, shapes_of

FINE = {"rtol": 1e-10, "atol": 1e-12}
METHODS = {"RK23": "DOP853", "RK45": "DOP853", "DOP853": "DOP853"}
"""What solves the equations of derivatives; LSODA where another method was asked for."""


def trajectory(f: Any, t0: Any, t1: Any, y0: Any, held: Any, t_eval: Any = None, **options: Any) -> Any:
    """``solve_ivp``: values, times, and whether the end was reached."""
    from scipy.integrate import solve_ivp

    found = solve_ivp(lambda t, y: f((t, y), held), (t0, t1), y0, t_eval=t_eval, **options)
    return found.y, found.t, bool(found.success)


def trajectory_at(f: Any, times: Any, y0: Any, held: Any, **options: Any) -> Any:
    """``odeint``: a row for each time."""
    from scipy.integrate import odeint

    return odeint(lambda y, t: f((t, y), held), y0, times, **options)


@dataclass(frozen=True, slots=True)
class Along:
    """A solution as a function of time, and the method for equations along it."""

    value: Any
    method: str

    def solve(self, slope: Any, times: tuple[float, float], start: Any, **more: Any) -> Any:
        from scipy.integrate import solve_ivp

        found = solve_ivp(slope, times, start, method=self.method, **FINE, **more)
        if not found.success:
            raise RuleError(f"the derivative of a differential equation was not found: {found.message}")
        return found


def along(f: Any, held: Any, times: Any, y0: Any, method: str) -> Along:
    start, end = float(times[0]), float(times[-1])
    bare = Along(None, METHODS.get(method, "LSODA") if isinstance(method, str) else "LSODA")
    if start == end:
        return bare
    dense = bare.solve(lambda t, y: f((t, y), held), (start, end), np.asarray(y0, float), dense_output=True)
    return Along(dense.sol, bare.method)


@shaped_like(0, 1)
def trajectory_adjoint(
    y0: Any, held: Any, dy: Any, times: Any, wanted: Any, f: Any, t0: Any, method: Any, place: int
) -> Any:
    """The cotangents of the start and of what the right side holds; ``dy`` has a column for each time."""
    flags = wanted[place]
    shapes = shapes_of(held, flags)
    n, m = np.size(y0), length(shapes)
    every = np.concatenate(([t0], np.asarray(times, float)))
    whole = along(f, held, every, y0, method)

    def slope(t: float, state: Any) -> Any:
        back = f.pullback((t, whole.value(t)), held, state[:n], (False, True, *flags))[1:]
        return -np.concatenate([np.zeros(n) if back[0] is None else back[0], flat(back[1:], shapes)])

    state = np.zeros(n + m)
    for k in range(len(every) - 1, 0, -1):
        state[:n] += dy[:, k - 1]
        if every[k] != every[k - 1] and np.any(state):
            state = whole.solve(slope, (every[k], every[k - 1]), state).y[:, -1]
    return state[:n].astype(np.result_type(y0, 0.0)), parted(state[n:], held, shapes)


@shaped_like(0)
def trajectory_along(y: Any, moved: Any, dy0: Any, times: Any, f: Any, t0: Any, y0: Any, held: Any, method: Any) -> Any:
    """The tangent of the solution, by the start and by what the right side holds; a column for each time."""
    n, every = np.size(y0), np.concatenate(([t0], np.asarray(times, float)))
    moved = moved if isinstance(moved, tuple) else (None,) * len(held)
    flags = (False, True, *(m is not None for m in moved))
    tangents = tuple(0.0 if m is None else m for m in moved)
    whole = along(f, held, every, y0, method)

    def slope(t: float, state: Any) -> Any:
        found = f.pushforward((t, whole.value(t)), held, (0.0, state, *tangents), flags)
        return np.ravel(np.asarray(found))

    columns, state = [], np.zeros(n) + dy0
    for k in range(1, len(every)):
        if every[k] != every[k - 1]:
            state = whole.solve(slope, (every[k - 1], every[k]), state).y[:, -1]
        columns.append(state)
    return np.reshape(np.array(columns).T, np.shape(y))


@shaped_like(0)
def slopes_at(times: Any, dy: Any, f: Any, y: Any, held: Any) -> Any:
    """The cotangents of the times: a column of the solution moves along the right side."""
    return np.array([dy[:, k] @ np.ravel(np.asarray(f((t, y[:, k]), held), float)) for k, t in enumerate(times)])


@shaped_like(0)
def slopes_along(y: Any, dt: Any, f: Any, times: Any, held: Any) -> Any:
    """The tangent of the solution by its times."""
    found = [np.ravel(np.asarray(f((t, y[:, k]), held), float)) for k, t in enumerate(times)]
    return np.reshape(np.array(found).T, np.shape(y)) * dt


def at_end(times: Any) -> Any:
    """One at the last time, zero before."""
    found = np.zeros(np.shape(times))
    found[-1:] = 1.0
    return found
