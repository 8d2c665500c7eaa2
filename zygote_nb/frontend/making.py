"""Calls that make context managers of the standard library's and of NumPy's, and that give functions other names."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable
from typing import Any

from zygote_nb.dataclass import replace
from zygote_nb.frontend.heap import get_object, new_object, put_object
from zygote_nb.frontend.local import LocalFunction
from zygote_nb.frontend.lower import Lowering
from zygote_nb.frontend.values import static
from zygote_nb.ir.core import Const

Kwargs = tuple[tuple[str, Any], ...]
Call = Callable[[Lowering, ast.AST, list[Any], Kwargs], Any]


def call_contextmanager(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    (fn,) = args
    if not isinstance(fn, Const) or not isinstance(fn.value, LocalFunction):
        raise lo.refuse(
            node, "`contextmanager` is called in the function", "decorate the generator where it is defined"
        )
    key = (fn.value, "managed")
    if key not in lo.inner:
        lo.inner[key] = replace(fn.value, managed=True)  # type: ignore[index]
    return static(lo.inner[key], fn.value.name)  # type: ignore[index]


def call_wraps(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    """A decorator that gives a function the name of another one."""
    words = new_object(lo, node, dict, [*zip(("wrapped", "assigned", "updated"), args, strict=False), *kwargs])
    entries = [("func", static(functools.update_wrapper)), ("args", lo.tuple_of([])), ("keywords", words)]
    return new_object(lo, node, functools.partial, entries)


def call_update_wrapper(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    words = dict(kwargs)
    wrapper, wrapped = [*args, *(words[k] for k in ("wrapper", "wrapped") if k in words)][:2]
    name = getattr(getattr(wrapped, "value", None), "__name__", None)
    if not isinstance(wrapper, Const) or not isinstance(wrapper.value, LocalFunction) or name is None:
        return wrapper
    key = (wrapper.value, "named", name)
    if key not in lo.inner:
        lo.inner[key] = replace(wrapper.value, shown=name)  # type: ignore[index]
    return static(lo.inner[key], wrapper.value.name)  # type: ignore[index]


def call_manager(cls: type) -> Call:
    """A context manager of the library, as an object that holds its arguments."""

    def call(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
        obj = new_object(lo, node, cls, [], cls.__name__)
        put_object(lo, obj, replace(get_object(lo, obj), fields=(*enumerate(args), *kwargs)))
        return obj

    return call
