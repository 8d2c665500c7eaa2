"""Lowering of calls: what is called decides how.

Builtins that the lowering understands, primitives with a rule, functions that are themselves transformed, methods of
arrays, lists, dicts and objects, closures, classes, and what a library does that carries no derivative.
"""

from __future__ import annotations

import ast
import functools
from types import BuiltinFunctionType, FunctionType, MethodDescriptorType, MethodType, WrapperDescriptorType
from typing import Any

import numpy as np

from zygote_nb.frontend import carrying, rows, singledispatch
from zygote_nb.frontend.along import call_vectorized
from zygote_nb.frontend.arraylike import is_pythons, with_arrays
from zygote_nb.frontend.chosen import Chosen
from zygote_nb.frontend.classes import class_method, construct, super_object
from zygote_nb.frontend.dicts import dict_method
from zygote_nb.frontend.dispatch import call_chosen, call_with_choice
from zygote_nb.frontend.displays import dict_entries
from zygote_nb.frontend.folds import call_fold, fold_at, is_fold, known
from zygote_nb.frontend.foreign import call_foreign, is_foreign
from zygote_nb.frontend.free import plain
from zygote_nb.frontend.getters import GETTERS, call_getter
from zygote_nb.frontend.heap import Obj, get_object, list_object, read_field
from zygote_nb.frontend.heaps import WRITTEN, call_written
from zygote_nb.frontend.inner import REMEMBERING, call_remembered, method_around
from zygote_nb.frontend.inplace import in_place, into_output
from zygote_nb.frontend.layout import is_users_class
from zygote_nb.frontend.lists import METHODS, list_method, numbers_of
from zygote_nb.frontend.local import LocalFunction, call_closure
from zygote_nb.frontend.local import call as call_inner
from zygote_nb.frontend.lower import Lowering, no_rule
from zygote_nb.frontend.lowered import lowering_of
from zygote_nb.frontend.maybe import Maybe, given
from zygote_nb.frontend.members import is_members
from zygote_nb.frontend.members import method as set_method
from zygote_nb.frontend.oneof import dispatched, is_one_of
from zygote_nb.frontend.overloads import own_method
from zygote_nb.frontend.rows import Rows
from zygote_nb.frontend.several import SEVERAL
from zygote_nb.frontend.signatures import positional_count
from zygote_nb.frontend.sparse import is_sparse
from zygote_nb.frontend.tables import Table, View
from zygote_nb.frontend.targets import WHOLE, settled_index
from zygote_nb.frontend.templates import Members
from zygote_nb.frontend.values import make_tuple, none, static
from zygote_nb.frontend.written_as import of_ufunc, ufunc_method, with_named_output, with_subscripts
from zygote_nb.ir.callables import Method
from zygote_nb.ir.core import FALSE, INT_ONE, INT_ZERO, TRUE, Apply, Const, Expr, Name, Store, Tuple
from zygote_nb.ir.kinds import Array, Bottom, ListOf, Opaque, Scalar, Static, describe
from zygote_nb.runtime.sparse import sparse_times

Kwargs = tuple[tuple[str, Any], ...]


def lower_call_statement(lo: Lowering, node: ast.Call) -> None:
    """A call whose value is dropped."""
    value = lower_call(lo, node, dropped=True)
    if isinstance(value, Apply):
        lo.temporary("t", value, node)


def lower_call(lo: Lowering, node: ast.Call, dropped: bool = False) -> Any:
    if isinstance(node.func, ast.Attribute):
        base = lo.value(node.func.value)
        base = given(lo, base, AttributeError) if isinstance(base, Maybe) else base
        if is_one_of(base):
            return call_of_several(lo, node, base, node.func.attr)
        is_object = isinstance(base, Obj) and base.cls not in CONTAINERS
        if not (isinstance(base, Const) or is_object or carrying.is_followed(lo, base)):
            return lower_method(lo, node, base, node.func.attr, dropped)
        fn = lo.attribute_of(node.func, base, node.func.attr)
    else:
        fn = lo.value(node.func)
    if isinstance(fn, Const):
        from zygote_nb.frontend.builtin_calls import SPECIAL

        special = SPECIAL.get(fn.value) if is_hashable(fn.value) else None
        if special is not None:
            return special(lo, node)
        if fn.value is super:
            return super_object(lo, node)
    args, kwargs = arguments(lo, node, fn)
    return call_value(lo, node, fn, args, kwargs, dropped)


