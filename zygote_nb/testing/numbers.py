"""Arithmetic with arguments, results and cotangents whatever their structure."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import FunctionType, MethodType
from typing import Any

import numpy as np

from zygote_nb.driver.values import blank
from zygote_nb.frontend.layout import is_users_class


def leaves_of(tree: Any) -> list[Any]:
    if isinstance(tree, (tuple, list)):
        return [leaf for part in tree for leaf in leaves_of(part)]
    if isinstance(tree, dict):
        return [leaf for part in tree.values() for leaf in leaves_of(part)]
    return leaves_of(vars(tree)) if is_object(tree) else [tree]


def is_object(tree: Any) -> bool:
    """Whether it is an object of the user's, or a gradient of one."""
    cls: Any = type(tree)
    return hasattr(tree, "__dict__") and not callable_alone(tree) and is_users_class(cls)


def callable_alone(tree: Any) -> bool:
    return isinstance(tree, (FunctionType, MethodType, partial))


def mapped(fn: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """The structure of the first tree, with a function applied to the leaves of all."""
    if isinstance(tree, (tuple, list)):
        parts = zip(tree, *(o if isinstance(o, (tuple, list)) else [o] * len(tree) for o in others), strict=True)
        made = [mapped(fn, *part) for part in parts]
        return made if isinstance(tree, list) else type(tree)(*made) if hasattr(tree, "_fields") else tuple(made)
    if isinstance(tree, dict):
        return {k: mapped(fn, v, *(o[k] for o in others)) for k, v in tree.items()}
    if is_object(tree):
        made = blank(type(tree))
        for key, part in vars(tree).items():
            object.__setattr__(made, key, mapped(fn, part, *(vars(o)[key] for o in others)))
        return made
    return fn(tree, *others)


def varied(leaf: Any) -> bool:
    """Whether a leaf is a float or an array of floats."""
    return isinstance(leaf, (float, np.floating)) or (isinstance(leaf, np.ndarray) and leaf.dtype.kind == "f")


def reals(tree: Any) -> list[Any]:
    return [leaf for leaf in leaves_of(tree) if varied(leaf)]


def direction(tree: Any, seed: int) -> Any:
    """Numbers in the structure of a tree, the same for the same seed; None where nothing varies."""
    rng = np.random.default_rng(seed)

    def one(leaf: Any) -> Any:
        if not varied(leaf):
            return None
        made = rng.uniform(0.5, 1.5, np.shape(leaf)) * rng.choice([-1.0, 1.0], np.shape(leaf))
        return made.astype(leaf.dtype) if isinstance(leaf, np.ndarray) else type(leaf)(made)

    return mapped(one, tree)


def combined(a: float, x: Any, b: float, y: Any) -> Any:
    """``a * x + b * y`` of two trees."""

    def one(p: Any, q: Any) -> Any:
        if not varied(p) or q is None:
            return None
        made = a * np.asarray(p) + b * np.asarray(q)
        return made.astype(p.dtype) if isinstance(p, np.ndarray) else type(p)(made)

    return mapped(one, x, y)


def moved(tree: Any, step: float, ray: Any) -> Any:
    return mapped(lambda x, r: x if r is None or not varied(x) else added(x, step, r), tree, ray)


def added(x: Any, step: float, ray: Any) -> Any:
    made = np.asarray(x, np.float64) + step * np.asarray(ray, np.float64)
    return made.astype(x.dtype) if isinstance(x, np.ndarray) else type(x)(made)


def difference(f: Callable[..., Any], args: tuple[Any, ...], tangents: tuple[Any, ...], step: float) -> Any:
    """The derivative of ``f`` along tangents by central differences, of which the leading error is removed."""
    single = any(np.result_type(x) != np.float64 for x in reals(args))
    step = 1e-2 if single else step

    def central(h: float) -> Any:
        up, down = f(moved(args, h, tangents)), f(moved(args, -h, tangents))
        return mapped(
            lambda p, q: (np.asarray(p, float) - np.asarray(q, float)) / (2 * h) if varied(p) else None, up, down
        )

    return mapped(lambda p, q: None if p is None else (4 * p - q) / 3, central(step), central(2 * step))


def inner(x: Any, y: Any) -> float:
    """The inner product of two trees; what has no tangent counts nothing."""
    pairs = zip(leaves_of(x), leaves_of(y), strict=False)
    return float(
        sum(np.sum(np.asarray(p, float) * np.asarray(q, float)) for p, q in pairs if p is not None and q is not None)
    )


def same(made: Any, wanted: Any, tolerance: float) -> bool:
    """Whether two trees hold the same numbers in the same structure."""
    pairs = list(zip(leaves_of(made), leaves_of(wanted), strict=False))
    return len(leaves_of(made)) == len(leaves_of(wanted)) and all(close(p, q, tolerance) for p, q in pairs)


def close(p: Any, q: Any, tolerance: float) -> bool:
    if p is None or q is None or not isinstance(p, (int, float, np.generic, np.ndarray)):
        return q is None or p is None or bool(p == q)
    size = float(np.max(np.abs(np.asarray(q)) + 0.0, initial=0.0))
    return np.shape(p) == np.shape(q) and np.allclose(
        p, q, rtol=tolerance, atol=tolerance * max(size, 1e-3), equal_nan=True
    )


def adjusted(args: tuple[Any, ...], change: Callable[[Any], Any]) -> tuple[Any, ...]:
    """The arguments, each array changed in some way."""
    return tuple(mapped(lambda x: change(x) if isinstance(x, np.ndarray) else x, a) for a in args)
