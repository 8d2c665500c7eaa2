"""Calls of what has no derivative and is not transformed: libraries, files, clocks, random numbers, plots.

Such a call is an effect. It happens once and in order, and its result carries no derivative.
"""

from __future__ import annotations

import ast
import random
import time
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any

import numpy as np

from zygote_nb.frontend import infer
from zygote_nb.frontend.draws import drawn
from zygote_nb.frontend.free import plain
from zygote_nb.frontend.heap import Obj, deep_entries, get_object
from zygote_nb.frontend.layout import is_library_name
from zygote_nb.frontend.values import none
from zygote_nb.ir.callables import Attribute, Method
from zygote_nb.ir.core import Apply, Const, Effect, Expr, Name, Tuple
from zygote_nb.ir.kinds import FLOAT, INT, Array, Kind, ListOf, Opaque, TupleOf, describe
from zygote_nb.runtime.libraries import read_only

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

Kwargs = tuple[tuple[str, Any], ...]
OWN = (
    "numpy",
    "scipy",
    "math",
    "cmath",
    "operator",
    "zygote_nb",
    "numba",
    "functools",
    "itertools",
    "builtins",
    "copy",
)
KNOWN: dict[Any, Kind] = {
    time.time: FLOAT,
    time.perf_counter: FLOAT,
    time.monotonic: FLOAT,
    time.process_time: FLOAT,
    time.perf_counter_ns: INT,
    time.time_ns: INT,
    input: Opaque("str"),
    open: Opaque("file"),
    random.randint: INT,
    random.randrange: INT,
    random.getrandbits: INT,
    random.Random: Opaque("Random"),
    np.random.default_rng: Opaque("Generator"),
    np.random.RandomState: Opaque("RandomState"),
}
SOURCES_OF_RANDOM_NUMBERS = (np.random.default_rng, np.random.RandomState)
KNOWN |= {
    getattr(random, name): FLOAT
    for name in ("random", "uniform", "gauss", "normalvariate", "expovariate", "betavariate", "triangular",
                 "lognormvariate", "vonmisesvariate", "gammavariate", "paretovariate", "weibullvariate")
}  # fmt: skip


def is_foreign(lo: Lowering, fn: Any, dropped: bool) -> bool:
    """Whether a call of the function is an effect rather than part of the computation."""
    if fn in (input, open, *SOURCES_OF_RANDOM_NUMBERS) or is_numpy_random(fn):
        return True
    if not isinstance(fn, (FunctionType, BuiltinFunctionType, MethodType, type)):
        return False
    module = getattr(plain(fn), "__module__", None) or getattr(type(getattr(fn, "__self__", None)), "__module__", "")
    top = module.split(".")[0]
    if top in OWN or not is_library_name(module):
        return False
    return dropped or is_standard(top) or not isinstance(plain(fn), FunctionType)


def is_standard(top: str) -> bool:
    import sys

    return top in sys.stdlib_module_names


def is_numpy_random(fn: Any) -> bool:
    return isinstance(getattr(fn, "__self__", None), np.random.RandomState)


def call_foreign(lo: Lowering, node: ast.AST, fn: Any, args: list[Any], kwargs: Kwargs, dropped: bool) -> Any:
    """The call, as an effect; its result is a variable that nothing is known of, unless the function is known."""
    draw = drawn(lo, node, fn, args, kwargs)
    if draw is not None:
        return draw[0]
    given = tuple(handed(lo, node, a) for a in args)
    named = tuple((k, handed(lo, node, v)) for k, v in kwargs)
    call, kind = foreign_call(fn, given, named)
    if any(map(may_be_changed, (*given, *(v for _, v in named)))):
        call = Apply(read_only, (fn, *given), named)
    call = Apply(call.fn, call.args, call.kwargs, kind, None, lo.span(node))
    if dropped:
        lo.effect(node, call)
        return none()
    name = lo.fresh("t")
    lo.out.append(Effect(call, lo.span(node), name))
    held = Name(name, kind)
    if isinstance(kind, TupleOf):
        from zygote_nb.ir.core import GETITEM

        return lo.tuple_of([Apply(GETITEM, (held, lo.constant(i)), (), k) for i, k in enumerate(kind.items)])
    return held


