"""Classes defined inside a function, and functions that remember their results."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zygote_nb.frontend.chosen import is_function
from zygote_nb.frontend.free import plain
from zygote_nb.frontend.layout import is_static
from zygote_nb.frontend.local import LocalFunction
from zygote_nb.frontend.source import capture
from zygote_nb.frontend.syntax import users_name
from zygote_nb.frontend.unset import note_set
from zygote_nb.frontend.values import static
from zygote_nb.ir.core import Const, Tuple
from zygote_nb.ir.kinds import Bottom, Opaque, Scalar, Static, describe

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

Kwargs = tuple[tuple[str, Any], ...]


# Classes


def define_class(lo: Lowering, node: ast.ClassDef) -> None:
    """The class that the statement makes. Its methods may read what is known before the program runs, and no data."""
    known = {name: known_value(lo, node, name) for name in read_here(lo, node)}
    key = (id(node), "class", tuple(map(id, known.values())))
    made = lo.program.memo
    if key not in made:
        made[key] = made_class(lo, node, known), node, known
    lo.env[node.name] = static(made[key][0], node.name)
    note_set(lo, node, node.name)


def read_here(lo: Lowering, node: ast.ClassDef) -> list[str]:
    """The variables of the function, and those that it captures, that the class reads."""
    around = {*lo.env, *lo.local_names, *lo.source.function.__code__.co_freevars} - {node.name}
    own = {n.arg for n in ast.walk(node) if isinstance(n, ast.arg)}
    own |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    read = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    return sorted((read - own) & around)


def known_value(lo: Lowering, node: ast.ClassDef, name: str) -> Any:
    value = lo.variable(ast.copy_location(ast.Name(name, ast.Load()), node))
    if isinstance(value, Const) and isinstance(value.kind, Static) and not isinstance(value.value, LocalFunction):
        return value.value
    what = f"the class `{node.name}` reads the variable `{name}` of the function around it"
    raise lo.refuse(node, what, "hand it to the constructor")


def made_class(lo: Lowering, node: ast.ClassDef, known: dict[str, Any]) -> type:
    spec = ast.arguments([], [ast.arg(n) for n in known], None, [], [], None, [])
    maker = ast.FunctionDef("make", spec, [node, ast.Return(ast.Name(node.name, ast.Load()))], [])
    maker.type_params = []  # type: ignore[attr-defined]
    ast.copy_location(maker, node)
    scope: dict[str, Callable[..., type]] = {}
    module = ast.fix_missing_locations(ast.Module([maker], []))
    exec(compile(module, lo.source.filename, "exec"), lo.source.function.__globals__, scope)
    made = scope["make"](**known)
    made.__name__ = made.__qualname__ = users_name(node)
    return made


# Functions that remember


REMEMBERING = type(functools.cache(len))


def call_remembered(lo: Lowering, node: ast.AST, fn: Any, args: list[Any], kwargs: Kwargs) -> Any:
    """A call of a function with ``functools.cache`` or ``lru_cache``: of the function inside.

    That gives the same values where it depends on nothing but its arguments.
    """
    function = plain(fn.__wrapped__)
    refuse_state(lo, node, function)
    value = lo.program.invoke(lo, node, fn.__wrapped__, args, kwargs)
    if not is_immutable(value):
        what = f"`{function.__name__}` remembers {describe(value.kind)}, which may be changed between its calls"
        raise lo.refuse(node, what, "leave out the decorator, or return numbers")
    return value


def refuse_state(lo: Lowering, node: ast.AST, function: Any) -> None:
    tree = capture(function).tree
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]
    if sum(n.func.id == function.__name__ for n in calls) > 1:  # type: ignore[attr-defined]
        what = f"`{function.__name__}` calls itself several times, and would calculate anew what it remembers"
        raise lo.refuse(node, what, "fill a table in a loop")
    values = [function.__globals__.get(n) for n in function.__code__.co_names]
    values += [c.cell_contents for c in function.__closure__ or ()]
    if not all(is_static(v) for v in values):
        what = f"`{function.__name__}` remembers results, and depends on more than its arguments"
        raise lo.refuse(node, what, "hand these values over as arguments, or leave out the decorator")


def is_immutable(value: Any) -> bool:
    if isinstance(value, Tuple):
        return value.cls is not list and all(map(is_immutable, value.items))
    number = isinstance(value.kind, Scalar | Bottom) or value.kind == Opaque("str")
    return number or (isinstance(value, Const) and isinstance(value.kind, Static)) or is_function(value)
