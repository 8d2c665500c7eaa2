"""Lowering of ``with``: what a context manager does before its block, and after it on either road.

A manager of the user's becomes a ``try``. A function decorated with ``contextmanager`` is written out, its ``yield``
being the block.
"""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Callable
from types import FunctionType, GeneratorType
from typing import Any

import numpy as np

from zygote_nb.frontend.calls import call_value
from zygote_nb.frontend.classes import class_method
from zygote_nb.frontend.control import guarded_rest, lower_body
from zygote_nb.frontend.exceptions import lower_try
from zygote_nb.frontend.foreign import call_foreign
from zygote_nb.frontend.functions import forget
from zygote_nb.frontend.generators import run
from zygote_nb.frontend.heap import Obj, get_object
from zygote_nb.frontend.jumps import Exits, ends, flagged_exits, jumps, pass_return
from zygote_nb.frontend.lower import Lowering
from zygote_nb.frontend.places import Made, placed
from zygote_nb.frontend.source import capture
from zygote_nb.frontend.syntax import own_nodes, walk
from zygote_nb.frontend.targets import assign_to
from zygote_nb.frontend.values import none
from zygote_nb.frontend.yields import Act
from zygote_nb.ir.callables import Attribute
from zygote_nb.ir.core import FALSE, TRUE, Append, Apply, Assign, Block, Const, Effect, Expr, Invoke, Name, Store
from zygote_nb.ir.kinds import BOOL, Opaque, describe
from zygote_nb.ir.walk import statements

EXCEPTION = Opaque("exception")


def lower_with(lo: Lowering, node: ast.With, rest: list[ast.stmt], exits: Exits) -> bool:
    """Lower a ``with``; True if ``rest`` was lowered with it."""
    node = one_by_one(lo, node)
    manager = lo.value(node.items[0].context_expr)
    if isinstance(manager, Obj) and manager.cls in SIMPLE:
        return SIMPLE[manager.cls](lo, node, manager, rest, exits)
    flags, inner = flagged_exits(lo, node, jumps(node.body))
    if isinstance(manager, Obj) and manager.cls is GeneratorType:
        suppresses = around_yield(lo, node, manager, inner)
    else:
        suppresses = protocol_of(lo, node, manager).write(inner)
    if suppresses and ends(node.body):
        what = "what this manager catches in a block that always leaves may go on after it"
        raise lo.refuse(node, what, "put `return` after the block")
    if flags and ends(node.body) and jumps(node.body) == {ast.Return}:
        pass_return(node, exits)
        return True
    if not flags:
        return False
    guarded_rest(lo, node, flags, rest, exits)
    return True


def one_by_one(lo: Lowering, node: ast.With) -> ast.With:
    """``with a, b`` as ``with a: with b``."""
    if len(node.items) == 1:
        return node
    key = (id(node), "with")
    if key not in lo.joints:
        first, *others = node.items
        lo.joints[key] = placed(ast.With([first], [placed(ast.With(others, node.body), node)]), node), node
    made: ast.With = lo.joints[key][0]
    return made


def bind_target(lo: Lowering, node: ast.With, value: Any) -> None:
    target = node.items[0].optional_vars
    if target is not None:
        assign_to(lo, target, value, node)


# Managers of the standard library and of NumPy


def just_the_block(lo: Lowering, node: ast.With, value: Any, rest: list[ast.stmt], exits: Exits) -> bool:
    bind_target(lo, node, value)
    lower_body(lo, node.body if ends(node.body) else [*node.body, *rest], exits)
    return True


def with_nothing(lo: Lowering, node: ast.With, manager: Obj, rest: list[ast.stmt], exits: Exits) -> bool:
    values = get_object(lo, manager).values()
    return just_the_block(lo, node, values[0] if values else none(), rest, exits)


def with_errstate(lo: Lowering, node: ast.With, manager: Obj, rest: list[ast.stmt], exits: Exits) -> bool:
    """Warnings have no part in the result; the generated code emits none."""
    for _, value in get_object(lo, manager).fields:
        if not isinstance(value, Const) or value.value in ("raise", "call", "log", "print"):
            what = "`np.errstate` that does more than warn or ignore is not differentiated"
            raise lo.refuse(node, what, "test for the condition with an `if`, and raise")
    return just_the_block(lo, node, none(), rest, exits)


