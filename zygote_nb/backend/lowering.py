"""From the text that a person reads to the text that Numba compiles with the same results.

Numba is neither Python nor NumPy. What is known to agree stays; where the two differ a checked form takes its place,
which raises where they would, so that the interpreter takes over; everything else is not compiled.
"""

from __future__ import annotations

import builtins
import functools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from zygote_nb.analysis.ownership import is_fresh
from zygote_nb.backend import complexes
from zygote_nb.backend.calls import called
from zygote_nb.backend.empties import nothing, with_samples, without_spare_lists
from zygote_nb.backend.forms import with_form
from zygote_nb.backend.known import (
    ARITHMETIC,
    AS_IT_IS,
    AXES,
    DIAGONALS,
    FUNCTION_OF,
    FUNCTIONS,
    IN_PLACE,
    LISTS,
    METHODS,
    MORE,
    ROUNDING,
    UFUNCS,
    known_math,
)
from zygote_nb.backend.plan import NotCompiled
from zygote_nb.backend.scalars import is_integer, of_scalars
from zygote_nb.dataclass import replace
from zygote_nb.errors import is_ours
from zygote_nb.ir.callables import Attribute, Method
from zygote_nb.ir.core import (
    ZERO,
    Accumulate,
    Apply,
    Block,
    Choice,
    Const,
    Effect,
    Expr,
    For,
    If,
    Name,
    Raise,
    Stmt,
    Store,
    Tuple,
    is_getitem,
)
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import BOOL, INT, Array, ListOf, Opaque, Scalar
from zygote_nb.ir.walk import blocks, children, map_expressions, with_blocks
from zygote_nb.runtime import arrays, checked, gathering, indexing, lists
from zygote_nb.runtime.calling import Called

SAMPLES = {"float64": ZERO, "int64": Const(0, INT), "bool": Const(False, Scalar("bool"))}
"""What tells Numba of which type the entries of an empty list are: it may be filled by another function."""


@functools.cache
def math_form(fn: Callable[..., float]) -> Callable[..., float]:
    return checked.of_math(fn)


def lowered(function: Generated) -> Generated:
    """The function as Numba gets it; raises NotCompiled."""
    function = without_spare_lists(function)
    try:
        results = tuple(lower(r) for r in function.results)
        forward, backward = lower_block(function.forward), lower_block(function.backward)
    except NotCompiled as error:
        if not error.line or is_ours(function.source.function.filename):
            raise
        raise NotCompiled(f"line {error.line} of {function.source.function.name}: {error}") from None
    return with_samples(replace(function, forward=forward, backward=backward, results=results))


def lower_block(block: Block) -> Block:
    return tuple(map(with_line, block))


def with_line(stmt: Stmt) -> Stmt:
    """The statement lowered; what has no compiled form is told with its line."""
    try:
        return lower_stmt(stmt)
    except NotCompiled as error:
        error.line = error.line or stmt.span.line
        raise


def lower_stmt(stmt: Stmt) -> Stmt:
    complexes.check_stored(stmt)
    match stmt:
        case Raise():
            return replace(stmt, value=Const(RuntimeError, Opaque("exception")))
        case Effect(value=Apply(fn=arrays.add_at, args=(_, where, _))) if is_intricate(where):
            return map_expressions(stmt, lambda done: called(lowered_arguments(done), "such a store"))
        case Effect(value=Apply(fn=indexing.require_c_order, args=(array, _))):
            flags = Apply(Attribute("flags"), (array,), (), Opaque())
            ordered = Apply(Attribute("c_contiguous"), (flags,), (), BOOL)
            failed = Raise(Const(RuntimeError, Opaque("exception")), span=stmt.span)
            return If(Apply(operator.not_, (ordered,), (), BOOL), (failed,), (), stmt.span)
        case Effect(value=Apply(fn=fn)) if fn not in IN_PLACE and not is_helper(fn):
            raise NotCompiled(f"{getattr(fn, '__name__', 'the call')} has an effect, which happens in the interpreter")
        case Store(add=True):
            return effect(arrays.add_at, replace(stmt, value=read_before(stmt.value)), stmt.base)
        case Store(base=base, index=where) if is_put(where, base):
            return effect(operator.setitem, stmt, base)
        case Accumulate(index=where) if where is not None and is_put(where, based(stmt)):
            return effect(arrays.add_at, stmt, based(stmt))
        case Store(base=base, index=mask) if is_wide_mask(mask):
            return put(gathering.put, base, mask, stmt)
        case Accumulate(index=mask) if mask is not None and is_wide_mask(mask):
            return put(gathering.add, based(stmt), mask, stmt)
        case For():
            new = replace(stmt, start=index(stmt.start), stop=index(stmt.stop), step=index(stmt.step))
        case Store():
            new = replace(stmt, value=lower(stmt.value), index=place(stmt.base, stmt.index), base=lower(stmt.base))
        case Accumulate():
            at = None if stmt.index is None else place(based(stmt), stmt.index)
            new = replace(stmt, value=lower(stmt.value), index=at)
        case _:
            new = map_expressions(stmt, lower)
    return with_blocks(new, tuple(map(lower_block, blocks(stmt))))