def call_of_several(lo: Lowering, node: ast.Call, base: Obj, name: str) -> Any:
    """A method of an object that may have one of several classes."""
    args, kwargs = arguments(lo, node)
    args, kwargs = [lo.evaluated(a, node) for a in args], tuple((k, lo.evaluated(v, node)) for k, v in kwargs)

    def call(obj: Obj) -> Any:
        return lo.evaluated(call_value(lo, node, lo.attribute_of(node.func, obj, name), list(args), kwargs), node)

    return dispatched(lo, node, base, call)


def is_hashable(value: Any) -> bool:
    return isinstance(value, (type, BuiltinFunctionType, FunctionType, np.ufunc)) or callable(value)


def arguments(lo: Lowering, node: ast.Call, fn: Any = None) -> tuple[list[Any], Kwargs]:
    """The values of positional and keyword arguments of a call of ``fn``, stars spread."""
    wanted = positional_count(lo, fn, node) if any(isinstance(n, ast.Starred) for n in node.args) else None
    wanted = None if wanted is None else wanted + len(node.keywords)
    values = lo.items([*node.args, *(k.value for k in node.keywords)], wanted)
    split = len(values) - len(node.keywords)
    kwargs: list[tuple[str, Any]] = []
    for keyword, value in zip(node.keywords, values[split:], strict=True):
        if keyword.arg is None:
            kwargs += dict_entries(lo, node, value).items()
        else:
            kwargs.append((keyword.arg, value))
    return values[:split], tuple(kwargs)


def call_value(lo: Lowering, node: ast.AST, fn: Any, args: list[Any], kwargs: Kwargs, dropped: bool = False) -> Any:
    """The result of calling a function value, whatever it is, with evaluated arguments."""
    match fn:
        case Obj():
            return call_object(lo, node, fn, args, kwargs, dropped)
        case Chosen():
            return call_chosen(lo, node, fn, args, kwargs)
        case Const(value=LocalFunction()):
            return call_inner(lo, node, fn.value, args, kwargs)
        case Const():
            return call_known(lo, node, fn.value, args, kwargs, dropped)
    if isinstance(fn.kind, Opaque):
        return call_foreign(lo, node, fn, args, kwargs, dropped)
    method = own_method(fn, "__call__")
    if method is not None:
        return call_value(lo, node, method, [fn, *args], kwargs, dropped)
    raise lo.refuse(node, f"{describe(fn.kind)} is called", "call functions by name")


def call_object(lo: Lowering, node: ast.AST, fn: Obj, args: list[Any], kwargs: Kwargs, dropped: bool) -> Any:
    """A bound method, a partial, a closure, or an object with ``__call__``."""
    content = get_object(lo, fn)
    if content.cls is MethodType:
        function, owner = (read_field(lo, node, fn, name) for name in ("__func__", "__self__"))
        return call_value(lo, node, function, [owner, *args], kwargs, dropped)
    if content.cls is functools.partial:
        function, first, words = (read_field(lo, node, fn, name) for name in ("func", "args", "keywords"))
        given = dict(dict_entries(lo, node, words)) | dict(kwargs)
        return call_value(lo, node, function, [*lo.snapshot(first).items, *args], tuple(given.items()), dropped)
    if content.cls is FunctionType:
        return call_closure(lo, node, fn, args, kwargs)
    method = class_method(content.cls, "__call__")
    if method is None:
        raise lo.raised(node, TypeError, f"{content.cls.__name__!r} object is not callable")
    return call_value(lo, node, method, [fn, *args], kwargs, dropped)


