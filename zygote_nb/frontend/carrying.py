"""What an exception carries into its handler.

The exception is an object of Python's, through which no derivative passes. Under a ``try`` with a handler that reads
its attributes, an exception that is raised by name is also an object of the program, whose attributes are variables:
they are set where it is raised, with a number that says by which ``raise``. The functions that are called there are
written out, so that what they raise is seen.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from types import FunctionType
from typing import Any

from zygote_nb.errors import NoRuleError, UnsupportedSyntaxError
from zygote_nb.frontend.carriers import PYTHONS_OWN, Carried, Carriers
from zygote_nb.frontend.classes import class_entry, read_attribute
from zygote_nb.frontend.elsewhere import Scope, settle_names
from zygote_nb.frontend.free import plain
from zygote_nb.frontend.heap import ABSENT, Obj, Object, get_object, new_object, put_object
from zygote_nb.frontend.inner import lead_there
from zygote_nb.frontend.iteration import either
from zygote_nb.frontend.local import Renamer, bound_names, declared_outer, parameter_set, result
from zygote_nb.frontend.lower import Lowering
from zygote_nb.frontend.places import is_within, mark_used
from zygote_nb.frontend.raising import is_known_class
from zygote_nb.frontend.signature import bind_values
from zygote_nb.frontend.source import capture
from zygote_nb.frontend.syntax import copied, mutated_lists
from zygote_nb.frontend.unset import begin_flags
from zygote_nb.frontend.values import make_tuple, none, static
from zygote_nb.ir.core import INT_ZERO, Apply, Assign, Const, Expr, If, Name, Raise, Stmt, Tuple
from zygote_nb.ir.kinds import INT, Kind, Opaque, Reference, Scalar

Kwargs = tuple[tuple[str, Any], ...]
Fields = tuple[tuple[Any, Any], ...]


# Where an exception is raised


def leave(lo: Lowering, node: ast.AST, cls: type, args: list[Any], kwargs: Kwargs) -> None:
    """Set the variables of an exception that is about to be raised; nothing is known of one that can't be made here."""
    carriers: Carriers = lo.carriers
    state = dict(lo.env), list(lo.out), set(lo.taken)
    try:
        fields = made(lo, node, cls, args, kwargs)
    except (UnsupportedSyntaxError, NoRuleError) as refusal:
        lo.env, lo.out[:], lo.taken = state
        carriers.refused.append((cls, refusal))
        return
    key = cls, tuple((k, structure(v)) for k, v in fields)
    if key not in carriers.made:
        carriers.made[key] = carried_by(lo, len(carriers.made) + 1, cls, fields)
    carried = carriers.made[key]
    for (_, value), (_, place) in zip(fields, carried.content.fields, strict=True):
        lo.out.extend(assigned(lo, node, place, value))
    lo.out.append(Assign(carriers.token, Const(carried.number, INT), lo.span(node)))


def made(lo: Lowering, node: ast.AST, cls: type, args: list[Any], kwargs: Kwargs) -> Fields:
    """The attributes of the exception."""
    from zygote_nb.frontend.managers import is_quiet

    def write() -> Obj:
        entries: list[tuple[Any, Any]] = [("args", make_tuple(tuple(args), tuple))]
        if issubclass(cls, StopIteration):
            entries.append(("value", args[0] if args else none()))
        obj = new_object(lo, node, cls, entries, cls.__name__.lower())
        init = class_entry(cls, "__init__")
        if isinstance(init, FunctionType):
            lo.call_value(node, static(init, f"{cls.__name__}.__init__"), [obj, *args], kwargs)
        return obj

    depth, protected = lo.carriers.depth, lo.protected
    lo.carriers.depth = lo.protected = 0  # it is called as a whole
    try:
        block, obj = lo.sub_block(write)
    finally:
        lo.carriers.depth, lo.protected = depth, protected
    if not is_quiet(block):
        hint = "assign what the handler needs to variables before you raise"
        raise lo.refuse(node, f"`{cls.__name__}.__init__` does more than set attributes", hint)
    lo.out.extend(block)
    return get_object(lo, obj).fields