def read_before(value: Expr) -> Expr:
    """What is read to its end before anything is written, as it may be memory of the array that is written to."""
    if not isinstance(value.kind, Array) or (isinstance(value, Apply) and is_fresh(value)):
        return value
    return Apply(np.copy, (value,), (), value.kind)


def index(expr: Expr) -> Expr:
    """An index or a bound: integer arithmetic there can't overflow without running out of memory first."""
    match expr:
        case Apply(fn=operator.add | operator.sub | operator.mul) if is_integer(expr):
            return replace(expr, args=tuple(map(index, expr.args)))
        case Apply(fn=fn) if fn is slice:
            return replace(expr, args=tuple(map(index, expr.args)))
        case Tuple():
            return replace(expr, items=tuple(map(index, expr.items)))
    return lower(expr)


def lower(expr: Expr) -> Expr:
    match expr:
        case Tuple(cls=builtins.list, items=(), kind=ListOf(item=Scalar(dtype=dtype))) if dtype in SAMPLES:
            return Apply(lists.none_like, (SAMPLES[dtype],), (), expr.kind)
        case Tuple():
            return replace(expr, items=tuple(map(lower, expr.items)))
        case Choice():
            orelse = nothing(expr.kind) if isinstance(expr.kind, Array) and expr.orelse == ZERO else lower(expr.orelse)
            return replace(expr, test=lower(expr.test), body=lower(expr.body), orelse=orelse)
        case Apply(fn=operator.getitem | operator.contains, args=(Apply(fn=builtins.range) as numbers, other)):
            fn = checked.number_of_range if expr.fn is operator.getitem else checked.is_in_range
            return replace(expr, fn=fn, args=(*map(index, numbers.args), index(other)))
        case Apply(fn=operator.getitem):
            return element(expr)
        case Apply():
            args = tuple(map(lower, expr.args))
            kwargs = tuple((k, lower(v)) for k, v in expr.kwargs)
            return call(replace(expr, args=args, kwargs=kwargs))
    return complexes.as_dtype(expr)


def element(expr: Apply) -> Expr:
    base, where = expr.args
    if not isinstance(base.kind, Array) or simple_index(where, base.kind):
        return replace(expr, args=(lower(base), index(where)))
    if not is_gathered(where):
        return called(replace(expr, args=(lower(base), index(where))), "such indexing by arrays has no compiled form")
    return replace(expr, fn=gathering.picked, args=(lower(base), index(where)), text=None)


def is_gathered(where: Expr) -> bool:
    """An array of integers, a mask, or vectors of integers and numbers for all axes."""
    if isinstance(where, Tuple):
        vectors = [i for i in where.items if isinstance(i.kind, Array)]
        others = [i for i in where.items if not isinstance(i.kind, Array)]
        whole = all(v.kind.ndim == 1 and v.kind.dtype[0] in "iu" for v in vectors) and all(map(is_integer, others))  # type: ignore[union-attr]
        return where.cls is tuple and bool(vectors) and whole
    return isinstance(where.kind, Array) and where.kind.ndim > 0 and where.kind.dtype[0] in "iub"


def is_wide_mask(where: Expr) -> bool:
    return isinstance(where.kind, Array) and where.kind.dtype == "bool" and where.kind.ndim > 1


def based(stmt: Accumulate) -> Expr:
    """What an adjoint is added to."""
    return stmt.base if stmt.base is not None else Name(stmt.target, stmt.kind)


def is_put(where: Expr, base: Expr) -> bool:
    """Whether an index is none that Numba stores at."""
    if isinstance(where, Tuple):
        return not simple_index(where, base.kind) and not is_gathered(where)  # type: ignore[arg-type]
    return isinstance(where.kind, Array) and where.kind.ndim != 1 and where.kind.dtype != "bool"


