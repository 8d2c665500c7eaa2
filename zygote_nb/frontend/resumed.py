"""Generators that go on later: after ``next``, or after a loop that was left by a ``break``.

Most generators are written out where they are consumed, and are never in the middle of anything. Where one is found to
be consumed more than once, all is lowered again, and it is made as an object that knows where it stopped: by the number
of the item, if its items can be told by their number, else by the block of its ``machine``.
"""

from __future__ import annotations

import ast
from types import GeneratorType
from typing import Any

from zygote_nb.dataclass import replace
from zygote_nb.errors import UnsupportedSyntaxError, ZygoteError
from zygote_nb.frontend.elsewhere import settle_names
from zygote_nb.frontend.heap import Obj, get_object, put_object, read_field
from zygote_nb.frontend.instances import Restart
from zygote_nb.frontend.local import LocalFunction, bound_names, call, inner_source, parameter_set
from zygote_nb.frontend.lower import Lowering
from zygote_nb.frontend.machines import ITEM, PLACE, Machine, machine_of
from zygote_nb.frontend.maybe import Maybe, given, is_none
from zygote_nb.frontend.places import is_within, mark_used
from zygote_nb.frontend.syntax import copied, walk
from zygote_nb.frontend.values import none, static
from zygote_nb.ir.core import INT_ZERO

Kwargs = tuple[tuple[str, Any], ...]
RESUMED = static("resumed")
NONE_HERE = "a variable of a generator that goes on later is None here"


def is_resumed(lo: Lowering, obj: Obj) -> bool:
    return bool(get_object(lo, obj).get("") == RESUMED)


def goes_on(lo: Lowering, node: ast.AST, obj: Obj) -> ZygoteError:
    """A generator that has been begun is consumed: all is lowered again, and it is made as one that goes on."""
    place = get_object(lo, obj).note.place
    if place is not None and place not in lo.program.resumed:
        lo.program.resumed.add(place)
        raise Restart(place)
    return lo.refuse(node, "a generator is consumed that has been begun before", "make a list of its items")


def begin_resumed(lo: Lowering, node: ast.AST, obj: Obj) -> None:
    """A generator that was just made, as one that goes on if it has to."""
    content = get_object(lo, obj)
    if content.note.place not in lo.program.resumed:
        return
    fields = tuple((k, RESUMED if k == "" else v) for k, v in content.fields)
    if not is_numbered(lo, node, obj):
        there = {k for k, _ in fields}
        needed = [*machine(lo, node, content.note).entries, ITEM]
        fields += tuple((name, none()) for name in needed if name not in there)
        fields += ((PLACE, INT_ZERO),)
    put_object(lo, obj, replace(content, fields=fields))


def is_numbered(lo: Lowering, node: ast.AST, obj: Obj) -> bool:
    from zygote_nb.frontend.indexed import indexed_by

    state = dict(lo.env)
    _, found = lo.sub_block(lambda: indexed_by(lo, node, obj))
    lo.env = state
    return found is not None


def advance(lo: Lowering, node: ast.AST, obj: Obj) -> Any:
    """Run a generator to its next ``yield``; whether there is one."""
    note = get_object(lo, obj).note
    if note.scope is None and note.owner is not lo:
        what = "a generator goes on in a function other than the one whose variables it reads"
        raise lo.refuse(node, what, "pass a list")
    tree = machine(lo, node, note).tree
    function = LocalFunction(tree, lo, tree.name, inner_source(lo, tree), lo.path)
    before = set(lo.env)
    found = call(lo, node, function, [obj], ())
    for name in [n for n in lo.env if n not in before and is_generator(lo.env[n])]:
        del lo.env[name]  # the parameter: it would look as if something else led to the object
    return found


def is_generator(value: Any) -> bool:
    return isinstance(value, Obj) and value.cls is GeneratorType


def item(lo: Lowering, node: ast.AST, obj: Obj) -> Any:
    value = read_field(lo, node, obj, ITEM)
    return there(lo, node, value) if machine(lo, node, get_object(lo, obj).note).yields_values else value


def there(lo: Lowering, node: ast.AST, value: Any) -> Any:
    """The value of an entry that has been set."""
    if isinstance(value, Maybe):
        return given(lo, value, UnsupportedSyntaxError, NONE_HERE)
    if is_none(value):
        raise lo.raised(node, UnsupportedSyntaxError, NONE_HERE)
    return value


def call_there(lo: Lowering, node: ast.AST, args: list[Any], kwargs: Kwargs) -> Any:
    return there(lo, node, args[0])


def machine(lo: Lowering, node: ast.AST, note: Any) -> Machine:
    from zygote_nb.frontend.generators import function_of

    key = ("machine", id(note.tree))
    if key not in lo.joints:
        note = replace(note, tree=function_of(lo, note.tree)) if isinstance(note.tree, ast.GeneratorExp) else note
        lo.joints[key] = machine_of(lo, node, *settled(lo, node, note)), note
    found: Machine = lo.joints[key][0]
    return found


def settled(lo: Lowering, node: ast.AST, note: Any) -> tuple[ast.FunctionDef, set[str]]:
    """A copy of a generator function, in which names of its surroundings stay what they are, and its own variables."""
    tree = copied(note.tree)
    if any(isinstance(s, ast.Global) for s in walk(tree)):
        raise lo.refuse(node, f"the generator `{tree.name}` writes to a global variable", "return a list")
    outer = {n for s in walk(tree) if isinstance(s, ast.Nonlocal) for n in s.names}
    own = (parameter_set(tree.args) | bound_names(tree.body)) - outer
    if note.scope is not None:
        settle_names(tree.body, own, note.scope)
        origin = note.scope.function.__code__.co_filename
        if origin != lo.source.filename or not is_within(tree, lo.source.tree):
            mark_used(tree, getattr(node, "used_at", node), origin)
    return tree, own


__all__ = ["ITEM", "PLACE", "RESUMED", "advance", "begin_resumed", "goes_on", "is_resumed", "item", "settled", "there"]