def carried_by(lo: Lowering, number: int, cls: type, fields: Fields) -> Carried:
    obj = Obj(lo.joint_ident(lo.source.tree, number, "raised"), Reference(cls))

    def place(value: Any, name: str) -> Any:
        if isinstance(value, Tuple):
            return make_tuple(tuple(place(v, f"{name}_{i}") for i, v in enumerate(value.items)), value.cls)
        if isinstance(value, Expr) and (not isinstance(value, Const) or is_number(value)):
            return Name(lo.joint_name(lo.source.tree, number, name), value.kind)
        return value

    stem = cls.__name__.lower()
    held = tuple((k, place(v, f"{stem}_{k}")) for k, v in fields)
    return Carried(number, obj, Object(cls, held, stem, frozenset((obj.ident,))))


def structure(value: Any) -> Any:
    """What two raises must have in common to leave their values in the same variables."""
    if isinstance(value, Tuple):
        return value.cls, tuple(map(structure, value.items))
    return value.kind if isinstance(value, Name | Apply) or is_number(value) else value


def is_number(value: Any) -> bool:
    return isinstance(value, Const) and isinstance(value.kind, Scalar)


def assigned(lo: Lowering, node: ast.AST, place: Any, value: Any) -> list[Stmt]:
    if isinstance(place, Tuple):
        return [s for p, v in zip(place.items, value.items, strict=True) for s in assigned(lo, node, p, v)]
    return [Assign(place.id, value, lo.span(node))] if isinstance(place, Name) and place != value else []


# Where it is handled


def begin(lo: Lowering) -> None:
    """A ``try`` of which a handler reads attributes begins."""
    if not lo.carriers.depth:
        lo.carriers.made.clear()
        lo.carriers.refused.clear()
    lo.carriers.depth += 1
    lo.carriers.token = lo.carriers.token or lo.lasting("raised_by")


def placeholders(lo: Lowering, node: ast.AST, placeholder: Callable[[Kind], Expr]) -> list[Stmt]:
    """What all these variables hold before anything was raised."""
    carriers: Carriers = lo.carriers
    leaves = [n for c in carriers.made.values() for _, v in c.content.fields for n in names_of(v)]
    start = [(n.id, placeholder(n.kind)) for n in leaves]
    return [Assign(name, value, lo.span(node)) for name, value in [(carriers.token, INT_ZERO), *start]]


def names_of(value: Any) -> list[Name]:
    if isinstance(value, Tuple):
        return [n for item in value.items for n in names_of(item)]
    return [value] if isinstance(value, Name) else []


def enter(lo: Lowering, node: ast.AST, error: str, classes: tuple[Const, ...]) -> None:
    """In a handler: the exception's number is noted, so that another ``raise`` can use the variable."""
    carriers: Carriers = lo.carriers
    caught = tuple(c for c in carriers.made.values() if any(issubclass(c.obj.cls, k.value) for k in classes))
    name = lo.fresh(f"{error}_by")
    carriers.read[error] = name, caught, classes
    lo.out.append(Assign(name, Name(carriers.token, INT), lo.span(node)))
    lo.out.append(Assign(carriers.token, INT_ZERO, lo.span(node)))
    for c in caught:
        put_object(lo, c.obj, c.content)


def again(lo: Lowering, node: ast.AST, error: Name) -> None:
    """The exception of a handler is raised again."""
    if is_followed(lo, error):
        name, *_ = lo.carriers.read[error.id]
        lo.out.append(Assign(lo.carriers.token, Name(name, INT), lo.span(node)))


def is_followed(lo: Lowering, value: Any) -> bool:
    return isinstance(value, Name) and value.id in lo.carriers.read


