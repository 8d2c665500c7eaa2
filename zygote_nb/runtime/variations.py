"""Second derivatives of solutions of differential equations: the right side together with its tangent is a right side.

A gradient moves as the gradient of the tangent, since second derivatives are symmetric: both are derivatives of the
solution of that larger equation.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from zygote_nb.runtime.shaped import shaped_like
from zygote_nb.runtime.trajectories import along, trajectory_adjoint, trajectory_along
from zygote_nb.runtime.vectors import flat, parted, shapes_of


class Moving:
    """A right side and its tangent, of twice as many variables; after what the right side holds come tangents of it."""

    def __init__(self, f: Any, held: Any, moved: Any) -> None:
        moved = moved if isinstance(moved, tuple) else (None,) * len(held)
        self.f, self.count = f, len(held)
        self.tangent, taken = f.along((False, True, *(m is not None for m in moved)))
        self.held = (*held, *(m for m, t in zip(moved, taken[2:], strict=True) if t))

    def __call__(self, given: Any, held: Any) -> Any:
        t, (y, s) = given[0], halves(given[1])
        return joined(self.f((t, y), held[: self.count]), self.tangent((t, y, s), held))

    def pushforward(self, given: Any, held: Any, moved: Any, flags: Any) -> Any:
        t, (y, s), (dy, ds) = given[0], halves(given[1]), halves(moved[1])
        below, of_held = self.count + 2, moved[2:]
        first = self.f.pushforward((t, y), held[: self.count], (0.0, dy, *moved[2:below]), flags[:below])
        second = self.tangent.pushforward((t, y, s), held, (0.0, dy, ds, *of_held), (False, True, True, *flags[2:]))
        return joined(first, second)

    def pullback(self, given: Any, held: Any, seed: Any, flags: Any) -> Any:
        t, (y, s), (of_value, of_tangent) = given[0], halves(given[1]), halves(seed)
        below = self.count + 2
        first = self.f.pullback((t, y), held[: self.count], of_value, flags[:below])
        second = self.tangent.pullback((t, y, s), held, of_tangent, (False, True, True, *flags[2:]))
        of_y = np.zeros(np.size(y)) + zero_if_none(first[1]) + zero_if_none(second[1])
        of_held = [sum_of(p, q) for p, q in zip(first[2:], second[3:], strict=False)]
        return [None, joined(of_y, np.zeros(np.size(s)) + zero_if_none(second[2])), *of_held, *second[3 + self.count :]]


def halves(state: Any) -> tuple[Any, Any]:
    n = np.size(state) // 2
    return state[:n], state[n:]


def joined(p: Any, q: Any) -> Any:
    return np.concatenate((np.ravel(np.asarray(p, float)), np.ravel(np.asarray(q, float))))


def zero_if_none(g: Any) -> Any:
    return 0.0 if g is None else g


def sum_of(p: Any, q: Any) -> Any:
    return q if p is None else p if q is None else p + q


def is_moving(dt: Any) -> bool:
    return dt is not None and bool(np.any(dt))


def states_at(times: Any, f: Any, t0: Any, y0: Any, held: Any, method: Any) -> Any:
    """The solution at the times, finely; a column for each."""
    whole = along(f, held, np.concatenate(([t0], np.asarray(times, float))), y0, method)
    return np.array([y0 if whole.value is None else whole.value(t) for t in times], float).T


@shaped_like(0, 1)
def adjoint_moved(
    y0: Any, held: Any, dy0: Any, moved: Any, change: Any, dt: Any, dy: Any, times: Any, wanted: Any, f: Any, t0: Any,
    method: Any, place: int,
) -> Any:  # fmt: skip
    """The tangent of ``trajectory_adjoint``, as the start, what is held, and the cotangent move by ``change``."""
    flags, n, twice = wanted[place], np.size(y0), Moving(f, held, moved)
    change, direct = np.zeros(np.shape(dy)) + change, None
    if is_moving(dt):
        dt = np.zeros(np.shape(times)) + dt
        solution = states_at(times, f, t0, y0, held, method)
        _, _, more, direct = slopes_back(times, dy, f, solution, held, dt, (*[()] * 4, flags))
        change = change + more
    every = (*flags, *(False for _ in twice.held[len(held) :]))
    start, both = joined(y0, np.zeros(n) + dy0), np.concatenate((change, dy))
    of_start, inside = trajectory_adjoint(start, twice.held, both, times, (every,), twice, t0, method, 0)
    inside = inside[: len(held)]
    return of_start[:n], inside if direct is None else tuple(map(sum_of, inside, direct))


@shaped_like(0)
def along_moved(
    y: Any, change: Any, change0: Any, dy0_held: Any, more_held: Any, dt: Any, moved: Any, dy0: Any, times: Any, f: Any,
    t0: Any, y0: Any, held: Any, method: Any,
) -> Any:  # fmt: skip
    """The tangent of ``trajectory_along``; ``change`` and ``change0`` are those of its tangents."""
    n, twice = np.size(y0), Moving(f, held, moved)
    found = trajectory_along(y, change, np.zeros(n) + change0, times, f, t0, y0, held, method)
    further = more_held if isinstance(more_held, tuple) else (None,) * len(held)
    further = (*further, *(None for _ in twice.held[len(held) :]))
    start, moves = joined(y0, np.zeros(n) + dy0), joined(np.zeros(n) + dy0_held, np.zeros(n))
    whole = trajectory_along(np.concatenate((y, y)), further, moves, times, twice, t0, start, twice.held, method)
    found = found + whole[n:]
    if is_moving(dt):
        states = states_at(times, twice, t0, start, twice.held, method)
        slopes = [twice((t, states[:, k]), twice.held)[n:] for k, t in enumerate(times)]
        found = found + np.array(slopes).T * dt
    return found


@shaped_like(0)
def at_times(times: Any, dy0: Any, moved: Any, dy: Any, f: Any, t0: Any, y0: Any, held: Any, method: Any) -> Any:
    """The cotangents of the times of ``trajectory_along``: the tangent of the solution moves along its own slope."""
    n, twice = np.size(y0), Moving(f, held, moved)
    states = states_at(times, twice, t0, joined(y0, np.zeros(n) + dy0), twice.held, method)
    return np.array([dy[:, k] @ twice((t, states[:, k]), twice.held)[n:] for k, t in enumerate(times)])


# The slopes of a solution at its times


@shaped_like(0, 1, 3, 4)
def slopes_back(times: Any, dy: Any, f: Any, y: Any, held: Any, g: Any, wanted: Any) -> Any:
    """The cotangents of the times, of ``dy``, of the solution and of what is held, of ``slopes_at``."""
    flags = wanted[4]
    shapes = shapes_of(held, flags)
    of_times, of_dy, of_y, inside = np.zeros(np.shape(times)), np.zeros(np.shape(dy)), np.zeros(np.shape(y)), 0.0
    for k, t in enumerate(times):
        found = f.pullback((t, y[:, k]), held, g[k] * dy[:, k], (True, True, *flags))
        of_times[k], of_y[:, k] = zero_if_none(found[0]), zero_if_none(found[1])
        of_dy[:, k] = g[k] * np.ravel(np.asarray(f((t, y[:, k]), held), float))
        inside = inside + flat(found[2:], shapes)
    return of_times, of_dy, of_y, parted(inside, held, shapes)


@shaped_like(0)
def slopes_moved(times: Any, dt: Any, moved_y: Any, moved: Any, f: Any, y: Any, held: Any, dy: Any) -> Any:
    """The tangent of ``slopes_at``, for a cotangent that stays."""
    return np.sum(dy * columns_moved(y, dt, moved_y, moved, times, f, held), axis=0)


@shaped_like(0)
def columns_moved(y: Any, dt: Any, moved_y: Any, moved: Any, times: Any, f: Any, held: Any) -> Any:
    """The tangents of the slopes at each time."""
    moved = moved if isinstance(moved, tuple) else (None,) * len(held)
    flags = (True, True, *(m is not None for m in moved))
    tangents = tuple(0.0 if m is None else m for m in moved)
    dt, moved_y = np.zeros(np.shape(times)) + dt, np.zeros(np.shape(y)) + moved_y
    found = [f.pushforward((t, y[:, k]), held, (dt[k], moved_y[:, k], *tangents), flags) for k, t in enumerate(times)]
    return np.reshape(np.array([np.ravel(np.asarray(column)) for column in found]).T, np.shape(y))