def call_known(lo: Lowering, node: ast.AST, fn: Any, args: list[Any], kwargs: Kwargs, dropped: bool) -> Any:
    """A call of a function that is known: a builtin, a class, a primitive, or one with source."""
    from zygote_nb.frontend.builtin_calls import CALLS
    from zygote_nb.frontend.generators import is_generator, suspend
    from zygote_nb.frontend.grouping import GROUPING
    from zygote_nb.frontend.iterators import call_of, indexable, without_generators
    from zygote_nb.frontend.managers import managed

    method = method_around(lo, node, fn)
    if method is not None:
        return call_inner(lo, node, method, args, kwargs)
    if singledispatch.chooses_by_class(fn):
        return singledispatch.call(lo, node, fn, args, kwargs)
    own = lowering_of(fn)
    if own is not None and not lo.program.has_rule(fn):
        return own(lo, node, args, kwargs)
    chosen = lo.program.choose(lo, node, fn, args, kwargs)
    if chosen is None:
        return lo.program.invoke(lo, node, fn, args, kwargs)
    fn = chosen
    if is_hashable(fn) and fn in GROUPING:
        return GROUPING[fn](lo, node, args, kwargs)
    if is_hashable(fn) and (call := call_of(fn)) is not None:
        return call(lo, node, args, kwargs)
    if isinstance(fn, MethodDescriptorType | WrapperDescriptorType) and fn.__objclass__ in (dict, list) and args:
        return container_method(lo, node, args[0], fn.__name__, args[1:], kwargs)
    if is_generator(plain(fn)):
        return suspend(lo, node, fn, args, kwargs)
    if managed(plain(fn)) is not None:
        return suspend(lo, node, managed(plain(fn)), args, kwargs, managed=True)
    if is_hashable(fn) and fn in CALLS:
        return CALLS[fn](lo, node, without_generators(lo, node, args), kwargs)
    if is_hashable(fn) and fn in WRITTEN and not lo.program.has_rule(fn):
        return call_written(lo, node, fn, without_generators(lo, node, args), kwargs)
    if of_ufunc(fn):
        return ufunc_method(lo, node, fn, args, kwargs)
    if is_fold(lo, fn):
        return call_fold(lo, node, fn, args, kwargs)
    if isinstance(fn, np.vectorize):
        return call_vectorized(lo, node, fn, args, kwargs)
    args, kwargs = with_named_output(fn, with_subscripts(lo, fn, args), kwargs)
    if is_hashable(fn) and fn in SEVERAL:
        parts = SEVERAL[fn](lo, node, [lo.snapshot(a) for a in args], kwargs)
        if parts is not None:
            return parts
    if isinstance(getattr(fn, "__self__", None), str) and all(isinstance(a, Const) for a in args) and not kwargs:
        return of_text(lo, fn(*(a.value for a in args)))
    if isinstance(fn, REMEMBERING):
        return call_remembered(lo, node, fn, args, kwargs)
    if isinstance(fn, GETTERS):
        return call_getter(lo, node, fn, args)
    if lo.program.is_primitive(fn):
        return primitive(lo, node, fn, indexable(lo, node, args), kwargs)
    if isinstance(fn, type) and (is_users_class(fn) or hasattr(fn, "_fields")):
        return construct(lo, node, fn, args, kwargs)
    if isinstance(fn, functools.partial):
        first = [lo.constant_or_value(a) for a in fn.args]
        words = {k: lo.constant_or_value(v) for k, v in fn.keywords.items()} | dict(kwargs)
        return call_known(lo, node, fn.func, [*first, *args], tuple(words.items()), dropped)
    if getattr(fn, "__name__", "") == "at" and isinstance(getattr(fn, "__self__", None), np.ufunc):
        return at_places(lo, node, fn.__self__, args)
    if isinstance(fn, MethodType) and isinstance(fn.__self__, type) and is_users_class(fn.__self__):
        function = class_method(fn.__self__, fn.__name__)
        if function is not None:
            return call_value(lo, node, function, [static(fn.__self__), *args], kwargs, dropped)
    if is_foreign(lo, fn, dropped):
        return call_foreign(lo, node, static(fn), args, kwargs, dropped)
    if isinstance(plain(fn), FunctionType) and not is_library(plain(fn)):
        if any(isinstance(a, Chosen) for a in args):
            return call_with_choice(lo, node, Const(fn, Static(fn)), args, kwargs)
        if carrying.can_be_written_out(lo, fn, [*args, *(v for _, v in kwargs)]):
            return carrying.written_out(lo, node, fn, args, kwargs)
        return lo.program.invoke(lo, node, fn, args, kwargs)
    raise no_rule(lo, node, fn)


