"""Trees of arrays and numbers: mapping over them, and flattening them to vectors."""

from __future__ import annotations

import copy
import dataclasses
import functools
from collections.abc import Callable
from types import FunctionType, MethodType, ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from zygote_nb.frontend.layout import is_users_class


def tree_map(fn: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """Apply ``fn`` to corresponding leaves of trees, and rebuild the classes of the first one.

    Args:
        fn: takes one leaf of each tree.
        tree: numbers or arrays in tuples, named tuples, lists, dicts, namespaces, and in dataclasses and objects of
            your classes, whose fields that hold no numbers are kept as they are. None is left alone.
        others: trees of the same structure, such as gradients; a namespace stands for a dataclass.

    Example:
        >>> tree_map(lambda p, g: p - 0.1 * g, {"w": 1.0}, {"w": 5.0})
        {'w': 0.5}
    """
    if tree is None or any(o is None for o in others):
        return tree
    children = children_of(tree)
    if children is None:
        return fn(tree, *others)
    for other in others:
        _same_keys(tree, other, children)
    parts = {k: tree_map(fn, v, *(_child(o, k) for o in others)) for k, v in children.items()}
    return _rebuild(tree, parts)


def children_of(tree: Any) -> dict[Any, Any] | None:
    """What a tree is made of, by keys, places or names; None for a leaf."""
    match tree:
        case dict():
            return dict(tree)
        case tuple() | list():
            return dict(enumerate(tree))
        case SimpleNamespace():
            return dict(vars(tree))
    if _is_record(tree):
        found = {f.name: getattr(tree, f.name) for f in dataclasses.fields(tree)}
        return {name: value for name, value in found.items() if value is None or is_data(value)}
    if _is_object(tree):
        return {name: value for name, value in vars(tree).items() if is_data(value)}
    return None


def _is_record(tree: Any) -> bool:
    return dataclasses.is_dataclass(tree) and not isinstance(tree, type)


def _is_object(tree: Any) -> bool:
    """Whether it is an object of a class of the user's, which is a tree of its attributes that hold numbers."""
    return hasattr(tree, "__dict__") and not _is_code(tree) and is_users_class(type(tree))


def _is_code(value: Any) -> bool:
    return isinstance(value, (type, FunctionType, MethodType, ModuleType, functools.partial))


def is_data(value: Any) -> bool:
    """Whether it is a number or an array, or holds some."""
    if isinstance(value, (bool, np.bool)):
        return False
    if isinstance(value, (int, float, complex, np.number, np.ndarray)):
        return True
    children = children_of(value)
    return children is not None and any(map(is_data, children.values()))


def _child(tree: Any, key: Any) -> Any:
    return tree[key] if isinstance(tree, (dict, tuple, list)) else getattr(tree, key)


def _same_keys(tree: Any, other: Any, children: dict[Any, Any]) -> None:
    known = children_of(other)
    some = known is not None and (_is_record(tree) or _is_object(tree)) and set(children) <= set(known)
    if known is None or (set(known) != set(children) and not some):
        raise ValueError(f"the trees differ: {_outline(tree)} against {_outline(other)}")


def _outline(tree: Any) -> str:
    children = children_of(tree)
    return type(tree).__name__ + ("" if children is None else f" of {len(children)}")


def _rebuild(tree: Any, parts: dict[Any, Any]) -> Any:
    match tree:
        case dict():
            return type(tree)(parts) if type(tree) is dict else parts
        case list():
            return list(parts.values())
        case tuple():
            return type(tree)(*parts.values()) if hasattr(tree, "_fields") else tuple(parts.values())
        case SimpleNamespace():
            return SimpleNamespace(**parts)
    if _is_record(tree):
        return dataclasses.replace(tree, **parts)
    made = copy.copy(tree)
    vars(made).update(parts)
    return made


def leaves(tree: Any) -> list[Any]:
    """The leaves of a tree, in order; None has none."""
    if tree is None:
        return []
    children = children_of(tree)
    if children is None:
        return [tree]
    return [leaf for child in children.values() for leaf in leaves(child)]


def ravel(tree: Any) -> tuple[np.ndarray[Any, Any], Callable[[Any], Any]]:
    """The real numbers in a tree as one vector, and the function that rebuilds the tree from such a vector.

    Args:
        tree: numbers or real arrays in tuples, lists, dicts, dataclasses, and objects of your classes. Everything else
            in it, such as texts and flags, is kept as it is.

    Returns:
        ``(vector, unravel)``: a float64 array of shape ``(n,)``, and a function from such an array to a tree of the
        same structure, shapes and dtypes, sharing no memory with it.

    Example:
        >>> vector, unravel = ravel({"w": np.ones(2), "b": 3.0})
        >>> vector.tolist()
        [1.0, 1.0, 3.0]
        >>> unravel(2 * vector)["b"]
        6.0
    """
    if any(np.iscomplexobj(leaf) for leaf in leaves(tree)):
        raise TypeError("the tree has complex numbers; take real and imaginary parts")
    flat = [np.ravel(np.asarray(leaf, dtype=np.float64)) for leaf in leaves(tree) if is_data(leaf)]
    vector = np.concatenate(flat) if flat else np.zeros(0)

    def unravel(values: Any) -> Any:
        values = np.asarray(values)
        if values.shape != vector.shape:
            raise ValueError(f"the vector has shape {values.shape}, and the tree has {vector.size} numbers")
        position = 0

        def take(leaf: Any) -> Any:
            nonlocal position
            if not is_data(leaf):
                return leaf
            size = int(np.size(leaf))
            part = values[position : position + size]
            position += size
            return _like(leaf, part)

        return tree_map(take, tree)

    return vector, unravel


def _like(leaf: Any, part: np.ndarray[Any, Any]) -> Any:
    if isinstance(leaf, np.ndarray):
        return part.reshape(leaf.shape).astype(leaf.dtype if leaf.dtype.kind in "fc" else np.float64, copy=True)
    value = float(part[0])
    return type(leaf)(value) if isinstance(leaf, np.floating) else value


def is_whole(value: Any) -> bool:
    """An integer, or an array of integers.

    >>> is_whole(3), is_whole(np.arange(3)), is_whole(3.0)
    (True, True, False)
    """
    return isinstance(value, int) or (isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in "iu")
