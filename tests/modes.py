"""Forward mode against reverse mode: the same function, the same value, and adjoint derivatives."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import zygote_nb as zg
from tests.trees import Tree, agree, at, bitwise, copied, is_float, is_inexact, is_integer, leaves, rebuilt, scaled


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
        if grad is None or not (is_inexact(x) or is_integer(x)):
            return None
        draw = rng.uniform(-1.0, 1.0, np.shape(x))
        if is_inexact(x) and not is_float(x):
            draw = draw + 1j * rng.uniform(-1.0, 1.0, np.shape(x))
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
            np.real(np.multiply(np.conj(x), right[k], dtype=np.complex128))
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


# Second derivatives


def check_second(
    f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], grads: Tree, loose: bool
) -> None:
    """The product of the Hessian with a random vector against differences of the gradient, where it is smooth."""
    floats = rebuilt(args, lambda path, x: at(grads, path) if is_inexact(x) else None)
    tangents = directions(args, floats, np.random.default_rng(5))
    before = copied((args, tangents))
    try:
        product = zg.hvp(f, args, tangents, kwargs=kwargs)
    except zg.CompileError:
        # What a first derivative needs may compile where what a second one needs does not; it is refused with the line.
        if not loose:
            raise
        return
    except zg.NoRuleError as error:
        if not error.lineno or "forward rule" not in str(error):
            raise
        return
    bitwise(before, (args, tangents), "hvp changed an argument or a tangent")
    product = (product,) if len(args) == 1 else product
    coarse, fine = (differences(f, args, kwargs, tangents, step) for step in (2e-5, 5e-6))
    for (path, got), (_, rough), (_, expected) in zip(leaves(product), leaves(coarse), leaves(fine), strict=True):
        if got is None or expected is None:
            assert got is expected, f"hvp at {path}: {got!r} against {expected!r}"
            continue
        scale = 1.0 + np.abs(expected) + np.max(np.abs(expected), initial=0.0)
        smooth = np.abs(rough - expected) <= 1e-3 * scale
        wrong = smooth & (np.abs(got - expected) > 2e-3 * scale)
        assert not np.any(wrong), f"hvp at {path}: {got!r}, differences of the gradient give {expected!r}"


def differences(
    f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], tangents: Tree, step: float
) -> Tree:
    """The central difference of the gradient along the tangents."""
    grads = []
    for sign in (1.0, -1.0):
        moved = rebuilt(args, lambda path, x, s=sign: shifted(x, at(tangents, path), s * step))
        grads.append(zg.gradient(f, *moved, **kwargs))
    high, low = (dict(leaves(g)) for g in grads)
    return rebuilt(grads[0], lambda path, g: None if g is None else (high[path] - low[path]) / (2.0 * step))


def shifted(x: Any, t: Any, by: float) -> Any:
    return x if t is None or not is_inexact(x) else type(x)(x + by * t) if not isinstance(x, np.ndarray) else x + by * t
