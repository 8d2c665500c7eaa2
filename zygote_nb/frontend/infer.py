"""Kinds of results of library functions, found by calling them on small sample values.

NumPy itself is the authority on its dtypes and shapes, so no table of them is kept: a primitive is run on sample
arrays whose axis lengths stand for the labels of the kinds, twice with different lengths, and the lengths of the
result are read back. Primitives have no effects, and the user's own functions are never run.
"""

from __future__ import annotations

import builtins
import operator
from functools import lru_cache
from typing import Any

import numpy as np

from zygote_nb.frontend.ones import confirmed, is_open
from zygote_nb.frontend.samples import SIZES, Held, LengthsDecide, Unknown, describe, run
from zygote_nb.frontend.unsampled import DATA_DEPENDENT, GIVEN, forgotten, with_dtype_of, with_open_ranks
from zygote_nb.ir.callables import Attribute, Method
from zygote_nb.ir.core import Apply, Const, Expr, Tuple
from zygote_nb.ir.kinds import Array, Kind, ListOf, Opaque, Scalar, TupleOf, is_plain
from zygote_nb.runtime.shaped import OF_ITS_DTYPE, SHAPED_LIKE

OPERATORS = frozenset(
    (
        operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod, operator.pow,
        operator.neg, operator.pos, operator.invert, operator.and_, operator.or_, operator.xor, operator.lshift,
        operator.rshift, operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne, operator.abs,
        abs, divmod, pow,
    )
)  # fmt: skip
BROADCASTING = OPERATORS | {np.where, np.clip, np.round, np.around, np.nan_to_num, np.real, np.imag, np.sinc}


def result_kind(fn: Any, args: tuple[Expr, ...], kwargs: tuple[tuple[str, Expr], ...] = ()) -> Kind:
    """The kind of ``fn(*args, **kwargs)``; raises Unknown."""
    if fn in SHAPED_LIKE:
        position = SHAPED_LIKE[fn]
        if isinstance(position, tuple):
            return TupleOf(tuple(inexact(args[p].kind) for p in position))
        kind = inexact(args[position].kind)
        return kind if fn in OF_ITS_DTYPE else with_dtype_of(kind, args[0].kind)
    kind = _result_kind(fn, tuple(map(_sketch, args)), tuple((k, _sketch(v)) for k, v in kwargs))
    given = shape_argument(fn, args, kwargs)
    if given is not None and isinstance(kind, Array):
        dims = given if len(given) == kind.ndim else (None,) * kind.ndim
        return Array(kind.dtype, dims)
    return kind


SHAPED = {np.zeros: 0, np.ones: 0, np.empty: 0, np.full: 0, np.reshape: 1, np.broadcast_to: 1, Method("reshape"): 1}


def shape_argument(
    fn: Any, args: tuple[Expr, ...], kwargs: tuple[tuple[str, Expr], ...]
) -> tuple[int | None, ...] | None:
    """The labels of the axes, where a shape is given as an argument."""
    if fn not in SHAPED:
        return None
    position = SHAPED[fn]
    shape = args[position] if len(args) > position else dict(kwargs).get("shape", dict(kwargs).get("newshape"))
    if shape is None:
        return None
    if fn == Method("reshape") and len(args) > 2:
        shape = Tuple(args[1:])
    return tuple(map(length_label, shape.items)) if isinstance(shape, Tuple) else (length_label(shape),)


def length_label(length: Expr) -> int | None:
    """The label of an axis whose length an expression gives: one, or that of an axis of a known array."""
    match length:
        case Const(value=1):
            return 1
        case Apply(fn=operator.getitem, args=(Apply(fn=Attribute("shape"), args=(array,)), Const(value=int(i)))):
            return array.kind.dims[i] if isinstance(array.kind, Array) else None
        case Apply(fn=fn, args=(array,)) if fn is len or fn == Attribute("size"):
            whole = isinstance(array.kind, Array) and (fn is len or array.kind.ndim == 1)
            return array.kind.dims[0] if whole and array.kind.ndim else None  # type: ignore[union-attr]
    return None


def inexact(kind: Kind) -> Kind:
    """The kind of a cotangent of a value."""
    match kind:
        case Array() if kind.dtype[0] in "iub":
            return Array("float64", kind.dims)
        case Scalar() if kind.dtype[0] in "iub":
            return Scalar("float64", kind.weak)
        case TupleOf():
            return TupleOf(tuple(map(inexact, kind.items)), kind.cls)
    return kind


