"""Parts of arguments by their paths: attributes, keys and positions."""

from __future__ import annotations

from typing import Any

from zygote_nb.ir.kinds import Kind, ObjectOf, TupleOf, leaves

Path = tuple[str, ...]


def at_path(tree: Any, path: Path) -> Any:
    """What stands at a path of a value, or of its gradient.

    Raises:
        ValueError: there is nothing.
    """
    for part in path:
        try:
            tree = step(tree, part)
        except (AttributeError, KeyError, IndexError, ValueError):
            raise ValueError(f"there is no {part!r} in {type(tree).__name__} ({'.'.join(path)})") from None
    return tree


def step(tree: Any, part: str) -> Any:
    if isinstance(tree, dict):
        return tree[part] if part in tree else tree[int(part)]
    if isinstance(tree, (list, tuple)) and not (hasattr(tree, "_fields") and part in tree._fields):
        return tree[int(part)]
    return getattr(tree, part)


def chosen(kind: Kind, asked: bool | frozenset[Path]) -> list[bool]:
    """A flag for each leaf: whether it, or something that it is in, is asked for."""
    if isinstance(asked, bool) or not asked or () in asked:
        return [bool(asked)] * len(leaves(kind))
    if isinstance(kind, ObjectOf):
        keys = [(str(k),) for k in kind.keys]
    elif isinstance(kind, TupleOf):
        fields = getattr(kind.cls, "_fields", ())
        keys = [(str(i), *fields[i : i + 1]) for i in range(len(kind.items))]
    else:
        return [False] * len(leaves(kind))
    below = [frozenset(p[1:] for p in asked if p[0] in names) for names in keys]
    return [flag for item, paths in zip(kind.items, below, strict=True) for flag in chosen(item, paths)]
