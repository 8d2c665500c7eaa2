"""Attributes that a class of the user's answers for: objects with ``__get__`` and ``__set__`` in the class."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from zygote_nb.frontend.heap import Obj
from zygote_nb.frontend.layout import is_users_class
from zygote_nb.frontend.values import static
from zygote_nb.ir.core import Const

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering


def method_of(entry: Any, name: str) -> Const | None:
    """``__get__`` or ``__set__`` of what a class holds, if that is an object of the user's."""
    from zygote_nb.frontend.classes import class_method

    return class_method(type(entry), name) if is_users_class(type(entry)) else None


def get(lo: Lowering, node: ast.AST, obj: Obj, name: str, entry: Any) -> Any:
    """``entry.__get__(obj, cls)``."""
    getter = method_of(entry, "__get__")
    return lo.call_value(node, getter, [held(lo, node, obj.cls, name), obj, static(obj.cls, obj.cls.__name__)], ())


def set_(lo: Lowering, node: ast.AST, obj: Obj, name: str, entry: Any, value: Any) -> None:
    lo.call_value(node, method_of(entry, "__set__"), [held(lo, node, obj.cls, name), obj, value], ())


def held(lo: Lowering, node: ast.AST, cls: type, name: str) -> Any:
    """The descriptor itself, as a value from outside."""
    owner = next(base for base in cls.__mro__ if name in vars(base))
    path = (*lo.program.way_to(owner), ("attribute", "__dict__"), ("item", name))
    return lo.program.free_value(lo, node, name, path)
