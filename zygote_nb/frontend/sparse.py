"""Sparse matrices: from outside, constants that multiply arrays; among the arguments, arrays of entries."""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING, Any

from zygote_nb.frontend.heap import Obj, read_field
from zygote_nb.frontend.unsampled import GIVEN
from zygote_nb.frontend.values import make_tuple
from zygote_nb.ir.callables import Attribute
from zygote_nb.ir.core import Apply
from zygote_nb.ir.kinds import Array, Kind, Opaque
from zygote_nb.runtime.sparse import entries_times, sparse_times, times_sparse

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

FORMATS = ("bsr", "coo", "csc", "csr", "dia", "dok", "lil")
COMPRESSED = ("csr_array", "csr_matrix", "csc_array", "csc_matrix")
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


def is_compressed(value: Any) -> bool:
    """Whether it is a matrix among the arguments, of which the entries are known one array each."""
    return isinstance(value, Obj) and value.cls.__name__ in COMPRESSED and value.cls.__module__.startswith("scipy.")


def parts(lo: Lowering, node: ast.AST, a: Obj) -> list[Any]:
    """What the helpers take after the entries and the array."""
    fields = [read_field(lo, node, a, name) for name in ("indices", "indptr", "_shape")]
    return [*fields, lo.constant(a.cls.__name__.startswith("csc"))]


def compressed_product(lo: Lowering, node: ast.AST, fn: Any, left: Any, right: Any) -> Any:
    """``a @ x`` and ``x @ a`` of a matrix among the arguments; None for anything else."""
    if fn is not operator.matmul:
        return None
    if is_compressed(left) and isinstance(getattr(right, "kind", None), Array):
        return lo.apply(node, entries_times, [read_field(lo, node, left, "data"), right, *parts(lo, node, left)])
    if is_compressed(right) and isinstance(getattr(left, "kind", None), Array) and left.kind.ndim == 1:
        indices, indptr, shape, by_columns = parts(lo, node, right)
        turned = make_tuple(shape.items[::-1], tuple)
        data = read_field(lo, node, right, "data")
        return lo.apply(node, entries_times, [data, left, indices, indptr, turned, lo.constant(not by_columns.value)])
    return None


def columns(args: tuple[Any, ...], kwargs: tuple[Any, ...]) -> Kind:
    return Array("float64", (None, *args[1][1].dims[1:]))


def rows(args: tuple[Any, ...], kwargs: tuple[Any, ...]) -> Kind:
    return Array("float64", (*args[0][1].dims[:-1], None))


GIVEN[sparse_times] = GIVEN[entries_times] = columns
GIVEN[times_sparse] = rows

__all__ = ["COMPRESSED", "compressed_product", "is_compressed", "is_sparse", "parts", "sparse_product"]
