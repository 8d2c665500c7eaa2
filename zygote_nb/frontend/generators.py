"""Generators: their body is written out where they are consumed, each ``yield`` becoming what the consumer does.

A generator that was made and not begun is an object of the heap whose entries are its arguments. Iterators of the
standard library are generators too, whose source is in ``loops``.
"""

from __future__ import annotations

import ast
import copy
import inspect
from collections.abc import Callable
from types import FunctionType, GeneratorType
from typing import Any

from zygote_nb.dataclass import dataclass, replace
from zygote_nb.frontend import loops
from zygote_nb.frontend.control import lower_body
from zygote_nb.frontend.elsewhere import Scope
from zygote_nb.frontend.free import plain
from zygote_nb.frontend.heap import ABSENT, Obj, get_object, new_object, put_object
from zygote_nb.frontend.jumps import Exits, jumps, store_result
from zygote_nb.frontend.local import LocalFunction, Renamer, bound_names, parameter_set
from zygote_nb.frontend.lower import Lowering
from zygote_nb.frontend.places import placed
from zygote_nb.frontend.resumed import begin_resumed, goes_on, is_resumed, settled
from zygote_nb.frontend.signature import bind_values
from zygote_nb.frontend.source import capture
from zygote_nb.frontend.syntax import mutated_lists, walk
from zygote_nb.frontend.targets import assign_to
from zygote_nb.frontend.unset import begin_flags
from zygote_nb.frontend.values import make_tuple, static
from zygote_nb.frontend.yields import Act, Jumps, Yields
from zygote_nb.ir.core import INT_ZERO, Const, Name, Tuple

Kwargs = tuple[tuple[str, Any], ...]


NEW, BEGUN = static("new"), static("begun")
# The entry of an iterator that says how many items ``next`` took, if items can be told by their number.
AT = "at"


@dataclass(frozen=True, slots=True)
class Suspended:
    """The code of a generator object: a ``def``, or a generator expression.

    ``scope`` says where free names are found; without it they are variables of ``owner``. One that is ``managed`` is a
    context manager. ``place`` is where it is made.
    """

    tree: Any
    scope: Scope | None = None
    owner: Any = None
    managed: bool = False
    place: Any = None

    def __eq__(self, other: object) -> bool:
        same = isinstance(other, Suspended) and other.tree is self.tree and other.owner is self.owner
        return same and getattr(other.scope, "function", None) is getattr(self.scope, "function", None)  # type: ignore[union-attr]

    def __hash__(self) -> int:
        return id(self.tree)


def is_generator(fn: Any) -> bool:
    return isinstance(fn, FunctionType) and bool(fn.__code__.co_flags & inspect.CO_GENERATOR)


def is_generator_object(value: Any) -> bool:
    return isinstance(value, Obj) and value.cls is GeneratorType


def is_left_early(lo: Lowering, node: ast.expr) -> bool:
    """Whether it is seen that ``any`` and ``all`` don't look at every item: something is left in an iterator that has a
    name, or a function of the user's is not called."""
    if not isinstance(node, ast.GeneratorExp):
        return is_named_iterator(lo, node)
    if bound_outside(node):
        return True
    own = {n.id for g in node.generators for n in walk(g.target) if isinstance(n, ast.Name)}
    called = {n.func.id for n in walk(node) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)} - own
    functions = [getattr(lo.value(ast.copy_location(ast.Name(n, ast.Load()), node)), "value", None) for n in called]
    return is_named_iterator(lo, node.generators[0].iter) or any(
        isinstance(f, (FunctionType, LocalFunction)) and not lo.program.has_rule(f) for f in functions
    )


def is_named_iterator(lo: Lowering, node: ast.expr) -> bool:
    value = lo.env.get(node.id) if isinstance(node, ast.Name) else None
    return isinstance(value, Obj) and value.cls is GeneratorType


def suspend(
    lo: Lowering,
    node: ast.AST,
    fn: Any,
    args: list[Any],
    kwargs: Kwargs = (),
    managed: bool = False,
    at_once: bool = False,
) -> Obj:
    """A call of a generator function: nothing of it runs yet. ``at_once`` says that it is consumed here."""
    source, path = capture(fn), lo.program.way_to(fn)
    function = plain(fn)
    defaults = {n: p.default for n, p in inspect.signature(function).parameters.items()}

    def default(name: str) -> Any:
        if defaults[name] is inspect.Parameter.empty:
            raise KeyError(name)
        return lo.program.default(lo, node, function, name, path)

    values = bind_values(lo, node, source.tree.args, function.__name__, args, kwargs, default)
    return suspended(lo, node, Suspended(source.tree, Scope(function, path), managed=managed), values, at_once)