def attribute(lo: Lowering, node: ast.AST, error: Name, name: str) -> Any:
    """An attribute of the exception, or None if it is Python's own to tell."""
    number, caught, classes = lo.carriers.read[error.id]
    if name in PYTHONS_OWN or any(is_pythons(c.obj.cls, c.content, name) for c in caught):
        return None
    for cls, refusal in lo.carriers.refused:
        if any(issubclass(cls, c.value) for c in classes):
            raise refusal
    where = f"line {lo.span(node).line} of {lo.source.function.__name__}"
    what = f"{where}: an attribute of an exception that was not raised by name under this `try`"
    if not caught:
        if any(is_known_class(c.value) for c in classes):
            return None
        raise lo.raised(node, UnsupportedSyntaxError, what)
    raised_by = Name(number, INT)

    def among(left: tuple[Carried, ...]) -> Any:
        value = lo.evaluated(read_attribute(lo, node, left[0].obj, name), node)
        if len(left) == 1:
            return value
        test = lo.comparison(node, ast.Eq(), raised_by, Const(left[0].number, INT))
        return lo.choose(node, test, lambda: value, lambda: among(left[1:]), lo.fresh(f"{error.id}_{name}"))

    hint = static("assign what the handler needs to a variable before you raise")
    error_ = Apply(UnsupportedSyntaxError, (static(what),), (("hint", hint),), Opaque("exception"), None, lo.span(node))
    known = [lo.comparison(node, ast.NotEq(), raised_by, Const(c.number, INT)) for c in caught]
    lo.out.append(If(lo.conjunction(known), (Raise(error_, lo.span(node)),), (), lo.span(node)))
    return among(caught)


def is_pythons(cls: type, content: Object, name: str) -> bool:
    """Whether an attribute is one that Python sets by itself, such as ``errno``."""
    return (
        content.get(name) is ABSENT
        and inspect.isdatadescriptor(getattr(cls, name, None))
        and not isinstance(class_entry(cls, name), property)
    )


# Functions that are called there


def can_be_written_out(lo: Lowering, fn: Any, values: list[Any]) -> bool:
    function = plain(fn)
    if not isinstance(function, FunctionType) or getattr(fn, "__self__", None) is not None:
        return False
    if not lo.carriers.depth and not lead_there(lo, values):
        return False
    return all(t is not capture(function).tree for t in lo.inlining) and function is not lo.source.function


def written_out(lo: Lowering, node: ast.AST, fn: Any, args: list[Any], kwargs: Kwargs) -> Any:
    """A call of a function, as its statements if that can be had."""
    return either(
        lo, lambda: statements_of(lo, node, fn, args, kwargs), lambda: lo.program.invoke(lo, node, fn, args, kwargs)
    )


def statements_of(lo: Lowering, node: ast.AST, fn: Any, args: list[Any], kwargs: Kwargs) -> Any:
    source, path, function = capture(fn), lo.program.way_to(fn), plain(fn)
    spec = source.tree.args

    def default(name: str) -> Any:
        return lo.program.default(lo, node, function, name, path)

    values = bind_values(lo, node, spec, function.__name__, args, kwargs, default)
    key = (id(node), tuple(map(id, lo.inlining)), id(source.tree), "written out")
    if key not in lo.joints:
        lo.joints[key] = private(lo, node, source, Scope(function, path))
    tree, names = lo.joints[key]
    lo.trees.append(tree)
    lo.local_names |= frozenset(names.values())
    lo.mutated |= mutated_lists(tree)
    lo.inlining.append(source.tree)
    try:
        for parameter, value in values.items():
            lo.bind(names[parameter], value, node)
        begin_flags(lo, node, set(names.values()))
        return result(lo, tree, tree)
    finally:
        lo.inlining.pop()


def private(lo: Lowering, node: ast.AST, source: Any, scope: Scope) -> tuple[Any, dict[str, str]]:
    tree = copied(source.tree)
    body = tree.body if isinstance(tree, ast.FunctionDef) else [tree.body]
    if declared_outer(body):
        raise lo.refuse(node, "a function that writes to outer variables is called here", "return the values")
    own = parameter_set(tree.args) | bound_names(body)
    settle_names(body, own, scope)
    if source.filename != lo.source.filename or not is_within(tree, lo.source.tree):
        mark_used(tree, getattr(node, "used_at", node), source.filename)
    called = getattr(tree, "name", "lambda")
    names = {name: lo.lasting(f"{name}_{called}") for name in sorted(own)}
    Renamer(names).rename(body)
    return tree, names