def with_suppress(lo: Lowering, node: ast.With, manager: Obj, rest: list[ast.stmt], exits: Exits) -> bool:
    key = (id(node), "suppress")
    if key not in lo.joints:
        classes: list[ast.expr] = [Made(lambda lo, c=c: c) for c in get_object(lo, manager).values()]
        handler = ast.ExceptHandler(ast.Tuple(classes, ast.Load()), None, [ast.Pass()])
        lo.joints[key] = placed(ast.Try(node.body, [handler], [], []), node)
    bind_target(lo, node, none())
    return lower_try(lo, lo.joints[key], rest, exits)


SIMPLE = {
    contextlib.nullcontext: with_nothing,
    np.errstate: with_errstate,
    contextlib.suppress: with_suppress,
}


# A generator with the decorator ``contextmanager``


def around_yield(lo: Lowering, node: ast.With, manager: Obj, exits: Exits) -> bool:
    """The generator, with the block in place of its ``yield``. True if it may suppress an exception."""
    note = get_object(lo, manager).note
    if not note.managed:
        raise lo.raised(node, TypeError, "'generator' object does not support the context manager protocol")
    if yields_in(note.tree.body) != 1:
        what = f"`{note.tree.name}` does not yield once on every path"
        raise lo.refuse(node, what, "yield once, outside of loops and handlers")

    def block(value: Any) -> None:
        bind_target(lo, node, value)
        lower_body(lo, node.body, exits)

    holder: list[Callable[[Any], None]] = [block]

    def consumer(value: ast.expr | None) -> list[ast.stmt]:
        return [Act(lambda lo, v: holder[0](none() if v is None else lo.value(v)), value)]

    run(lo, node, manager, consumer, holder)
    return any(catches(t) for t in walk(note.tree) if isinstance(t, ast.Try) and yields_in(t.body))


def yields_in(nodes: list[ast.stmt]) -> int:
    """How often each path through the block yields; more than one where that differs or isn't known."""
    return sum(yields_of(node) for node in nodes)


def yields_of(node: ast.stmt) -> int:
    match node:
        case ast.Expr(value=ast.Yield()):
            return 1
        case ast.If():
            ways = {yields_in(node.body), yields_in(node.orelse)}
            return ways.pop() if len(ways) == 1 else 2
        case ast.Try():
            elsewhere = [*node.orelse, *node.finalbody, *(s for h in node.handlers for s in h.body)]
            return 2 if yields_in(elsewhere) else yields_in(node.body)
        case ast.With():
            return yields_in(node.body)
        case ast.FunctionDef():
            return 0
    return 2 if any(isinstance(n, (ast.Yield, ast.YieldFrom)) for n in walk(node)) else 0


def catches(node: ast.Try) -> bool:
    return not all(ends(h.body) and isinstance(h.body[-1], ast.Raise) for h in node.handlers)


# Objects with ``__enter__`` and ``__exit__``


def protocol_of(lo: Lowering, node: ast.With, manager: Any) -> Protocol:
    if isinstance(manager, Obj) and class_method(manager.cls, "__exit__") is not None:
        return Protocol(lo, node, manager, method_of(lo, node, manager), may_suppress(manager.cls))
    if isinstance(manager.kind, Opaque):
        return Protocol(lo, node, manager, foreign_method(lo, node, manager), False)
    what = f"{describe(manager.kind)} as a context manager"
    raise lo.refuse(node, what, "give it `__enter__` and `__exit__`, or call what they do before and after")


Method = Callable[[str, list[Any]], Any]


def method_of(lo: Lowering, node: ast.With, manager: Obj) -> Method:
    def call(name: str, args: list[Any]) -> Any:
        method = class_method(manager.cls, name)
        if method is None:
            raise lo.raised(node, TypeError, f"{manager.cls.__name__!r} object has no {name}")
        return call_value(lo, node, method, [manager, *args], ())

    return call


def foreign_method(lo: Lowering, node: ast.With, manager: Expr) -> Method:
    def call(name: str, args: list[Any]) -> Any:
        method = Apply(Attribute(name), (manager,), (), Opaque("object"))
        return call_foreign(lo, node, method, args, (), name == "__exit__")

    return call