def suspend_inner(lo: Lowering, node: ast.AST, fn: LocalFunction, args: list[Any], kwargs: Kwargs) -> Obj:
    """A call of a generator function that was defined inside this function."""
    if fn.owner is not lo:
        raise lo.refuse(node, f"the inner generator `{fn.name}` is called outside of its function", "return a list")
    values = bind_values(lo, node, fn.node.args, fn.name, args, kwargs, lambda name: lo.env[dict(fn.defaults)[name]])
    return suspended(lo, node, Suspended(fn.node, owner=lo, managed=fn.managed), values)


def suspended_expression(lo: Lowering, node: ast.GeneratorExp) -> Obj:
    """A generator expression: what it goes through first is evaluated now, all else when it is consumed."""
    from zygote_nb.frontend.sequences import range_bounds

    first = node.generators[0]
    if isinstance(first.iter, ast.Name) and never_bound(lo, first.iter.id):
        return suspended(lo, node, Suspended(node, owner=lo), {})
    bounds = range_bounds(lo, first.iter)
    values = list(bounds) if bounds is not None else [lo.value(first.iter)]
    key = (id(node), "kept")
    if key not in lo.joints:
        names = [lo.lasting("items" if bounds is None else "bound") for _ in values]
        parts: list[ast.expr] = [ast.Name(name, ast.Load()) for name in names]
        over = ast.Call(first.iter.func, parts, []) if bounds is not None else parts[0]  # type: ignore[attr-defined]
        tree = ast.GeneratorExp(node.elt, [ast.comprehension(first.target, over, first.ifs, 0), *node.generators[1:]])
        lo.joints[key] = placed(tree, node), names
    tree, names = lo.joints[key]
    for name, value in zip(names, values, strict=True):
        lo.bind(name, value, node)
    return suspended(lo, node, Suspended(tree, owner=lo), {})


def stays(lo: Lowering, value: Any) -> bool:
    """Whether a value is a parameter that is never bound again: it needs no variable of its own."""
    return isinstance(value, Name) and lo.env.get(value.id) == value and never_bound(lo, value.id)


def never_bound(lo: Lowering, name: str) -> bool:
    """Whether the name stands for the same value throughout the function."""
    stores = (n for n in lo.nodes() if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load))
    return name not in lo.outer_names and all(n.id != name for n in stores)


def suspended(lo: Lowering, node: ast.AST, note: Suspended, values: dict[str, Any], at_once: bool = False) -> Obj:
    label = getattr(note.tree, "name", "items").partition("_")[0] or "items"
    known = {
        k: v for k, v in values.items() if isinstance(v, Const) or (at_once and isinstance(v, Name)) or stays(lo, v)
    }
    moving = [(k, v) for k, v in values.items() if k not in known]
    obj = new_object(lo, node, GeneratorType, moving, label, note)
    state = (("", NEW), (AT, INT_ZERO)) if is_indexed(note) else (("", NEW),)
    held = (*state, *get_object(lo, obj).fields, *known.items())
    put_object(lo, obj, replace(get_object(lo, obj), fields=held, note=replace(note, place=lo.program.place(lo, node))))
    if not at_once:
        begin_resumed(lo, node, obj)
    return obj


def is_indexed(note: Suspended) -> bool:
    from zygote_nb.frontend.indexed import BY_INDEX

    return note.scope is not None and note.scope.function in BY_INDEX


def what_goes_on(lo: Lowering, node: ast.AST, obj: Obj) -> Obj:
    """What is left of a generator that is begun and left; any other as it is."""
    return suspend(lo, node, loops.going_on, [obj], at_once=True) if is_resumed(lo, obj) else obj


# Consuming one


def begin(lo: Lowering, node: ast.AST, obj: Obj) -> dict[str, Any]:
    """The arguments of a generator that begins now; one that has begun can't be gone on with."""
    content = get_object(lo, obj)
    if content.note.scope is None and content.note.owner is not lo:
        what = "a generator goes on in a function other than the one whose variables it reads"
        raise lo.refuse(node, what, "pass a list")
    if content.get("") != NEW:
        raise goes_on(lo, node, obj)
    put_object(lo, obj, content.put("", BEGUN))
    own = ("", AT) if is_indexed(content.note) else ("",)
    return {k: v for k, v in content.fields if k not in own}