def of_text(lo: Lowering, value: Any) -> Any:
    """What a method of a known string returns."""
    if isinstance(value, list):
        return make_tuple(tuple(lo.constant(v) for v in value), list)
    return lo.constant(value)


def at_places(lo: Lowering, node: ast.AST, ufunc: Any, args: list[Any]) -> Expr:
    """``np.add.at(a, index, v)``: a write to memory that adds; ``np.subtract.at`` adds the opposite."""
    adds = ufunc in (np.add, np.subtract)
    if not (adds or (ufunc.nin == 2 and known(lo, ufunc))) or len(args) != 3:
        what = f"`np.{ufunc.__name__}.at` is not differentiated"
        raise lo.refuse(node, what, "write a loop over the indices: `for i, v in zip(index, values): ...`")
    base, where, value = (lo.snapshot(a) for a in args)
    if isinstance(where, Tuple):
        parts = [
            lo.temporary("k", lo.as_array(node, part), node) if isinstance(part, Tuple) else part
            for part in ((where,) if where.cls is list else where.items)
        ]
        where = parts[0] if where.cls is list else make_tuple(tuple(parts), tuple)
    held = base if isinstance(base, Name) else lo.temporary("t", base, node)
    value = lo.as_array(node, value)
    if not adds:
        return fold_at(lo, node, ufunc, held, where, value)  # type: ignore[no-any-return]
    if ufunc is np.subtract:
        value = lo.apply(node, np.negative, [value])
    lo.out.append(Store(held, settled_index(lo, where, node), value, True, lo.span(node)))
    return none()


CONTAINERS = {dict, list, Rows, Table, View, Members}
SHAPES = {np.ndim: "ndim", np.size: "size", np.shape: "shape"}


def shape_of(lo: Lowering, node: ast.AST, name: str, value: Expr) -> Expr:
    """``np.ndim(x)`` and its like, which a number has as well."""
    if isinstance(value.kind, Scalar):
        return {"ndim": INT_ZERO, "size": INT_ONE, "shape": make_tuple((), tuple)}[name]
    return lo.attribute(node, value, name)


def is_library(fn: FunctionType) -> bool:
    """Whether the function is NumPy's or SciPy's own: their sources are not what a derivative should be made of."""
    return (fn.__module__ or "").split(".")[0] in ("numpy", "scipy", "math", "numba")


def primitive(lo: Lowering, node: ast.AST, fn: Any, args: list[Any], kwargs: Kwargs) -> Any:
    args = [lo.snapshot(a) for a in args]
    made = lo.program.unpacked(lo, node, fn, args, kwargs)
    if made is not None:
        return made
    if fn in SHAPES and len(args) == 1 and isinstance(args[0].kind, (Array, Scalar)):
        return shape_of(lo, node, SHAPES[fn], args[0])
    if fn is np.ndim and isinstance(args[0], Tuple):
        return INT_ONE
    if fn in (np.iscomplexobj, np.isrealobj) and len(args) == 1 and isinstance(args[0].kind, (Array, Scalar)):
        return TRUE if (args[0].kind.dtype[0] == "c") == (fn is np.iscomplexobj) else FALSE
    args = [rows.as_matrix(lo, node, a) or a if rows.is_rows(a) else a for a in args]
    pythons = is_pythons(fn, args)
    args, kwargs = with_arrays(lo, node, fn, args, kwargs)
    args, kwargs = in_dtype(lo, node, fn, args, kwargs)
    if any(name == "out" for name, _ in kwargs):
        return into_output(lo, node, fn, args, kwargs)
    made = lo.apply(node, fn, args, kwargs)
    return lo.apply(node, float, [made]) if pythons else made


