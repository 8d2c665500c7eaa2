"""Trees of arguments, results and gradients: walking, copying, scaling, comparing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

Tree = Any


def leaves(tree: Tree, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """(path, leaf) in order; containers are tuples, lists, dicts."""
    if isinstance(tree, (tuple, list)):
        for i, item in enumerate(tree):
            yield from leaves(item, (*path, i))
    elif isinstance(tree, dict):
        for key, item in tree.items():
            yield from leaves(item, (*path, key))
    else:
        yield path, tree


def rebuilt(tree: Tree, leaf: Callable[[tuple[Any, ...], Any], Any], path: tuple[Any, ...] = ()) -> Tree:
    """The same containers around `leaf(path, x)`."""
    if isinstance(tree, tuple):
        items = [rebuilt(item, leaf, (*path, i)) for i, item in enumerate(tree)]
        return type(tree)(*items) if hasattr(tree, "_fields") else tuple(items)
    if isinstance(tree, list):
        return [rebuilt(item, leaf, (*path, i)) for i, item in enumerate(tree)]
    if isinstance(tree, dict):
        return {key: rebuilt(item, leaf, (*path, key)) for key, item in tree.items()}
    return leaf(path, tree)


def is_float(leaf: Any) -> bool:
    """A Python float, a NumPy float, or an array of them."""
    return isinstance(leaf, float) or (isinstance(leaf, (np.ndarray, np.generic)) and leaf.dtype.kind == "f")


def is_inexact(leaf: Any) -> bool:
    """A float or a complex number, or an array of them."""
    return is_float(leaf) or isinstance(leaf, complex) or (hasattr(leaf, "dtype") and leaf.dtype.kind == "c")


def is_integer(leaf: Any) -> bool:
    """A number that may or may not have a gradient: int or an integer array, not bool."""
    if isinstance(leaf, (np.ndarray, np.generic)):
        return leaf.dtype.kind in "iu"
    return isinstance(leaf, int) and not isinstance(leaf, bool)


def is_real_scalar(value: Any) -> bool:
    """What `gradient` takes as a result."""
    return (is_float(value) or is_integer(value)) and np.ndim(value) == 0


def copied(tree: Tree) -> Tree:
    """A deep copy whose arrays have the strides of the original: contiguity decides what ravel and reshape do."""
    return rebuilt(tree, lambda _, leaf: copied_array(leaf) if isinstance(leaf, np.ndarray) else leaf)


def copied_array(a: np.ndarray) -> np.ndarray:
    """See `copied`."""
    if a.flags.c_contiguous or a.flags.f_contiguous or a.size == 0:
        return a.copy(order="K")
    low, high = np.lib.array_utils.byte_bounds(a)
    memory = np.zeros(high - low, dtype=np.uint8)
    twin: np.ndarray = np.ndarray(a.shape, a.dtype, memory, a.ctypes.data - low, a.strides)
    twin[...] = a
    return twin


def random_seed(value: Tree, rng: np.random.Generator) -> Tree:
    """A random tangent of the result: numbers where it has inexact ones, None elsewhere."""

    def leaf(_: Any, x: Any) -> Any:
        if not is_inexact(x):
            return None
        draw = rng.uniform(0.5, 1.5, np.shape(x)) * rng.choice([-1.0, 1.0], np.shape(x))
        if not is_float(x):
            draw = draw + 1j * rng.uniform(0.5, 1.5, np.shape(x))
        if isinstance(x, np.ndarray):
            return np.asarray(draw, x.dtype)
        return x.dtype.type(draw) if isinstance(x, np.generic) else type(x)(draw)

    return rebuilt(value, leaf)


def scaled(tree: Tree, factor: float) -> Tree:
    """`factor * tree`, every leaf of its own type."""

    def leaf(_: Any, x: Any) -> Any:
        if x is None:
            return None
        return np.asarray(x * factor) if isinstance(x, np.ndarray) else x * factor

    return rebuilt(tree, leaf)


def precision(args: Tree) -> float:
    """The spacing of the narrowest floats among the arguments."""
    narrow = (np.finfo(leaf.dtype).eps for _, leaf in leaves(args) if is_inexact(leaf) and hasattr(leaf, "dtype"))
    return max([float(np.finfo(float).eps), *map(float, narrow)])


def at(tree: Tree, path: tuple[Any, ...]) -> Any:
    """The node at `path`; None below None."""
    for key in path:
        tree = None if tree is None else tree[key]
    return tree


def agree(a: Tree, b: Tree, what: str, tol: float, loose: bool = False) -> None:
    """Same containers, types, dtypes, shapes; numbers within `tol` of the largest.

    `loose` lets float stand for np.float64: compiled code has one type for all paths to a return.
    """
    left, right = list(leaves(a)), list(leaves(b))
    assert [p for p, _ in left] == [p for p, _ in right], f"{what}: {a!r} against {b!r}"
    for (path, x), (_, y) in zip(left, right, strict=True):
        same = type(x) is type(y) or (loose and isinstance(x, float) and isinstance(y, float))
        assert same, f"{what} at {path}: {type(x)} {x!r} against {type(y)} {y!r}"
        if isinstance(x, (np.ndarray, np.generic)) and type(x) is type(y):
            assert (x.dtype, x.shape) == (y.dtype, y.shape), f"{what} at {path}: {x!r} against {y!r}"
        if isinstance(x, (float, complex, np.ndarray, np.generic)):
            close(x, y, f"{what} at {path}", tol)
        else:
            assert x == y, f"{what} at {path}: {x!r} against {y!r}"


def close(x: Any, y: Any, what: str, tol: float) -> None:
    """Numbers within `tol` of the largest finite one; NaN and infinities in the same places."""
    p, q = np.asarray(x), np.asarray(y)
    if p.dtype.kind not in "fc":
        assert np.array_equal(p, q), f"{what}: {x!r} against {y!r}"
        return
    finite = np.isfinite(p)
    assert np.array_equal(p[~finite], q[~finite], equal_nan=True), f"{what}: {x!r} against {y!r}"
    scale = max(1.0, float(np.max(np.abs(p[finite]), initial=0.0)))
    worst = float(np.max(np.abs(p[finite] - q[finite]), initial=0.0))
    assert worst <= max(tol, 1e-15) * scale, f"{what}: off by {worst:.3g}: {x!r} against {y!r}"


def bitwise(before: Tree, after: Tree, what: str) -> None:
    """Nothing moved, not even the sign of a zero."""
    left, right = list(leaves(before)), list(leaves(after))
    assert [p for p, _ in left] == [p for p, _ in right], what
    for (path, x), (_, y) in zip(left, right, strict=True):
        if isinstance(x, np.ndarray):
            assert (x.dtype, x.shape, x.tobytes()) == (y.dtype, y.shape, y.tobytes()), f"{what}: {path}"
        elif isinstance(x, float):
            assert repr(x) == repr(y), f"{what}: {path}"


def arrays_in(value: Any) -> Iterator[np.ndarray[Any, Any]]:
    """The arrays in tuples and lists."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from arrays_in(item)
