"""Reading variables: of the function, of its closure, and from outside."""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING, Any

from zygote_nb.errors import UndefinedNameError
from zygote_nb.frontend import cells
from zygote_nb.frontend.free import step
from zygote_nb.frontend.heap import ABSENT, Obj, get_object
from zygote_nb.frontend.joining import MISSING, Mixed
from zygote_nb.frontend.places import at_place_of
from zygote_nb.frontend.pools import needs_pool_for
from zygote_nb.frontend.unset import binds_in_time, read_too_early, require_set
from zygote_nb.frontend.values import static
from zygote_nb.ir.kinds import describe, is_plain

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering


def class_constant(lo: Lowering, node: ast.AST, cls: type, name: str, value: Any) -> Any:
    """The default of a field: read from the class at each call, where the class holds it."""
    if vars(cls).get(name, ABSENT) is value and not is_plain(value):
        return lo.static_attribute(node, static(cls, cls.__name__), name)
    return lo.constant(value) if is_plain(value) else static(value)


def usable_value(lo: Lowering, node: ast.AST, value: Any, what: str) -> Any:
    """A value that is of one kind on all paths."""
    if not isinstance(value, Mixed):
        return value
    if MISSING in value.kinds:
        raise lo.refuse(node, f"{what} is there on some paths only", "set it on every path")
    kinds = " or ".join(sorted({describe(k) for k in value.kinds}))
    what = f"{what} is {kinds}, depending on the path taken"
    needs_pool_for(lo, node, value.kinds, what)
    if len(set(value.kinds)) == 1:
        what = f"{what.partition(' is ')[0]} is one object or another, depending on the path taken"
        raise lo.refuse(node, what, "give it a value before the loop or branch that binds it")
    raise lo.refuse(node, what, "use different names for values of different kinds")


def variable(lo: Lowering, node: ast.Name) -> Any:
    if node.id in lo.env:
        require_set(lo, node, node.id)
        return lo.usable_value(node, lo.env[node.id], f"`{node.id}`")
    if lo.closure is not None and get_object(lo, lo.closure).get(node.id) is not ABSENT:
        return cells.read(lo, node, lo.closure, node.id)
    if node.id in lo.local_names and node.id not in lo.outer_names:
        binds_in_time(lo, node)
        raise read_too_early(lo, node)
    return lo.free_variable(node, node.id)


def free_variable(lo: Lowering, node: ast.AST, name: str) -> Any:
    written = lo.program.written_outside(lo, node, name)
    if written is not None:
        return written
    if name in lo.free:
        return lo.free[name]
    function = lo.source.function
    path = step(lo.path, function, name)
    if path is None:
        if hasattr(builtins, name):
            lo.free[name] = lo.program.builtin(lo.path, name)
            return lo.free[name]
        what = f"name {name!r} is not defined"
        raise lo.refuse(node, what, "define it before the gradient is taken", UndefinedNameError)
    value = lo.program.free_value(lo, node, name, path)
    if not isinstance(value, Obj):
        lo.free[name] = value
    return value


def named(lo: Lowering, node: ast.NamedExpr) -> Any:
    lo.bind(node.target.id, lo.value(node.value), node)
    return lo.variable(at_place_of(node, ast.Name(node.target.id, ast.Load())))
