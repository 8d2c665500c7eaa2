"""Calls of ``scipy.linalg`` whose results samples don't tell: few are positive definite, or have fitting bands.

``eig`` is lowered to that of NumPy, whose results are taken for complex always.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import linalg

from zygote_nb.frontend.builtin_calls import CALLS
from zygote_nb.frontend.lower import Lowering
from zygote_nb.frontend.unsampled import GIVEN
from zygote_nb.frontend.values import static
from zygote_nb.higher.inside.keywords import bound, is_given
from zygote_nb.ir.kinds import Array, Kind, TupleOf

Kwargs = tuple[tuple[str, Any], ...]
Given = Callable[[tuple[Any, ...], tuple[Any, ...]], Kind | None]


def array_at(args: tuple[Any, ...], position: int) -> Array | None:
    """The kind of an argument, if all arrays among the arguments are of one precision."""
    kind = args[position][1] if len(args) > position and args[position][0] == "kind" else None
    dtypes = {a[1].dtype for a in args if a[0] == "kind" and isinstance(a[1], Array)}
    return kind if isinstance(kind, Array) and dtypes in ({"float64"}, {"float32"}) else None


def like(position: int) -> Given:
    """A result of the shape of an argument."""
    return lambda args, kwargs: array_at(args, position)


def of_third(args: tuple[Any, ...], kwargs: tuple[Any, ...]) -> Kind | None:
    """A result of the shape of the third argument, in double precision whatever that is."""
    kind = array_at(args, 2)
    return None if kind is None else Array("float64", kind.dims)


def tridiagonal(args: tuple[Any, ...], kwargs: tuple[Any, ...]) -> Kind | None:
    """Eigenvalues as many as entries of the diagonal, and their vectors."""
    d, only = array_at(args, 0), dict(kwargs).get("eigvals_only", args[2] if len(args) > 2 else ("const", False, bool))
    if d is None or only[0] != "const":
        return None
    return d if only[1] else TupleOf((d, Array(d.dtype, (d.dims[0], d.dims[0]))))


def square_of_first(args: tuple[Any, ...], kwargs: tuple[Any, ...]) -> Kind | None:
    f = array_at(args, 0)
    return None if f is None else Array(f.dtype, (f.dims[0], f.dims[0]))


GIVEN |= {
    linalg.solveh_banded: like(1), linalg.cholesky_banded: like(0), linalg.eigh_tridiagonal: tridiagonal,
    linalg.eigvalsh_tridiagonal: like(0), linalg.solve_continuous_are: of_third, linalg.solve_discrete_are: of_third,
    linalg.leslie: square_of_first,
}  # fmt: skip


def call_eig(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    given = bound(lo, node, linalg.eig, args, kwargs, "a right check_finite")
    without_vectors = "right" in given and not is_given(given["right"])
    return lo.call_value(node, static(np.linalg.eigvals if without_vectors else np.linalg.eig), [given["a"]])


CALLS[linalg.eig] = call_eig
