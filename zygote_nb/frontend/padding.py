"""``np.pad`` with what is computed from the entries: written in Python, axis by axis, as NumPy does it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

import numpy as np

from zygote_nb.frontend.values import none, static
from zygote_nb.ir.core import INT_ZERO, ZERO, Const, Expr, Tuple
from zygote_nb.ir.kinds import Array

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

Kwargs = tuple[tuple[str, Any], ...]


def with_statistic(f: Any, x: Any, before: int, after: int, first: Any, last: Any) -> Any:
    n = len(x)
    low = f(x[: n if first is None else min(first, n)], axis=0, keepdims=True)
    high = f(x[0 if last is None else n - min(last, n) :], axis=0, keepdims=True)
    return np.concatenate([np.repeat(low, before, axis=0), x, np.repeat(high, after, axis=0)])


def with_ramps(x: Any, before: int, after: int, first: Any, last: Any) -> Any:
    up = np.reshape(np.arange(before) / max(before, 1), (-1,) + (1,) * (x.ndim - 1))
    down = np.reshape(np.arange(after)[::-1] / max(after, 1), (-1,) + (1,) * (x.ndim - 1))
    return np.concatenate([first + (x[:1] - first) * up, x, last + (x[-1:] - last) * down])


def turned_round(x: Any, before: int, after: int, shared: int) -> Any:
    n = len(x) - shared
    if before > n or after > n:
        raise ValueError("np.pad by more than the array is long, with reflect_type='odd', is not differentiated")
    low, high = x[shared : before + shared][::-1], x[n - after : n][::-1]
    return np.concatenate([2.0 * x[:1] - low, x, 2.0 * x[-1:] - high])


STATISTICS = {"mean": np.mean, "median": np.median, "maximum": np.max, "minimum": np.min}


def pad(lo: Lowering, node: ast.AST, args: list[Expr], kwargs: Kwargs) -> Expr | None:
    """None for the modes that have a rule."""
    words = dict(zip(("array", "pad_width", "mode"), args, strict=False)) | dict(kwargs)
    x, mode = words["array"], words.get("mode")
    if not isinstance(x.kind, Array) or x.kind.dtype[0] != "f" or not isinstance(mode, Const):
        return None
    fn, settings = chosen(mode.value, words)
    rank = x.kind.ndim
    widths, given = pairs(words["pad_width"], rank), pairs(settings, rank)
    if fn is None or widths is None or given is None:
        return None
    for k, (around, two) in enumerate(zip(widths, given, strict=True)):
        axis = lo.constant(k)
        turned = lo.temporary("turned", lo.apply(node, np.moveaxis, [x, axis, INT_ZERO]), node)
        statistic = [static(STATISTICS[mode.value])] if fn is with_statistic else []
        made = lo.call_value(
            node, static(fn), [*statistic, turned, *around, *two[: 1 if fn is turned_round else 2]], ()
        )
        x = lo.apply(node, np.moveaxis, [made, INT_ZERO, axis])
    return x


def chosen(mode: Any, words: dict[str, Any]) -> tuple[Any, Any]:
    """Which of the functions above, and what it is given for both sides of an axis."""
    if mode in STATISTICS:
        return with_statistic, words.get("stat_length", none())
    if mode == "linear_ramp":
        return with_ramps, words.get("end_values", ZERO)
    if mode in ("reflect", "symmetric") and words.get("reflect_type", static("even")).value == "odd":
        return turned_round, Const(int(mode == "reflect"), INT_ZERO.kind)
    return None, none()


def pairs(given: Any, rank: int) -> list[tuple[Any, Any]] | None:
    """What is given for both sides of each axis: one for all, a pair for all, or a pair for each."""
    if not isinstance(given, Tuple):
        return None if isinstance(given.kind, Array) else [(given, given)] * rank
    if not any(isinstance(i, Tuple) for i in given.items):
        return [pair(given)] * rank
    made = [pair(i) for i in given.items]
    return made * rank if len(made) == 1 else made if len(made) == rank else None


def pair(given: Any) -> tuple[Any, Any]:
    items = given.items if isinstance(given, Tuple) else (given,)
    return items[0], items[-1]


__all__ = ["pad"]