def is_intricate(where: Expr) -> bool:
    """Whether an index has more than vectors of integers, numbers and slices."""
    if not isinstance(where, Tuple):
        return isinstance(where.kind, Opaque)
    vectors = [i.kind for i in where.items if isinstance(i.kind, Array)]
    plain = all(is_integer(i) or is_slice(i) for i in where.items if not isinstance(i.kind, Array))
    return not plain or any(v.ndim != 1 or v.dtype == "bool" for v in vectors)


def is_slice(expr: Expr) -> bool:
    return isinstance(expr, Apply) and expr.fn is slice


def lowered_arguments(expr: Expr) -> Apply:
    assert isinstance(expr, Apply)
    base, where, value = expr.args
    return replace(expr, args=(lower(base), index(where), lower(value)))


def effect(fn: Callable[..., None], stmt: Store | Accumulate, base: Expr) -> Stmt:
    """What is done to memory, as a call."""
    assert stmt.index is not None
    done = lowered_arguments(Apply(fn, (base, stmt.index, stmt.value), (), Opaque("none")))
    by_hand = fn is arrays.add_at and not is_intricate(stmt.index)
    return Effect(done if by_hand else called(done, "such a store has no compiled form"), stmt.span)


def put(fn: Callable[..., None], base: Expr, mask: Expr, stmt: Store | Accumulate) -> Stmt:
    """A store where a mask with several axes is true, which Numba does not know."""
    return Effect(Apply(fn, (lower(base), lower(mask), lower(stmt.value)), (), Opaque("none")), stmt.span)


def place(base: Expr, where: Expr) -> Expr:
    """Where something is stored; a mask has to be one for the array."""
    if isinstance(where.kind, Array) and where.kind.dtype == "bool":
        return Apply(gathering.fitting, (lower(where), lower(base)), (), where.kind)
    return index(where)


def simple_index(where: Expr, base: Array) -> bool:
    """Integers and slices, and one integer array for a 1-d array."""
    if isinstance(where.kind, Array):
        return base.ndim == 1 and where.kind.ndim == 1 and where.kind.dtype[0] in "iu"
    if isinstance(where, Tuple):
        return where.cls is tuple and all(
            not isinstance(i.kind, Array) and not isinstance(i, Tuple) for i in where.items
        )
    return True


def call(expr: Apply) -> Expr:
    """The compiled form of a call, or a call out of compiled code."""
    try:
        return form(expr)
    except NotCompiled as error:
        return called(expr, str(error))


def form(expr: Apply) -> Expr:
    if complexes.concerns(expr):
        expr = complexes.compiled_form(expr, expr.fn in LISTS or is_helper(expr.fn))
        if expr.fn not in complexes.REARRANGING:
            return expr
    fn = expr.fn
    if fn is arrays.shares and len(expr.args) == 2 and are_array_and_number(*expr.args):
        part = Apply(arrays.share, expr.args, (), Scalar("float64"))
        return replace(expr, fn=arrays.shared, args=(*expr.args, part), kwargs=(), text=None)
    if isinstance(fn, Called) or fn in AS_IT_IS or is_helper(fn):
        return expr
    if is_expit(fn) and getattr(expr.kind, "dtype", "") == "float64":
        return replace(expr, fn=arrays.expit, text=None)
    if fn in (np.matmul, operator.matmul) and any(isinstance(a.kind, Array) and a.kind.ndim > 2 for a in expr.args):
        raise NotCompiled("a product of stacks of matrices has no compiled form")
    if fn is np.matmul and len(expr.args) == 2 and not expr.kwargs:
        return replace(expr, fn=operator.matmul, text=None)
    if fn in ROUNDING and len(expr.args) == 1 and not expr.kwargs:
        return replace(expr, fn=np.rint, text=None)
    if all(isinstance(a.kind, Scalar) for a in expr.args):
        checked_form = of_scalars(expr)
        if checked_form is not None:
            return checked_form
    if fn in known_math():
        if len(expr.args) != (2 if fn in checked.TWO_ARGUMENTS else 1):
            raise NotCompiled(f"`{fn.__name__}` of {len(expr.args)} numbers has no compiled form")
        return replace(expr, fn=math_form(fn), text=None)
    if fn in (Method("astype"), np.astype) and is_float_type(expr):
        return replace(expr, fn=Method("astype"), text=None)
    if fn in ARITHMETIC or fn in UFUNCS or fn is operator.truediv:
        return expr
    if fn is operator.pow and isinstance(expr.kind, Array):
        return expr
    if (own := with_form(expr)) is not None:
        return own
    if fn is np.concatenate and is_along_none(expr):
        raise NotCompiled("`concatenate` of what is flattened has no compiled form")
    if fn in FUNCTIONS or fn in METHODS or fn in AXES or fn in MORE or fn in FUNCTION_OF or fn in DIAGONALS:
        return supported(expr)
    name = getattr(fn, "__name__", None) or getattr(fn, "name", str(fn))
    raise NotCompiled(f"`{name}` has no compiled form yet")


