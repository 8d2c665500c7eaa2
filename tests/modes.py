"""Forward mode against reverse mode: the same function, the same value, and adjoint derivatives."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import zygote_nb as zg
from tests.trees import Tree, agree, at, bitwise, copied, is_float, is_integer, leaves, rebuilt, scaled


def check_modes(
    f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], value: Any, seed: Tree, grads: Tree,
    fine: float, loose: bool,
) -> None:  # fmt: skip
    """``<seed, jvp(t)> == <grads, t>``, the plain call's value, linearity, arguments and tangents left alone."""
    if not all(finite(g) for _, g in leaves(grads)):
        return
    tangents = directions(args, grads, np.random.default_rng(11))
    before = copied((args, tangents))
    y, dy = zg.jvp(f, args, tangents, kwargs=kwargs)
    agree(value, y, "jvp: value differs from the plain call's", fine, loose)
    bitwise(before, (args, tangents), "jvp changed an argument or a tangent")
    agree(scaled(dy, -2.5), zg.pushforward(f, *args, kwargs=kwargs)(*scaled(tangents, -2.5)), "not linear", fine)
    forward, back = inner(seed, dy), inner(grads, tangents)
    scale = max(1.0, abs(forward), abs(back), magnitude(seed, dy), magnitude(grads, tangents))
    worst = f"forward mode gives {forward!r}, reverse mode {back!r}"
    assert abs(forward - back) <= 100 * fine * scale, worst
    separate(dy, (args, tangents, y))


def directions(args: Tree, grads: Tree, rng: np.random.Generator) -> Tree:
    """A random tangent where there is a gradient, None where there is none."""

    def leaf(path: tuple[Any, ...], x: Any) -> Any:
        grad = at(grads, path)
        if grad is None or not (is_float(x) or is_integer(x)):
            return None
        draw = rng.uniform(-1.0, 1.0, np.shape(x))
        return np.asarray(draw, grad.dtype) if isinstance(x, np.ndarray) else type(grad)(draw)

    return rebuilt(args, leaf)


def inner(a: Tree, b: Tree) -> float:
    """The inner product of trees; None is zero."""
    return float(sum(np.sum(p) for p in products(a, b)))


def magnitude(a: Tree, b: Tree) -> float:
    return float(sum(np.sum(np.abs(p)) for p in products(a, b)))


def products(a: Tree, b: Tree) -> list[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        left, right = dict(leaves(a)), dict(leaves(b))
        return [
            np.multiply(x, right[k], dtype=np.float64)
            for k, x in left.items()
            if x is not None and right.get(k) is not None
        ]


def finite(g: Any) -> bool:
    return g is None or bool(np.all(np.isfinite(g)))


def separate(dy: Tree, others: Tree) -> None:
    known = [a for _, a in leaves(others) if isinstance(a, np.ndarray)]
    for _, d in leaves(dy):
        if isinstance(d, np.ndarray):
            assert not any(np.shares_memory(d, k) for k in known), "a tangent shares memory with something else"
