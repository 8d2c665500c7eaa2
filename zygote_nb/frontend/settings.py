"""Integers that must be known when code is generated: axes, ranks, and what else decides about shapes.

An integer is a number, unless a library function cannot tell what it returns without its value. Then the variable
becomes a setting: the function is lowered again, with its value in place of it, and so are the functions that hand it
over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zygote_nb.frontend.instances import Restart
from zygote_nb.frontend.values import make_tuple, static
from zygote_nb.ir.core import Const, Expr, Name, Tuple
from zygote_nb.ir.kinds import BOOL, INT, Kind, Scalar, Static
from zygote_nb.ir.walk import subexpressions

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering
    from zygote_nb.frontend.source import Source


Place = tuple[str, int, int]


class AskCaller(Exception):
    """A parameter must be known: the function has to be called with its value as a part of the program."""

    def __init__(self, place: Place, names: set[str]) -> None:
        self.place, self.names = place, names


def make_known(lo: Lowering, exprs: list[Any]) -> None:
    """Lower again with the integers in these expressions known, if there are any that can be and are not yet."""
    place = place_of(lo.source)
    found = {owner(lo, n) for n in integers(exprs)} - {""}
    asked = {n for n in found if (place, n) not in lo.program.settings}
    if not asked:
        return
    lo.program.settings |= {(place, n) for n in asked}
    if asked & set(parameters(lo.source.tree)):
        raise AskCaller(place, asked)
    raise Restart


def place_of(source: Source) -> Place:
    return source.filename, source.tree.lineno, source.tree.col_offset


def integers(exprs: list[Any]) -> set[str]:
    every = [e for whole in exprs if isinstance(whole, Expr) for e in subexpressions(whole)]
    return {e.id for e in every if isinstance(e, Name) and isinstance(e.kind, Scalar) and e.kind in (INT, BOOL)}


def owner(lo: Lowering, name: str) -> str:
    """The variable that a name is, or is an entry of: ``axis`` of ``axis_0``, where it is bound to a tuple."""
    variables = {*parameters(lo.source.tree), *lo.local_names}
    variables |= {v.name for v in lo.program.free_of.get(id(lo), ())}
    stem, _, number = name.rstrip("_").rpartition("_")
    return name if name in variables else stem if stem in variables and number.isdigit() else ""


def is_setting(lo: Lowering, name: str) -> bool:
    return (place_of(lo.source), name) in lo.program.settings


def kept(lo: Lowering, name: str, value: Any) -> bool:
    """Whether a variable stands for a constant, and needs no place in the generated code."""
    if not isinstance(value, Const) or not is_plain_integer(value.value):
        return False
    return is_setting(lo, name) or is_setting(lo, owner(lo, name))


def is_plain_integer(value: Any) -> bool:
    return type(value) in (int, bool)


def parameters(tree: Any) -> list[str]:
    """The names of the parameters, in the order of the values of a call."""
    spec = tree.args
    stars = [a.arg for a in (spec.vararg,) if a], [a.arg for a in (spec.kwarg,) if a]
    named = [a.arg for a in (*spec.posonlyargs, *spec.args)]
    return [*named, *stars[0], *(a.arg for a in spec.kwonlyargs), *stars[1]]


def with_settings(lo: Lowering, values: list[Any], source: Source, hidden: int) -> list[Any]:
    """The values of a call, those of settings as parts of the program."""
    made = list(values)
    for i, name in enumerate(parameters(source.tree), hidden):
        if (place_of(source), name) not in lo.program.settings:
            continue
        made[i] = known(lo, made[i])
    return made


def known(lo: Lowering, value: Any) -> Any:
    if isinstance(value, Tuple):
        return make_tuple(tuple(known(lo, i) for i in value.items), value.cls)
    if isinstance(value, Const) and is_plain_integer(value.value):
        return static(value.value)
    make_known(lo, [value])
    return value


def as_expression(kind: Static) -> Const:
    """A static value where it is read: a setting is a number."""
    if is_plain_integer(kind.value):
        return Const(kind.value, kind_of(kind.value))
    return Const(kind.value, kind)


def kind_of(value: Any) -> Kind:
    return BOOL if isinstance(value, bool) else INT


__all__ = ["AskCaller", "as_expression", "is_setting", "kept", "make_known", "parameters", "place_of", "with_settings"]
