"""The exceptions that a function follows into handlers which read their attributes (see ``carrying``)."""

from __future__ import annotations

import ast
from typing import Any

from zygote_nb.dataclass import dataclass, field
from zygote_nb.errors import ZygoteError
from zygote_nb.frontend.heap import Obj, Object
from zygote_nb.frontend.syntax import walk
from zygote_nb.ir.core import Const

PYTHONS_OWN = {"__traceback__", "__class__", "__cause__", "__context__", "__notes__", "with_traceback", "add_note"}


@dataclass(frozen=True, slots=True)
class Carried:
    """What a ``raise`` leaves for handlers: the number that says so, and the object, which is in the heap."""

    number: int
    obj: Obj
    content: Object


@dataclass(slots=True)
class Carriers:
    """The exceptions that are followed into handlers of one function.

    ``depth`` counts the ``try`` statements around here with a handler that reads attributes, ``token`` is the variable
    that says by which ``raise`` the last exception came, ``refused`` are those that could not be made here. ``read``
    has, for the variable of each exception in a handler, the variable that holds its number, the exceptions that it may
    be, and the handler's classes.
    """

    depth: int = 0
    token: str = ""
    made: dict[Any, Carried] = field(default_factory=dict)
    refused: list[tuple[type, ZygoteError]] = field(default_factory=list)
    read: dict[str, tuple[str, tuple[Carried, ...], tuple[Const, ...]]] = field(default_factory=dict)


def looks_inside(handler: ast.ExceptHandler) -> bool:
    """Whether the handler reads attributes of its exception."""
    return any(
        isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name) and n.value.id == handler.name
        and n.attr not in PYTHONS_OWN
        for s in handler.body for n in walk(s)
    )  # fmt: skip
