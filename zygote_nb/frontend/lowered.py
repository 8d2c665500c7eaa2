"""What calls of the package's own functions are lowered to, inside of functions that are differentiated.

Derivatives inside of functions are written by a room above this one, which says here where it is.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

Kwargs = tuple[tuple[str, Any], ...]
Lower = Callable[["Lowering", ast.AST, list[Any], Kwargs], Any]

MODULES: dict[str, str] = {}
"""For modules whose functions, and objects of whose classes, may be called inside: the module that lowers the calls."""
FUNCTIONS: dict[Any, Lower] = {}
CLASSES: dict[type, Callable[[Lowering, ast.AST, Any], Any]] = {}
"""For classes of callable objects: what such an object is in a program, a partial application."""


def lowering_of(fn: Any) -> Lower | None:
    """What lowers a call of one of the package's own functions; None for any other function."""
    module = getattr(fn, "__module__", None)
    if not isinstance(module, str) or module not in MODULES:
        return None
    load(MODULES[module])
    if type(fn) in CLASSES:
        return lambda lo, node, args, kwargs: lo.call_value(node, as_partial(lo, node, fn), args, kwargs)
    try:
        return FUNCTIONS.get(fn)
    except TypeError:
        return None


def as_partial(lo: Lowering, node: ast.AST, fn: Any) -> Any:
    return CLASSES[type(fn)](lo, node, fn)


@cache
def load(module: str) -> None:
    import_module(module)
