"""Lists and tuples of numbers where NumPy takes an array of them."""

from __future__ import annotations

import ast
import functools
import inspect
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from zygote_nb.ir.core import Tuple
from zygote_nb.ir.kinds import ListOf, Scalar

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

Kwargs = tuple[tuple[str, Any], ...]
NAMES = {
    "a", "a1", "a2", "A", "ar", "ar1", "ar2", "arr", "array", "b", "c", "fp", "m", "p", "u", "v", "weights", "x", "x1",
    "x2", "xp", "y", "z",
}  # fmt: skip
"""Names that NumPy's parameters have for data, as opposed to shapes, axes, counts and choices."""
SEQUENCES = {
    np.array, np.asarray, np.asanyarray, np.ascontiguousarray, np.asfortranarray, np.concatenate, np.stack, np.hstack,
    np.vstack, np.dstack, np.column_stack, np.block, np.shape, np.ndim, np.size,
}  # fmt: skip


def with_arrays(lo: Lowering, node: ast.AST, fn: Any, args: list[Any], kwargs: Kwargs) -> tuple[list[Any], Kwargs]:
    """The arguments of a call of a library function, lists that stand for arrays made to arrays."""
    if not any(map(is_list_of_numbers, (*args, *(v for _, v in kwargs)))) or is_of_sequences(fn):
        return args, kwargs
    named = parameter_names(fn)
    placed = [*named[: len(args)], *[""] * (len(args) - len(named))]
    made = [as_array(lo, node, a) if name in NAMES else a for name, a in zip(placed, args, strict=True)]
    return made, tuple((k, as_array(lo, node, v) if k in NAMES else v) for k, v in kwargs)


PAIRS = (math.dist, getattr(math, "sumprod", None))
"""Functions of two sequences: the second since Python 3.12."""


def is_pythons(fn: Any, args: list[Any]) -> bool:
    """Whether the result is a float of Python's, since no number is NumPy's, though lists are handed over as arrays."""
    if fn is None or fn is not PAIRS[1]:
        return False
    kinds = [k for a in args for k in entry_kinds(a)]
    return all(isinstance(k, Scalar) and k.weak is True for k in kinds) and Scalar("float64") in kinds


def entry_kinds(value: Any) -> list[Any]:
    if isinstance(value, Tuple):
        return [i.kind for i in value.items]
    return [getattr(value.kind, "item", None)]


def is_of_sequences(fn: Any) -> bool:
    return isinstance(fn, Callable) and fn in SEQUENCES  # type: ignore[arg-type]


def is_list_of_numbers(value: Any) -> bool:
    if isinstance(value, Tuple):
        return bool(value.items) and all(isinstance(i.kind, Scalar) or is_list_of_numbers(i) for i in value.items)
    return isinstance(getattr(value, "kind", None), ListOf) and value.kind.item is not None


def as_array(lo: Lowering, node: ast.AST, value: Any) -> Any:
    if not is_list_of_numbers(value):
        return value
    return lo.as_array(node, value) if isinstance(value, Tuple) else lo.apply(node, np.array, [value])


@functools.cache
def parameter_names(fn: Any) -> tuple[str, ...]:
    if isinstance(fn, np.ufunc):
        return ("x",) * fn.nin
    if fn in PAIRS:
        return "p", "p"
    if (getattr(fn, "__module__", None) or "").split(".")[0] not in ("numpy", "scipy"):
        return ()
    try:
        return tuple(inspect.signature(fn).parameters)
    except (TypeError, ValueError):
        return ()