def each(lo: Lowering, node: ast.AST, obj: Obj, use: Callable[[Any], None]) -> None:
    """Write what is done with each item."""
    obj = what_goes_on(lo, node, obj)
    note = get_object(lo, obj).note
    if isinstance(note.tree, ast.GeneratorExp):
        from zygote_nb.frontend.comprehensions import each_item

        begin(lo, node, obj)
        each_item(lo, note.tree, use)
        return
    holder: list[Callable[[Any], None]] = [use]

    def consumer(value: ast.expr | None) -> list[ast.stmt]:
        return [Act(lambda lo, v: holder[0](lo.constant(None) if v is None else lo.value(v)), value)]

    run(lo, node, obj, consumer, holder)


def write_for(lo: Lowering, node: ast.For, obj: Obj, exits: Exits) -> None:
    """``for target in generator``: the body of the loop stands in place of each ``yield``."""
    assert exits.jump is not None
    obj = what_goes_on(lo, node, obj)
    if isinstance(get_object(lo, obj).note.tree, ast.GeneratorExp):
        obj = written_as_function(lo, node, obj)
    flags = [exits.jump.done, exits.jump.broke]

    def consumer(value: ast.expr | None) -> list[ast.stmt]:
        given = ast.Constant(None) if value is None else value
        bind = Act(lambda lo, v: assign_to(lo, node.target, lo.value(v), node), given)  # type: ignore[arg-type]
        body = Jumps(flags).block(node.body, 0)
        if ast.Continue in jumps(body):
            once = ast.Tuple([ast.Constant(0)], ast.Load())
            body = [placed(ast.For(ast.Name("_", ast.Store()), once, body, []), node)]
        return [bind, *body]

    run(lo, node, obj, consumer, flags)


def written_as_function(lo: Lowering, node: ast.AST, obj: Obj) -> Obj:
    """A generator expression as the generator function that it stands for."""
    function = function_of(lo, get_object(lo, obj).note.tree)
    begin(lo, node, obj)
    return suspended(lo, node, Suspended(function, owner=lo), {})


def function_of(lo: Lowering, expression: ast.GeneratorExp) -> ast.FunctionDef:
    key = (id(expression), "function")
    if key not in lo.joints:
        body: ast.stmt = ast.Expr(ast.Yield(expression.elt))
        for part in reversed(expression.generators):
            for test in reversed(part.ifs):
                body = ast.If(test, [body], [])
            body = ast.For(part.target, part.iter, [body], [])
        outer: list[ast.stmt] = [ast.Nonlocal(sorted(walrus))] if (walrus := bound_outside(expression)) else []
        spec = ast.arguments([], [], None, [], [], None, [])
        lo.joints[key] = placed(ast.FunctionDef("items", spec, [*outer, body], []), expression)
    made: ast.FunctionDef = lo.joints[key]
    return made


def bound_outside(expression: ast.AST) -> set[str]:
    """The variables that `:=` in a generator expression binds, which are those of the function around it."""
    return {n.target.id for n in walk(expression) if isinstance(n, ast.NamedExpr)}


def make_portable(lo: Lowering, node: ast.AST, obj: Obj) -> None:
    """A generator that leaves the function whose variables it reads takes these along."""
    content = get_object(lo, obj)
    note = content.note
    if note.scope is not None or content.get("") != NEW:
        return
    if note.owner is not lo or lo.closure is not None:
        raise lo.refuse(node, "a generator of an inner function is passed on", "pass a list")
    tree = function_of(lo, note.tree) if isinstance(note.tree, ast.GeneratorExp) else note.tree
    if any(isinstance(s, (ast.Nonlocal, ast.Global)) for s in walk(tree)):
        raise lo.refuse(node, "a generator that writes to outer variables is passed on", "pass a list")
    read = {n.id for s in tree.body for n in walk(s) if isinstance(n, ast.Name)}
    own = parameter_set(tree.args) | bound_names(tree.body)
    taken = [(n, lo.env[n]) for n in sorted(read - own) if n in lo.env]
    key = (id(tree), "portable", tuple(n for n, _ in taken))
    if key not in lo.joints:
        moved = copy.copy(tree)
        moved.args = copy.copy(tree.args)
        moved.args.kwonlyargs = [*tree.args.kwonlyargs, *(ast.arg(n) for n, _ in taken)]
        lo.joints[key] = Suspended(moved, Scope(lo.source.function, lo.path))
    put_object(lo, obj, replace(content, fields=(*content.fields, *taken), note=lo.joints[key]))