def foreign_call(fn: Any, args: tuple[Expr, ...], kwargs: tuple[tuple[str, Expr], ...]) -> tuple[Apply, Kind]:
    if isinstance(fn, Const):
        return Apply(fn.value, args, kwargs), result_kind(fn.value, args, kwargs)
    if isinstance(fn, Apply) and isinstance(fn.fn, Attribute):
        (base,) = fn.args
        made = Apply(Method(fn.fn.name), (base, *args), kwargs)
        return made, method_kind(base.kind, fn.fn.name, args, kwargs)
    return Apply(Method("__call__"), (fn, *args), kwargs), Opaque("object")


def result_kind(fn: Any, args: tuple[Expr, ...], kwargs: tuple[tuple[str, Expr], ...]) -> Kind:
    if fn in KNOWN:
        return KNOWN[fn]
    if is_numpy_random(fn):
        return sampled(getattr(np.random.RandomState(0), fn.__name__), args, kwargs)
    return Opaque("object")


def method_kind(base: Kind, name: str, args: tuple[Expr, ...], kwargs: tuple[tuple[str, Expr], ...]) -> Kind:
    if isinstance(base, Opaque) and base.what == "Generator":
        return sampled(getattr(np.random.default_rng(0), name, None), args, kwargs)
    if isinstance(base, Opaque) and base.what == "RandomState":
        return sampled(getattr(np.random.RandomState(0), name, None), args, kwargs)
    if isinstance(base, Opaque) and base.what == "Random":
        return KNOWN.get(getattr(random, name, None), Opaque("object"))
    if isinstance(base, Opaque) and base.what == "str":
        return {"split": Opaque("object")}.get(name, Opaque("str"))
    return Opaque("object")


def sampled(stand_in: Any, args: tuple[Expr, ...], kwargs: tuple[tuple[str, Expr], ...]) -> Kind:
    """What a generator of random numbers returns, seen on one that is made for the purpose."""
    try:
        found = infer.result_kind(stand_in, args, kwargs)
    except infer.Unknown:
        return Opaque("object")
    return found if found is not None else Opaque("object")


def may_be_changed(value: Expr) -> bool:
    """Whether a library could change what the value is, and the function see it."""
    if isinstance(value, Tuple):
        return value.cls is list or any(map(may_be_changed, value.items))
    if isinstance(value, Apply) and value.fn in (np.copy, Method("copy")):
        return False
    kind = value.kind
    return isinstance(kind, ListOf) or (isinstance(kind, Array) and kind.ndim > 0) or kind == Opaque("dict")


def handed(lo: Lowering, node: ast.AST, value: Any) -> Expr:
    """A value as a library sees it."""
    value = deep_entries(lo, value)
    if isinstance(value, Tuple):
        items = tuple(handed(lo, node, i) for i in value.items)
        from zygote_nb.frontend.values import make_tuple

        return make_tuple(items, value.cls)
    if isinstance(value, Obj):
        content = get_object(lo, value)
        if content.cls is dict and all(isinstance(k, str) and k.isidentifier() for k, _ in content.fields):
            entries = tuple((k, handed(lo, node, v)) for k, v in content.fields)
            return Apply(dict, (), entries, Opaque("dict"))
        what = f"{describe(value.kind)} is handed to a library"
        raise lo.refuse(node, what, "hand over its attributes or entries")
    if not isinstance(value, (Const, Name, Apply)):
        raise lo.refuse(node, "a function chosen as the program runs is handed to a library", "name the function")
    return value


__all__ = ["call_foreign", "is_foreign", "is_numpy_random"]