def _sketch(expr: Expr) -> Any:
    """What inference looks at: the value of a constant, the kind of everything else."""
    match expr:
        case Const():
            return ("const", expr.value if is_plain(expr.value) else Held(expr.value), type(expr.value))
        case Tuple():
            return ("tuple", expr.cls, tuple(map(_sketch, expr.items)))
        case Apply(fn=builtins.slice):
            return ("slice", tuple(map(_sketch, expr.args)))
    return ("kind", expr.kind)


@lru_cache(maxsize=10000)
def _result_kind(fn: Any, args: tuple[Any, ...], kwargs: tuple[Any, ...]) -> Kind:
    if fn is operator.getitem and args[0][0] == "kind" and isinstance(args[0][1], ListOf):
        if args[1][0] == "slice":
            return args[0][1]
        return args[0][1].item or Opaque()
    if fn is operator.getitem and args[0][0] == "kind" and isinstance(args[0][1], Array):
        found = _element_kind(args[0][1], args[1])
        if found is not None:
            return found
    if fn in (operator.matmul, np.dot, np.matmul) and all(_is_array(a) for a in args) and len(args) == 2:
        return _product_kind(fn, args[0][1], args[1][1])
    if fn in (np.reshape, Method("reshape"), np.broadcast_to) and _is_array(args[0]):
        return _reshaped_kind(args, kwargs)
    if fn in SQUEEZED and len(args) == 1 and is_open(args[0]) and "axis" not in dict(kwargs):
        raise LengthsDecide
    if fn is np.min_scalar_type:
        return Opaque("dtype")
    if fn in GIVEN:
        given = GIVEN[fn](args, kwargs)
        if given is not None:
            return given
    if fn in DATA_DEPENDENT:
        return forgotten(_sampled_kind(fn, args, kwargs))
    if fn in BROADCASTING or (isinstance(fn, np.ufunc) and fn.signature is None):
        return _elementwise_kind(fn, args, kwargs)
    return _sampled_kind(fn, args, kwargs)


SQUEEZED = {np.squeeze, Method("squeeze")}
"""Functions that leave out axes of length one, whichever these are."""


def _reshaped_kind(args: tuple[Any, ...], kwargs: tuple[Any, ...]) -> Kind:
    """Of a reshaped array the rank is known from the shape that is asked for."""
    shape = args[1:] if len(args) > 2 else [v for k, v in kwargs if k in ("shape", "newshape")] or args[1:]
    if len(shape) == 1 and shape[0][0] == "tuple":
        rank = len(shape[0][2])
    elif len(shape) == 1 and shape[0][0] == "kind" and isinstance(shape[0][1], TupleOf):
        rank = len(shape[0][1].items)
    else:
        rank = len(shape)
    return Array(args[0][1].dtype, (None,) * rank)


def _element_kind(base: Array, index: Any) -> Kind | None:
    """What integers, slices, ``None`` and ``...`` select; None for other indices."""
    parts = list(index[2]) if index[0] == "tuple" and index[1] is tuple else [index]
    taken = sum(1 for p in parts if not _is_constant(p, type(None), type(Ellipsis)))
    if taken > base.ndim:
        return None
    axes = list(base.dims)
    dims: list[int | None] = []
    for part in parts:
        if _is_constant(part, type(None)):
            dims.append(1)
        elif _is_constant(part, type(Ellipsis)):
            dims += [axes.pop(0) for _ in range(base.ndim - taken)]
            taken = base.ndim
        elif part[0] == "slice":
            dims.append(_sliced(axes.pop(0), part[1]))
        elif _is_index(part):
            axes.pop(0)
        else:
            return None
    dims += axes
    return Array(base.dtype, tuple(dims)) if dims or _ellipsis(parts) else Scalar(base.dtype, False)


def _ellipsis(parts: list[Any]) -> bool:
    return any(_is_constant(p, type(Ellipsis)) for p in parts)


def _is_constant(sketch: Any, *types: type) -> bool:
    return sketch[0] == "const" and sketch[2] in types


def _is_index(sketch: Any) -> bool:
    if sketch[0] == "kind":
        return isinstance(sketch[1], Scalar) and sketch[1].dtype[0] in "iu"
    return _is_constant(sketch, int)


def _sliced(length: int | None, parts: tuple[Any, ...]) -> int | None:
    """A slice that takes everything, perhaps backwards, keeps the length."""
    step = parts[2]
    if not (_is_constant(step, type(None)) or (step[0] == "const" and step[1] in (1, -1))):
        return None
    if all(_is_constant(p, type(None)) for p in parts[:2]):
        return length
    return _shortened(length, parts) if _is_constant(step, type(None)) else None