def run(
    lo: Lowering, node: ast.AST, obj: Obj, consumer: Callable[[ast.expr | None], list[ast.stmt]], holder: Any
) -> None:
    note = get_object(lo, obj).note
    if is_indexed(note) and get_object(lo, obj).get(AT) not in (ABSENT, INT_ZERO):
        raise goes_on(lo, node, obj)
    values = begin(lo, node, obj)
    key = (id(node), tuple(map(id, lo.inlining)), id(note.tree), "generator")
    if key not in lo.joints:
        tree, names = private(lo, node, note)
        lo.joints[key] = (tree, names, Yields(lo, consumer, note.managed).block(tree.body), holder, node)
    tree, names, body, kept, _ = lo.joints[key]
    kept[:] = holder
    lo.taken |= set(names.values())
    lo.local_names |= frozenset(names.values())
    lo.inlining.append(note.tree)
    try:
        begin_flags(lo, node, set(names.values()))
        rebound = bound_names(tree.body)
        for parameter, value in values.items():
            name = names[parameter]
            if name in rebound or isinstance(value, Tuple):
                lo.bind(name, value, node)
            else:
                lo.env[name] = value
        lower_body(lo, body, Exits(lambda stmt: store_result(lo, stmt)))
    except RecursionError:
        if any(t is note.tree for t in lo.inlining[:-1]):
            raise
        what = f"how deep the generator `{note.tree.name}` calls itself is known only when the program runs"
        raise lo.refuse(node, what, "let it return a list, or use a loop") from None
    finally:
        lo.inlining.pop()


def private(lo: Lowering, node: ast.AST, note: Suspended) -> tuple[ast.FunctionDef, dict[str, str]]:
    """A copy of the generator function with variables of its own."""

    tree, own = settled(lo, node, note)
    names = {name: lo.fresh(name.strip("_") or "i") for name in sorted(own)}
    lo.kept_names |= set(names.values())
    Renamer(names).rename(tree.body)
    lo.trees.append(tree)
    lo.mutated |= mutated_lists(tree)
    return tree, names


class NotStraight(Exception):
    """An item is made in a loop or under a condition, so that how many there are isn't known."""


def collected(lo: Lowering, node: ast.AST, obj: Obj) -> Any:
    """``list(generator)``: its items known one by one, or a list that grows."""
    from zygote_nb.frontend.comprehensions import growing_list, lower_comprehension
    from zygote_nb.frontend.iteration import either
    from zygote_nb.frontend.lists import append

    obj = what_goes_on(lo, node, obj)
    note = get_object(lo, obj).note
    if isinstance(note.tree, ast.GeneratorExp):
        begin(lo, node, obj)
        return lower_comprehension(lo, note.tree)

    def grown() -> Any:
        name, _ = growing_list(lo, node, note.tree.name)
        each(lo, node, obj, lambda item: append(lo, node, lo.env[name], item))
        return lo.env.pop(name)

    state = dict(lo.env), list(lo.out), set(lo.taken)
    try:
        return straight(lo, node, obj, NotStraight())
    except NotStraight:
        lo.env, lo.out[:], lo.taken = state
    what = "how many items this has is known only when the program runs"
    refusal = lo.refuse(node, what, "yield numbers or arrays of one kind")
    return either(lo, grown, lambda: straight(lo, node, obj, refusal))


def straight(lo: Lowering, node: ast.AST, obj: Obj, otherwise: Exception) -> Tuple:
    made: list[Any] = []
    out = lo.out

    def use(item: Any) -> None:
        if lo.out is not out:
            raise otherwise
        made.append(lo.evaluated(item, node))

    each(lo, node, obj, use)
    return make_tuple(tuple(made), list)


def value_of(lo: Lowering, node: ast.AST, fn: Any, args: list[Any]) -> Any:
    """The value of a function of ``loops`` that yields once."""
    name = lo.fresh("found")
    each(lo, node, suspend(lo, node, fn, args, at_once=True), lambda item: lo.bind(name, item, node))
    return lo.usable_value(node, lo.env.pop(name), "the result")