def may_suppress(cls: type) -> bool:
    """Whether ``__exit__`` has something to return."""
    method = class_method(cls, "__exit__")
    if method is None or not isinstance(method.value, FunctionType):
        return True
    returned = [n.value for n in own_nodes(capture(method.value).tree) if isinstance(n, ast.Return)]
    return not all(v is None or (isinstance(v, ast.Constant) and not v.value) for v in returned)


class Protocol:
    """One ``with`` over an object; ``call`` calls a method of it."""

    def __init__(self, lo: Lowering, node: ast.With, manager: Any, call: Method, suppresses: bool) -> None:
        self.lo, self.node, self.call, self.suppresses = lo, node, call, suppresses
        # The manager must stay known while the block runs.
        self.name = lo.fresh("manager")
        lo.env[self.name] = manager if isinstance(manager, Obj) else lo.evaluated(manager, node)

    def write(self, exits: Exits) -> bool:
        lo, node = self.lo, self.node
        bind_target(lo, node, self.call("__enter__", []))
        if not self.suppresses and not lo.protected and self.leaves_quietly():
            lower_body(lo, node.body, exits)
            self.leave()
        elif self.suppresses:
            self.write_suppressing(exits)
        else:
            lower_try(lo, self.tried([Act(lambda lo, _: self.fail()), ast.Raise()]), [], exits)
            self.leave()
        lo.env.pop(self.name, None)
        return self.suppresses

    def write_suppressing(self, exits: Exits) -> None:
        lo, node = self.lo, self.node
        suppressed = lo.fresh("suppressed")
        lo.out.append(Assign(suppressed, FALSE, lo.span(node)))
        note = Act(lambda lo, _: lo.out.append(Assign(suppressed, TRUE, lo.span(node))))
        lower_try(lo, self.tried([ast.If(Made(lambda lo: self.fail()), [note], [ast.Raise()])]), [], exits)
        lo.branch(node, Name(suppressed, BOOL), lambda: None, self.leave)

    def tried(self, handling: list[ast.stmt]) -> ast.Try:
        """The block with a handler for everything; the same nodes each time that a loop is lowered."""
        key = (id(self.node), "protocol")
        if key not in self.lo.joints:
            handler = ast.ExceptHandler(None, self.lo.lasting("error"), [])
            self.lo.joints[key] = placed(ast.Try(self.node.body, [handler], [], []), self.node)
        made: ast.Try = self.lo.joints[key]
        made.handlers[0].body = [placed(s, self.node) for s in handling]
        return made

    def leave(self) -> None:
        self.call("__exit__", [none(), none(), none()])

    def fail(self) -> Any:
        """What ``__exit__`` returns after an exception."""
        error = Name(self.lo.handled[-1], EXCEPTION)
        cls = Apply(type, (error,), (), Opaque("object"))
        return self.call("__exit__", [cls, error, Apply(Attribute("__traceback__"), (error,), (), Opaque("object"))])

    def leaves_quietly(self) -> bool:
        """Whether nobody can tell if ``__exit__`` was called before an exception leaves the function."""
        lo = self.lo
        state = dict(lo.env), set(lo.taken), list(lo.recent)
        known = set(lo.program.instances), set(lo.program.names)
        lo.handled.append("error")
        block, _ = lo.sub_block(self.fail)
        lo.handled.pop()
        lo.env, lo.taken, lo.recent = state
        quiet = is_quiet(block)
        if quiet:
            forget(lo.program, *known)
        return quiet


def is_quiet(block: Block) -> bool:
    """Whether the statements only compute; a function that is being lowered is taken not to."""
    for stmt in statements(block):
        if isinstance(stmt, (Effect, Store, Append)):
            return False
        if isinstance(stmt, Invoke) and not (stmt.callee.complete and is_quiet(stmt.callee.function.body)):
            return False
    return True


def managed(fn: Any) -> Any:
    """The generator function that ``contextmanager`` decorates, or None."""
    inner = getattr(fn, "__wrapped__", None)
    is_helper = isinstance(fn, FunctionType) and fn.__code__ is HELPER
    return inner if is_helper else None


HELPER = contextlib.contextmanager(iter).__code__  # type: ignore[arg-type]

__all__ = ["lower_with", "managed"]
