"""Forward mode held to differences and to reverse mode, along directions that move some arguments and leave others.

An argument that stays as it is has no tangent, so that a sum passes on the tangent of one operand alone: that is where
two tangents may come to share memory.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import zygote_nb as zg
from tests.differences import moved, slope
from tests.modes import check_second, directions, finite, inner, magnitude
from tests.trees import Tree, agree, bitwise, copied, is_float, leaves, rebuilt


def check_forward(
    f: Callable[..., Any], args: tuple[Any, ...], subsets: int = 3, second: bool = True, loose: bool = False
) -> None:
    """``f`` returns a real number; so many random subsets of its float arguments move, after all of them."""
    rng = np.random.default_rng(17)
    value, grads = f(*copied(args)), zg.gradient(f, *args)
    if not all(finite(g) for _, g in leaves(grads)):
        return
    floats = rebuilt(grads, lambda path, g: g if is_float(args[path[0]]) else None)
    positions = [i for i, a in enumerate(args) if is_float(a)]
    for k in range(subsets + 1):
        drawn = {p for p in positions if rng.random() < 0.4}
        some = set(positions) if k == 0 else drawn or {int(rng.choice(positions))}
        chosen = tuple(g if i in some else None for i, g in enumerate(floats))
        check_along(f, args, directions(args, chosen, rng), value, grads, loose)
        if second and k < 2:
            check_second(f, args, {}, chosen, loose)
    check_columns(f, args, floats, second)


def check_columns(f: Callable[..., Any], args: tuple[Any, ...], grads: Tree, second: bool) -> None:
    """What takes several tangents at once agrees with what takes one."""
    made = zg.jacobian(f, *args, mode="forward")
    by_columns = tuple(None if g is None else j for g, j in zip(grads, made, strict=True))
    agree(grads, by_columns, "several tangents at once against reverse mode", 1e-8, True)
    if not second:
        return
    ones = rebuilt(grads, lambda _, g: None if g is None else np.ones_like(g) if isinstance(g, np.ndarray) else 1.0)
    try:
        products, blocks = zg.hvp(f, args, ones), zg.hessian(f, *args)
    except zg.ZygoteError:
        return
    if len(args) == 1:
        products, blocks = (products,), ((blocks,),)
    moved = [i for i, g in enumerate(grads) if g is not None]
    for i in moved:
        rows = np.ndim(grads[i])
        summed = sum(np.sum(blocks[i][j], axis=tuple(range(rows, np.ndim(blocks[i][j])))) for j in moved)
        agree(np.asarray(products[i]), np.asarray(summed), "the Hessian against its product", 1e-7)


def check_along(
    f: Callable[..., Any], args: tuple[Any, ...], tangents: Tree, value: float, grads: Tree, loose: bool
) -> None:
    before = copied((args, tangents))
    y, dy = zg.jvp(f, args, tangents)
    agree(value, y, "jvp: value differs from the plain call's", 1e-10, loose)
    bitwise(before, (args, tangents), "jvp changed an argument or a tangent")
    back = inner(grads, tangents)
    scale = max(1.0, abs(back), magnitude(grads, tangents))
    assert abs(dy - back) <= 1e-8 * scale, f"forward mode gives {dy!r}, reverse mode {back!r}"
    direction = {(i,): t for i, t in enumerate(tangents) if t is not None}
    estimate = slope(lambda h: f(*moved(args, direction, h)), value)
    if estimate is not None:
        slack = 1e-6 * scale + 0.1 * estimate[1]
        assert abs(dy - estimate[0]) <= slack, f"forward mode gives {dy!r}, differences {estimate[0]!r}"