def in_dtype(lo: Lowering, node: ast.AST, fn: Any, args: list[Any], kwargs: Kwargs) -> tuple[list[Any], Kwargs]:
    """``dtype=`` of a ufunc is that of its operands."""
    dtype = dict(kwargs).get("dtype") if isinstance(fn, np.ufunc) else None
    if dtype is None:
        return args, kwargs
    cast = [lo.apply(node, np.asarray, [a, dtype]) if isinstance(a.kind, Array) else a for a in args]
    return cast, tuple((k, v) for k, v in kwargs if k != "dtype")


# Methods

IN_PLACE = {"sort", "put", "resize", "partition", "itemset", "setfield", "byteswap", "tofile"}


def lower_method(lo: Lowering, node: ast.Call, base: Any, name: str, dropped: bool = False) -> Any:
    """``base.name(...)`` of an array, a list, a dict, a tuple, or something unknown."""
    if isinstance(base, Tuple) and base.cls is not list and name not in ("index", "count"):
        return tuple_method(lo, node, base, name)
    known, before = [base], len(lo.out)
    args, kwargs = arguments(lo, node)
    lo.keep(known, before, node)
    (base,) = known
    if isinstance(base, Obj) or (isinstance(base.kind, ListOf) and name in METHODS):
        return container_method(lo, node, base, name, args, kwargs)
    if isinstance(base, Tuple):
        items = list_object(lo, node, "items", base)
        return list_method(lo, node, items, name, args, kwargs)
    if is_sparse(base) and name == "dot" and len(args) == 1 and not kwargs:
        return lo.apply(node, sparse_times, [base, lo.snapshot(args[0])])
    if isinstance(base.kind, Opaque):
        return call_foreign(lo, node, Apply(_attribute(name), (base,), (), Opaque("object")), args, kwargs, dropped)
    return array_method(lo, node, base, name, args, kwargs)


def container_method(lo: Lowering, node: ast.AST, base: Any, name: str, args: list[Any], kwargs: Kwargs) -> Any:
    if name == "__getitem__" and len(args) == 1:
        return lo.getitem(node, base, args[0])
    if isinstance(base, Obj) and is_members(base):
        return set_method(lo, node, base, name, args)
    method = dict_method if isinstance(base, Obj) and base.cls in (dict, Table) else list_method
    return method(lo, node, base, name, args, kwargs)


def _attribute(name: str) -> Any:
    from zygote_nb.ir.callables import Attribute

    return Attribute(name)


def tuple_method(lo: Lowering, node: ast.Call, base: Tuple, name: str) -> Any:
    if name == "_replace":
        args, kwargs = arguments(lo, node)
        fields = base.cls._fields  # type: ignore[attr-defined]
        changed = dict(kwargs)
        return make_tuple(tuple(changed.get(f, v) for f, v in zip(fields, base.items, strict=True)), base.cls)
    if name == "_asdict":
        from zygote_nb.frontend.heap import new_object

        fields = base.cls._fields  # type: ignore[attr-defined]
        return new_object(lo, node, dict, list(zip(fields, base.items, strict=True)))
    fn = lo.attribute_of(node, base, name)
    args, kwargs = arguments(lo, node)
    return call_value(lo, node, fn, args, kwargs)


def array_method(lo: Lowering, node: ast.AST, base: Expr, name: str, args: list[Any], kwargs: Kwargs) -> Any:
    if not isinstance(base.kind, (Array, Scalar, Bottom)):
        raise lo.refuse(node, f"method `{name}` of {describe(base.kind)} is not differentiated", "use a NumPy function")
    if name == "fill" and isinstance(base.kind, Array):
        held = base if isinstance(base, Name) else lo.temporary("t", base, node)
        lo.out.append(Store(held, WHOLE, lo.snapshot(args[0]), span=lo.span(node)))
        return none()
    if name == "tolist" and not args:
        return numbers_of(lo, node, base)
    if name in IN_PLACE:
        return in_place(lo, node, base, name, args, kwargs)
    if not lo.program.is_primitive(Method(name)):
        raise no_rule(lo, node, Method(name))
    if any(k == "out" for k, _ in kwargs):
        return into_output(lo, node, Method(name), [base, *args], kwargs)
    return lo.apply(node, Method(name), [base, *args], kwargs)
