"""The entry of a generated function: copies, shadows of parameters, values for what may be unset; and its results."""

from __future__ import annotations

import numpy as np

from zygote_nb.analysis.exposed import exposed
from zygote_nb.ir.callables import Method
from zygote_nb.ir.core import FALSE, INT_ZERO, ZERO, Apply, Assign, Const, Effect, Expr, Name, Stmt, Tuple
from zygote_nb.ir.kinds import ABSENT, INT, Array, Kind, ListOf, Opaque, Scalar, is_memory
from zygote_nb.ir.walk import all_bound, names, statements
from zygote_nb.runtime import indexing, lists
from zygote_nb.transform.derive.prepared import Prepared
from zygote_nb.transform.derive.sweeps import Sweeps
from zygote_nb.transform.reverse.state import Reverse
from zygote_nb.transform.reverse.tangents import zeros_like


def entry_copies(prepared: Prepared) -> tuple[list[Stmt], list[str]]:
    """Arguments that the function writes to are copied first, so that the caller's data stay as they were."""
    params = prepared.function.params
    written = [p for p in params if is_memory(p.kind) and prepared.memory.is_written(p.name)]
    return [Assign(p.name, copy_of(Name(p.name, p.kind))) for p in written], [p.name for p in params]


def copy_of(value: Expr) -> Expr:
    fn = Method("copy") if isinstance(value.kind, Array) else lists.copied
    return Apply(fn, (value,), (), value.kind)


def param_shadows(prepared: Prepared, reverse: Reverse) -> list[Stmt]:
    """Shadows of parameters whose memory the function writes to or keeps."""
    return [
        Assign(reverse.adjoint(p.name), zeros_like(Name(p.name, p.kind)))
        for p in prepared.function.params
        if is_memory(p.kind) and prepared.memory.has_shadow(p.name) and p.name in prepared.varied
    ]


def initialised(forward: list[Stmt], backward: list[Stmt], sweeps: Sweeps, params: set[str]) -> list[Stmt]:
    """Variables that a tape may read before they are bound get a value at the top."""
    checked = [
        s
        for s in forward
        if not (isinstance(s, Effect) and isinstance(s.value, Apply) and s.value.fn is indexing.require)
    ]
    known = exposed(checked) & (
        sweeps.unset | {n for n in exposed(checked) if n in all_bound(tuple(forward)) and n not in params}
    )
    made: list[Stmt] = []
    for name in sorted(known - params):
        doubtful = {n for s in statements(tuple(forward)) if isinstance(s, Effect) for n in names(s.value)}
        value = (
            Const(indexing.UNSET, ABSENT, "UNSET") if name in doubtful else initial(sweeps.kinds.get(name, Opaque()))
        )
        made.append(Assign(name, value))
    return [*made, *forward]


def initial(kind: Kind) -> Expr:
    match kind:
        case Scalar(dtype="bool"):
            return FALSE
        case Scalar():
            return INT_ZERO if kind.dtype[0] in "iu" else ZERO
        case Array():
            shape = Tuple((Const(0, INT),) * kind.ndim)
            dtype = () if kind.dtype == "float64" else (Const(np.dtype(kind.dtype).type, Opaque("dtype")),)
            return Apply(np.empty, (shape, *dtype), (), kind)
        case ListOf():
            return Tuple((), list, kind)
    return Const(None, ABSENT)


def is_users(prepared: Prepared, result: Expr) -> bool:
    """Whether a result is a variable that the user named, so that its seed is named after it."""
    return (isinstance(result, Name) and result.id.rstrip("0123456789") in prepared.users) or (
        isinstance(result, Name) and result.id in prepared.users
    )


def separate(results: tuple[Expr, ...], in_place: set[str]) -> tuple[Expr, ...]:
    """No result shares memory with another, or with an argument."""
    seen: set[str] = set()
    out: list[Expr] = []
    for r in results:
        if is_memory(r.kind) and isinstance(r, Name) and (r.id in seen or r.id not in in_place):
            r = copy_of(r)
        elif isinstance(r, Name):
            seen.add(r.id)
        out.append(r)
    return tuple(out)
