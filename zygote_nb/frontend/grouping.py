"""Lowering of ``itertools.groupby`` and ``itertools.tee``."""

from __future__ import annotations

import ast
import itertools
from typing import TYPE_CHECKING, Any

from zygote_nb.frontend import loops
from zygote_nb.frontend.generators import suspend
from zygote_nb.frontend.iterators import indexable, is_none, named
from zygote_nb.frontend.values import static
from zygote_nb.ir.core import INT_ZERO, Const, Tuple

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

Kwargs = tuple[tuple[str, Any], ...]


def call_groupby(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    """Each group is a list, which must be gone through before the next one is asked for, as it must be in Python."""
    items, key = named(lo, node, args, kwargs, iterable=None, key=static(loops.itself))
    items = of_known(lo, node, *indexable(lo, node, [items]))
    return suspend(lo, node, loops.groupby, [items, static(loops.itself) if is_none(key) else key])


def of_known(lo: Lowering, node: ast.AST, items: Any) -> Any:
    """Known items as a list of which one can be chosen as the program runs."""
    held = lo.snapshot(items)
    return lo.as_array(node, held) if isinstance(held, Tuple) and held.items else items


def call_tee(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    items, count = named(lo, node, args, kwargs, iterable=None, n=Const(2, INT_ZERO.kind))
    (held,) = indexable(lo, node, [items])
    if not isinstance(count, Const):
        raise lo.refuse(node, "how many iterators are made isn't known", "use a constant")
    return lo.tuple_of([suspend(lo, node, loops.iter_, [held]) for _ in range(count.value)])


GROUPING = {itertools.groupby: call_groupby, itertools.tee: call_tee}
