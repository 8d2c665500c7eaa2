"""Sparse matrices from outside: objects that nothing is known of but that they multiply arrays."""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING, Any

from zygote_nb.frontend.unsampled import GIVEN
from zygote_nb.ir.callables import Attribute
from zygote_nb.ir.core import Apply
from zygote_nb.ir.kinds import Array, Kind, Opaque
from zygote_nb.runtime.sparse import sparse_times, times_sparse

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

FORMATS = ("bsr", "coo", "csc", "csr", "dia", "dok", "lil")
CLASSES = {f"{f}_{what}" for f in FORMATS for what in ("array", "matrix")}


def is_sparse(value: Any) -> bool:
    """Whether it is a sparse matrix, or the transpose of one."""
    if isinstance(value, Apply) and value.fn == Attribute("T"):
        return is_sparse(value.args[0])
    return isinstance(getattr(value, "kind", None), Opaque) and value.kind.what in CLASSES


def sparse_product(lo: Lowering, node: ast.AST, fn: Any, left: Any, right: Any) -> Any:
    """``a @ x`` and ``x @ a``, also where ``*`` stands for that; None for anything else."""
    for a, x, product in ((left, right, sparse_times), (right, left, times_sparse)):
        matrix = is_sparse(a) and (fn is operator.matmul or (fn is operator.mul and a.kind.what.endswith("matrix")))
        if matrix and isinstance(getattr(x, "kind", None), Array) and x.kind.ndim in (1, 2):
            return lo.apply(node, product, [left, right])
    return None


def columns(args: tuple[Any, ...], kwargs: tuple[Any, ...]) -> Kind:
    return Array("float64", (None, *args[1][1].dims[1:]))


def rows(args: tuple[Any, ...], kwargs: tuple[Any, ...]) -> Kind:
    return Array("float64", (*args[0][1].dims[:-1], None))


GIVEN[sparse_times] = columns
GIVEN[times_sparse] = rows

__all__ = ["is_sparse", "sparse_product"]
