"""What a function of a library is that Numba compiles, as text that another process can compare."""

from __future__ import annotations

import sys
from types import BuiltinFunctionType, CodeType, FunctionType
from typing import Any

import numpy as np
from numba.core import types
from numba.core.dispatcher import Dispatcher
from numba.core.extending import _Intrinsic
from numba.np.ufunc.dufunc import DUFunc

from zygote_nb.backend import cache, lean
from zygote_nb.backend.fingerprint import Unstable, attribute, digest, fingerprint, of_bytes

OWN = ("numba", "zygote_nb")
"""Packages whose functions are kept: each of their files is part of the key, by its version or by itself."""
SIMPLE = (
    types.Number, types.Boolean, types.NoneType, types.NumberClass, types.EllipsisType, types.SliceType,
    types.UnicodeType, types.RawPointer,
)  # fmt: skip
"""Types that their names describe."""
SEVERAL = (types.Tuple, types.UniTuple, types.StarArgTuple, types.StarArgUniTuple)


def key_of(pipeline: Any, function: Any) -> str | None:
    """All that the code of the function depends on; None if nothing that outlives this process says it.

    A function that Python calls, too, has a form of its own for this, which isn't kept.
    """
    state = pipeline.state
    target, flags = state.targetctx, state.flags
    if state.locals or not (flags.no_cpython_wrapper or lean.is_for_good()):
        return None
    try:
        return digest(
            cache.machine(),
            type(pipeline).__name__,
            flags.summary(),
            f"{target.enable_boundscheck} {target.enable_nrt} {target.enable_debuginfo} {target.fastmath}",
            type(target.error_model).__name__,
            *map(of_type, state.args),
            "" if state.return_type is None else of_type(state.return_type),
            of_function(function),
        )
    except (Unstable, ValueError):
        # A variable around it may not be bound yet.
        return None


def of_type(kind: Any) -> str:
    """One of the types whose names and parts say all of them."""
    if type(kind) in SEVERAL:
        return f"{type(kind).__name__}({', '.join(map(of_type, kind))})"
    match kind:
        case types.Omitted():
            return f"omitted {of_value(kind.value)}"
        case types.IntegerLiteral() | types.StringLiteral() | types.BooleanLiteral():
            return f"literal {of_value(kind.literal_value)}"
        case types.TypeRef():
            return f"reference {of_value(kind.instance_type)}"
        case types.DType():
            return f"dtype {of_type(kind.dtype)}"
        case types.MemInfoPointer() | types.CPointer():
            return f"{type(kind).__name__} {of_type(kind.dtype)}"
        case types.List() if kind.initial_value is None:
            return f"list {of_type(kind.dtype)} {kind.reflected}"
        case types.Optional():
            return f"optional {of_type(kind.type)}"
        case types.Dispatcher():
            return of_value(kind.dispatcher)
        case types.Function():
            return f"function {of_value(kind.typing_key)}"
        case _ if type(kind) is types.Array:
            return f"{kind} {of_type(kind.dtype)}"
        case _ if isinstance(kind, SIMPLE) and not isinstance(kind, types.Literal):
            return f"{type(kind).__name__} {kind}"
    raise Unstable(f"{kind}")


def of_value(value: Any) -> str:
    """What a compiled function sees where it reads a variable of the functions around it."""
    match value:
        case types.Type():
            return of_type(value)
        case _Intrinsic():
            return f"intrinsic {of_function(value._defn)}"
        case Dispatcher():
            return f"compiled {of_dispatcher(value)}"
        case DUFunc():
            return f"ufunc {of_dispatcher(value._dispatcher)}"
        case FunctionType():
            return of_function(value)
        case np.generic():
            return f"{value.dtype.str} {value!r}"
        case tuple() | list():
            return f"{type(value).__name__}({', '.join(map(of_value, value))})"
        case type() | BuiltinFunctionType() if str(value.__module__).split(".")[0] in OWN:
            if attribute(sys.modules.get(value.__module__), value.__qualname__) is not value:
                raise Unstable(value.__qualname__)
            return f"{value.__module__}.{value.__qualname__}"
    return fingerprint(value)


def of_dispatcher(value: Any) -> str:
    settings = sorted((name, setting_of(setting)) for name, setting in value.targetoptions.items())
    return f"{settings} {of_function(value.py_func)}"


def setting_of(value: Any) -> str:
    return str(sorted(map(str, value))) if isinstance(value, set | frozenset) else str(value)


_asked: list[Any] = []
"""Functions whose text is being put together."""


def of_function(function: Any) -> str:
    """A function that a library has, or has written itself."""
    if not isinstance(function, FunctionType) or str(function.__module__).split(".")[0] not in OWN:
        raise Unstable(f"{function} is not of a library")
    if function in _asked:
        raise Unstable(f"{function.__qualname__} refers to itself")
    _asked.append(function)
    try:
        return of_its_parts(function)
    finally:
        _asked.pop()


def of_its_parts(function: FunctionType) -> str:
    scope = function.__globals__
    around = [c.cell_contents for c in function.__closure__ or ()]
    if scope is not vars(sys.modules[function.__module__]):
        around += [scope[name] for name in sorted(names_of(function.__code__)) if name in scope]
    defaults = (*(function.__defaults__ or ()), *sorted((function.__kwdefaults__ or {}).items()))
    parts = (*of_bytes(function.__code__), *map(of_value, defaults), "", *map(of_value, around))
    return f"function {function.__module__}.{function.__qualname__} {digest(*parts)}"


def names_of(code: CodeType) -> set[str]:
    """What it reads by name, its inner functions' reads with it."""
    inner = [names_of(c) for c in code.co_consts if isinstance(c, CodeType)]
    return set(code.co_names).union(*inner)
