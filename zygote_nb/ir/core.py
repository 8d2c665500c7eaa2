"""The nodes of the IR: expression trees, and structured statements with one exit.

Expressions are pure: calls of the user's own functions, stores, appends and effects are statements. Nodes are
immutable and compare by structure; spans and kinds do not take part in the comparison.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from zygote_nb.dataclass import dataclass, field
from zygote_nb.ir.callables import Attribute, Method
from zygote_nb.ir.kinds import BOOL, FLOAT, INT, Kind, Scalar, Static, TupleOf


@dataclass(frozen=True, slots=True)
class Span:
    """A place in the user's file; line 0 stands for no place."""

    line: int = 0
    col: int = 0
    end_line: int = 0
    end_col: int = 0


NOWHERE = Span()


@dataclass(frozen=True, slots=True)
class Const:
    """A value known when the code is generated; ``text`` is how the user wrote it (``np.pi``)."""

    value: Any
    kind: Kind = field(default=FLOAT, compare=False)
    text: str | None = field(default=None, compare=False)

    def __hash__(self) -> int:
        try:
            return hash((type(self.value), self.value))
        except TypeError:
            return id(self.value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Const) or type(self.value) is not type(other.value):
            return False
        if isinstance(self.value, (float, complex)):
            return repr(self.value) == repr(other.value)
        return self.value is other.value or (isinstance(self.value, (int, str, bytes)) and self.value == other.value)


@dataclass(frozen=True, slots=True)
class Name:
    """A variable."""

    id: str
    kind: Kind = field(default=FLOAT, compare=False)


class Tree:
    """An expression with parts. What is found out about it, which never changes, is kept with it."""

    __slots__ = ("found_hash", "found_names")


@dataclass(frozen=True, slots=True)
class Apply(Tree):
    """A call without effects of a primitive: an operator, a NumPy function, an index, an attribute."""

    fn: Any
    args: tuple[Expr, ...]
    kwargs: tuple[tuple[str, Expr], ...] = ()
    kind: Kind = field(default=FLOAT, compare=False)
    text: str | None = field(default=None, compare=False)
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Tuple(Tree):
    """Several expressions: a tuple or a list display (``cls is list``), an index with commas."""

    items: tuple[Expr, ...]
    cls: type = tuple
    kind: Kind = field(default=TupleOf(()), compare=False)


@dataclass(frozen=True, slots=True)
class Choice(Tree):
    """``body if test else orelse``, inside generated expressions only."""

    test: Expr
    body: Expr
    orelse: Expr
    kind: Kind = field(default=FLOAT, compare=False)


Expr = Const | Name | Apply | Tuple | Choice


class Leaf:
    """A statement without blocks; what it reads is kept with it."""

    __slots__ = ("found_read",)


class Region:
    """A statement with blocks; what is in it, what it reads itself, what all of it binds and reads, is kept with it."""

    __slots__ = ("found_all_bound", "found_all_read", "found_read", "found_statements")


@dataclass(frozen=True, slots=True)
class Assign(Leaf):
    """Bind a variable."""

    target: str
    value: Expr
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Accumulate(Leaf):
    """Add to an adjoint: ``target``, or a place in it if ``index`` is given. Made by the reverse transformation.

    ``base`` is what is indexed, where that is not the variable itself (``d_rows[i]``). ``memory`` marks an adjoint
    that other names may share, and that is therefore always updated in place.
    """

    target: str
    value: Expr
    index: Expr | None = None
    base: Expr | None = None
    memory: bool = False
    kind: Kind = field(default=FLOAT, compare=False)
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Store(Leaf):
    """``base[index] = value``; ``base`` is a variable or a chain of indices that starts at one.

    ``add`` stands for ``np.add.at(base, index, value)``, which adds up what goes to one element.
    """

    base: Expr
    index: Expr
    value: Expr
    add: bool = False
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Append(Leaf):
    """``base.append(value)``."""

    base: str
    value: Expr
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Pop(Leaf):
    """``targets = base.pop()``; with several targets the popped value is a tuple."""

    targets: tuple[str, ...]
    base: str
    kinds: tuple[Kind, ...] = field(default=(), compare=False)
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Effect(Leaf):
    """An expression evaluated for what it does (``print``), once and in order.

    Its value carries no derivative; it is bound to ``target``, or dropped.
    """

    value: Expr
    span: Span = field(default=NOWHERE, compare=False)
    target: str | None = None


