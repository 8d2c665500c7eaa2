"""Calls that make context managers of the standard library's and of NumPy's."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from typing import Any

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


def call_manager(cls: type) -> Call:
    """A context manager of the library, as an object that holds its arguments."""

    def call(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
        obj = new_object(lo, node, cls, [], cls.__name__)
        put_object(lo, obj, replace(get_object(lo, obj), fields=(*enumerate(args), *kwargs)))
        return obj

    return call