def _shortened(length: Any, parts: tuple[Any, ...]) -> Any:
    """``x[1:]`` and ``x[:-1]`` are equally long: the label of an axis that is shorter by a constant."""
    lower = 0 if _is_constant(parts[0], type(None)) else parts[0][1] if _is_constant(parts[0], int) else -1
    upper = 0 if _is_constant(parts[1], type(None)) else -parts[1][1] if _is_constant(parts[1], int) else -1
    if length in (None, 1) or lower < 0 or upper < 0:
        return None
    base, less = length if isinstance(length, tuple) else (length, 0)
    return (base, less + lower + upper)


def _is_array(sketch: Any) -> bool:
    return sketch[0] == "kind" and isinstance(sketch[1], Array)


def _product_kind(fn: Any, a: Array, b: Array) -> Kind:
    dtype = str(np.promote_types(a.dtype, b.dtype))
    if a.ndim == 1 and b.ndim == 1:
        return Scalar(dtype, False)
    if min(a.ndim, b.ndim) == 0:
        return _uniform_kind(fn, (("kind", a), ("kind", b)), ())
    left, right = a.dims[:-1], b.dims[-1:] if b.ndim > 1 else ()
    if fn is np.dot or min(a.ndim, b.ndim) == 1:
        return Array(dtype, left + b.dims[:-2] + right)
    return Array(dtype, broadcast_dims([a.dims[:-2], b.dims[:-2]]) + left[-1:] + right)


def broadcast_dims(shapes: list[tuple[int | None, ...]]) -> tuple[int | None, ...]:
    """The labels of the axes of arrays broadcast together."""
    rank = max((len(s) for s in shapes), default=0)
    padded = [(1,) * (rank - len(s)) + s for s in shapes]
    return tuple(_broadcast_dim(list(axis)) for axis in zip(*padded, strict=True))


def _broadcast_dim(labels: list[int | None]) -> int | None:
    known = {label for label in labels if label != 1 and label is not None}
    if len(known) == 1 and (None not in labels or not isinstance(next(iter(known)), tuple)):
        return known.pop()
    return 1 if not known and None not in labels else None


def _elementwise_kind(fn: Any, args: tuple[Any, ...], kwargs: tuple[Any, ...]) -> Kind:
    kind = _uniform_kind(fn, args, kwargs)
    arrays = [a[1] for a in args if _is_array(a)]
    dims = broadcast_dims([a.dims for a in arrays])
    if isinstance(kind, Array) and kind.ndim == len(dims):
        return Array(kind.dtype, dims)
    return kind


def _sampled_kind(fn: Any, args: tuple[Any, ...], kwargs: tuple[Any, ...]) -> Kind:
    seen = []
    for sizes in SIZES:
        try:
            seen.append(with_open_ranks(fn, args, describe(run(fn, args, kwargs, sizes), sizes)))
        except Unknown:
            return _uniform_kind(fn, args, kwargs)
    return confirmed(fn, args, kwargs, _agree(*seen))


def _agree(a: Kind, b: Kind) -> Kind:
    """What both sample runs say; a label that only one of them shows is a coincidence."""
    match a, b:
        case Array(), Array() if a.ndim == b.ndim:
            return Array(a.dtype, tuple(p if p == q else None for p, q in zip(a.dims, b.dims, strict=True)))
        case TupleOf(), TupleOf() if len(a.items) == len(b.items):
            return TupleOf(tuple(map(_agree, a.items, b.items)), a.cls)
        case _ if a == b:
            return a
    raise Unknown


def _uniform_kind(fn: Any, args: tuple[Any, ...], kwargs: tuple[Any, ...]) -> Kind:
    """With all axes of one length only dtype and rank can be told."""
    seen: list[Kind] = []
    for size in (3, 4):
        try:
            found = describe(run(fn, args, kwargs, (size,) * 10, size), ())
            seen.append(forgotten(with_open_ranks(fn, args, found)))
        except Unknown as unknown:
            reason = unknown
        if seen and not any(map(_decides, (*args, *(v for _, v in kwargs)))):
            break
    if not seen:
        raise reason
    return _agree(seen[0], seen[-1])


def _decides(sketch: Any) -> bool:
    """Whether a sample may decide about the rank of the result, or how many results there are.

    A truth value is true in one run and false in the other, and a list of another length in each.
    """
    if sketch[0] == "tuple":
        return any(map(_decides, sketch[2]))
    kind = sketch[1]
    return sketch[0] == "kind" and (isinstance(kind, ListOf) or (isinstance(kind, Scalar) and kind.dtype == "bool"))