def is_along_none(expr: Apply) -> bool:
    """Whether arrays are joined with ``axis=None``, which is not the same as leaving it out."""
    axis = (*expr.args[1:2], *(v for name, v in expr.kwargs if name == "axis"))
    return any(isinstance(a, Const) and a.value is None for a in axis)


def are_array_and_number(x: Expr, y: Expr) -> bool:
    """Whether these are an array of floats and a number, variables or read from some, which may be written twice."""
    named = all(isinstance(e, Name | Const) or is_entry(e) for e in (x, y))
    return named and isinstance(x.kind, Array) and x.kind.dtype == "float64" and isinstance(y.kind, Scalar)


def is_entry(expr: Expr) -> bool:
    """``x[i]`` or ``x[i, j]`` of variables."""
    if not isinstance(expr, Apply) or not is_getitem(expr) or not isinstance(expr.args[0], Name):
        return False
    where = expr.args[1].items if isinstance(expr.args[1], Tuple) else (expr.args[1],)
    return all(isinstance(i, Name | Const) and isinstance(i.kind, Scalar) for i in where)


def is_float_type(expr: Apply) -> bool:
    """Whether an array of numbers becomes one of floats, or of complex numbers."""
    kind = expr.args[0].kind
    wanted = expr.args[1] if len(expr.args) == 2 and not expr.kwargs else None
    if not isinstance(kind, Array) or not isinstance(wanted, Const):
        return False
    floats = wanted.value in (np.float32, np.float64) and kind.dtype[0] in "fiu"
    return floats or (wanted.value in (np.complex64, np.complex128) and kind.dtype[0] in "fiuc")


def supported(expr: Apply) -> Expr:
    if expr.fn in DIAGONALS and is_matrix(expr.args[0]):
        return with_offset(expr)
    if expr.fn in FUNCTION_OF:
        expr = replace(expr, fn=FUNCTION_OF[expr.fn])
    named = {k for k, v in expr.kwargs if not (isinstance(v, Const) and v.value is None)}
    if named and expr.fn not in AXES:
        raise NotCompiled(f"`{getattr(expr.fn, '__name__', expr.fn)}` with keywords has no compiled form yet")
    if any(isinstance(a.kind, Array) and a.kind.dtype == "bool" for a in expr.args) and expr.fn in AXES - {
        np.any,
        np.all,
    }:
        raise NotCompiled(f"`{getattr(expr.fn, '__name__', expr.fn)}` of truth values has no compiled form")
    if expr.fn is np.reshape or expr.fn == Method("reshape"):
        raise_unless_fresh(expr)
    if any(isinstance(c, Tuple) and c.cls is list and not c.items for c in children(expr)):
        raise NotCompiled("an empty list has no type")
    kwargs = tuple((k, v) for k, v in expr.kwargs if k in named)
    args = tuple(replace(a, cls=tuple) if isinstance(a, Tuple) and expr.fn is not np.array else a for a in expr.args)
    return replace(expr, args=args, kwargs=kwargs)


def is_matrix(expr: Expr) -> bool:
    return isinstance(expr.kind, Array) and expr.kind.ndim == 2


def with_offset(expr: Apply) -> Expr:
    """The diagonal of a matrix, which is a view: Numba's `np.diag` makes a copy."""
    offset = (*expr.args[1:], *(v for _, v in expr.kwargs))
    if len(offset) > 1 or any(name not in ("k", "offset") for name, _ in expr.kwargs):
        raise NotCompiled("a diagonal along given axes has no compiled form")
    return replace(expr, fn=np.diagonal, args=(expr.args[0], *offset), kwargs=(), text=None)


def raise_unless_fresh(expr: Apply) -> None:
    """Numba reshapes contiguous arrays only; a variable may hold any."""
    if isinstance(expr.args[0], Apply) and isinstance(expr.args[0].fn, Attribute):
        raise NotCompiled("a reshape of a transposed array has no compiled form")


def is_expit(fn: Any) -> bool:
    """Whether it is ``scipy.special.expit``, told without loading SciPy."""
    return isinstance(fn, np.ufunc) and fn.__name__ == "expit"


def is_helper(fn: Any) -> bool:
    return getattr(arrays, getattr(fn, "__name__", ""), None) is fn


__all__ = ["ListOf", "Name", "lowered"]