@dataclass(frozen=True, slots=True)
class Raise(Leaf):
    """``raise value``; the block ends here. ``value`` is None for an ``assert`` that failed without a message."""

    value: Expr | None
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Invoke(Leaf):
    """``targets = callee(args)`` for a function that is itself transformed.

    ``callee`` is a frontend instance in the primal program and a name of generated code afterwards.
    """

    targets: tuple[str, ...]
    callee: Any
    args: tuple[Expr, ...]
    kinds: tuple[Kind, ...] = field(default=(), compare=False)
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class If(Region):
    test: Expr
    body: Block
    orelse: Block = ()
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class For(Region):
    """``for var in range(start, stop, step)``. ``var`` is assigned nowhere else and read in the body only.

    ``count`` names the variable that holds how many iterations were begun, where the body may break. ``snapshots`` is,
    in a loop over ``zg.checkpoint_range``, how many of its states are kept; zero leaves that open.
    """

    var: str
    start: Expr
    stop: Expr
    step: Expr
    body: Block
    count: str | None = None
    span: Span = field(default=NOWHERE, compare=False)
    snapshots: Expr | None = None


@dataclass(frozen=True, slots=True)
class While(Region):
    """``while test``; ``count`` names the variable that holds how many iterations were begun."""

    test: Expr
    body: Block
    count: str
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Clause:
    """``except classes as error``; ``error`` is the variable that holds the exception, if it is needed."""

    classes: tuple[Const, ...]
    body: Block = ()
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Attempt(Region):
    """``try``: ``body`` until something raises, then the first clause that fits, or ``orelse`` if nothing raises.

    Two variables say afterwards how it went: ``caught`` is the number of the clause, 0 if nothing was raised, and
    ``done`` counts how many steps of the body happened. A step is an ``If`` in the body that asks just this
    (``steps``): on the way forward it runs without being asked, on the way back only if it happened. A step happens
    whole or not at all: it holds no compound statements, and only its first one may raise. A body without steps is
    allowed where every clause ends with a raise, so that there is no way back from a body that was left half-way.
    """

    body: Block
    clauses: tuple[Clause, ...]
    orelse: Block
    caught: str
    done: str
    span: Span = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Break(Leaf):
    """Leave the loop. Always the last statement of its block, and so are the blocks around it within the loop."""

    span: Span = field(default=NOWHERE, compare=False)


Stmt = Assign | Accumulate | Store | Append | Pop | Effect | Raise | Invoke | If | For | While | Attempt | Break
Block = tuple[Stmt, ...]
Loop = (For, While)


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter of a lowered function: one leaf of an argument, or of a free variable."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Function:
    """A function in the IR. ``result`` holds one expression for each leaf of the returned structure.

    ``exit`` is the place of its ``return``; where there are several, each has assigned the result in its own place, and
    it is that of the function.
    """

    name: str
    params: tuple[Param, ...]
    body: Block
    result: tuple[Expr, ...]
    result_kind: Kind = FLOAT
    filename: str = ""
    span: Span = NOWHERE
    exit: Span = NOWHERE


# Operators that Python spells with words, as functions. Their operands are conditions and carry no derivative.
def logical_and(*operands: Any) -> bool: ...
def logical_or(*operands: Any) -> bool: ...


def number(value: float) -> Const:
    return Const(value, Scalar("float64" if isinstance(value, float) else "int64"))


def text_const(value: str | None) -> Const:
    return Const(value, Static(value))


def call(fn: Callable[..., Any] | Attribute | Method, *args: Expr, kind: Kind, text: str | None = None) -> Apply:
    return Apply(fn, args, (), kind, text)


ZERO = Const(0.0, FLOAT)
COMPLEX_ZERO = Const(0j, Scalar("complex128"))
ONE = Const(1.0, FLOAT)
TRUE = Const(True, BOOL)
FALSE = Const(False, BOOL)
INT_ZERO = Const(0, INT)
INT_ONE = Const(1, INT)
WHOLE = Const(Ellipsis, Static(Ellipsis))

GETITEM = operator.getitem


def was_done(done: str, step: int) -> Expr:
    """The test of a step that is not the last one."""
    return Apply(operator.ge, (Name(done, INT), Const(step, INT)), (), BOOL)


def in_steps(blocks: list[Block], caught: str, done: str) -> Block:
    """The body of an attempt, of which each block happens whole or not at all."""
    last = len(blocks)
    tests = (was_done(done, i) if i < last else was_caught(caught, 0) for i in range(1, last + 1))
    return tuple(If(test, block, (), block[0].span) for test, block in zip(tests, blocks, strict=True))


def was_caught(caught: str, clause: int) -> Expr:
    """Whether the clause of this number ran; for 0, whether none did, which is the test of the last step."""
    return Apply(operator.eq, (Name(caught, INT), Const(clause, INT)), (), BOOL)


def is_getitem(expr: Expr) -> bool:
    return isinstance(expr, Apply) and expr.fn is GETITEM
