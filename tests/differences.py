"""Derivatives by finite differences, and what they say about gradients that came another way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tests.trees import Tree, at, copied_array, is_float, is_inexact, is_integer, leaves, rebuilt

ENTRIES = 60  # up to so many float entries each gets its own difference; above, random directions


def compare_with_differences(
    f: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    seed: Tree,
    grads: Tree,
    wrt: Sequence[int] | None,
    tol: float,
) -> bool:
    """Central differences at two step sizes along every entry, or along random directions; True if one isn't zero.

    Where the two disagree, or the one-sided slopes do at both sizes, there is a kink, and nothing is compared.
    """

    def along(direction: dict[tuple[Any, ...], Any], h: float) -> float:
        return inner(seed, f(*moved(args, direction, h), **kwargs))

    centre = along({}, 0.0)
    found = []
    wanted = directions(args, grads, wrt)
    for label, direction in wanted:
        estimate = slope(lambda h, d=direction: along(d, h), centre)
        if estimate is not None:
            found.append((label, direction, *estimate))
    assert found or not wanted, "every entry sits on a kink: nothing was compared"
    scale = max((abs(fd) for _, _, fd, _ in found), default=0.0)
    for label, direction, fd, error in found:
        got = sum(product(at(grads, path), step) for path, step in direction.items())
        bound = tol * abs(fd) + 0.1 * tol * scale + 1e-9 * (1.0 + abs(centre)) + 0.1 * error
        assert abs(got - fd) <= bound, f"derivative along {label}: {got!r}, finite differences {fd!r} (+- {bound:.1g})"
    return scale > 1e-8


def slope(along: Callable[[float], float], centre: float) -> tuple[float, float] | None:
    """(derivative at 0, error estimate), or None at a kink, a jump, or the edge of the domain."""
    steps = (4e-4, 2e-4)
    try:
        with np.errstate(all="ignore"):
            sides = [(along(h), along(-h)) for h in steps]
    except (ValueError, TypeError, IndexError, ZeroDivisionError, OverflowError):
        return None  # beyond the domain, or an integer that is a bound as well and can't be moved
    central = [(up - down) / (2 * h) for h, (up, down) in zip(steps, sides, strict=True)]
    bends = [abs(up - 2 * centre + down) / h for h, (up, down) in zip(steps, sides, strict=True)]
    if not np.all(np.isfinite(central)):
        return None
    error = abs(central[0] - central[1])
    size = 1.0 + abs(central[1])
    if error > 1e-3 * size or (bends[1] > 1e-3 * size and bends[1] > 0.75 * bends[0]):
        return None
    return (4 * central[1] - central[0]) / 3, error


def directions(args: Tree, grads: Tree, wrt: Sequence[int] | None) -> list[tuple[str, dict[tuple[Any, ...], Any]]]:
    """Labelled directions, each a dict from the paths of moved leaves to their tangents."""
    places = [
        (path, leaf)
        for path, leaf in leaves(args)
        if (wrt is None or path[0] in wrt) and (is_inexact(leaf) or (is_integer(leaf) and at(grads, path) is not None))
    ]
    if sum(np.size(leaf) for _, leaf in places) <= ENTRIES:
        return [
            (
                f"{path}{list(index) or ''}{'' if one == 1.0 else ', imaginary'}",
                {path: one * unit(np.shape(leaf), index)},
            )
            for path, leaf in places
            for index in np.ndindex(np.shape(leaf))
            for one in units(leaf)
        ]
    rng = np.random.default_rng(11)
    return [(f"random direction {k}", {path: drawn(rng, leaf) for path, leaf in places}) for k in range(8)]


def units(leaf: Any) -> tuple[complex, ...]:
    """The directions in which a number moves."""
    return (1.0, 1j) if is_inexact(leaf) and not is_float(leaf) else (1.0,)


def drawn(rng: np.random.Generator, leaf: Any) -> Any:
    return sum(one * rng.standard_normal(np.shape(leaf)) for one in units(leaf))


def unit(shape: tuple[int, ...], index: tuple[int, ...]) -> np.ndarray:
    """One at `index`."""
    e = np.zeros(shape)
    e[index] = 1.0
    return e


def moved(args: Tree, direction: dict[tuple[Any, ...], Any], h: float) -> Tree:
    """A copy of the arguments, in double precision, moved by `h * direction`."""

    def leaf(path: tuple[Any, ...], x: Any) -> Any:
        active = path in direction
        if isinstance(x, np.ndarray):
            wide = np.result_type(x.dtype, np.float64) if is_inexact(x) else np.dtype(np.float64)
            widen = x.dtype != wide and (active or is_float(x))
            twin = x.astype(wide) if widen else copied_array(x)
            if active:
                twin += h * direction[path]
            return twin
        if active:
            return (complex if len(units(x)) > 1 else float)(x + h * direction[path])
        return float(x) if is_float(x) else x

    return rebuilt(args, leaf)


def inner(seed: Tree, value: Tree) -> float:
    """Sum over inexact leaves of seed times value."""
    if isinstance(seed, float):
        return float(seed * value)
    pairs = zip(leaves(seed), leaves(value), strict=True)
    return sum(product(s, v) for (_, s), (_, v) in pairs if s is not None)


def product(a: Any, b: Any) -> float:
    """The inner product of two arrays; real and imaginary parts are two numbers."""
    return float(np.sum(np.real(np.conj(a) * np.asarray(b))))
