"""Printing: from the IR of a generated function to Python source with a map of its lines."""

from __future__ import annotations

import builtins
import math
import operator
from collections import Counter
from keyword import iskeyword
from typing import Any

import numpy as np

from zygote_nb.backend.attempts import names_asked, print_attempt, readers
from zygote_nb.backend.turns import wait_for_each_other
from zygote_nb.dataclass import dataclass, field, replace
from zygote_nb.ir.callables import Variant, default_name
from zygote_nb.ir.core import (
    INT_ONE,
    INT_ZERO,
    Accumulate,
    Append,
    Apply,
    Assign,
    Attempt,
    Block,
    Break,
    Const,
    Effect,
    Expr,
    For,
    If,
    Invoke,
    Name,
    Pop,
    Raise,
    Stmt,
    Store,
    Tuple,
    While,
    is_getitem,
)
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import Array, Scalar
from zygote_nb.ir.text import show, show_index
from zygote_nb.ir.walk import all_bound, all_read, read, statements

UPDATES = {operator.add: "+=", operator.sub: "-=", operator.mul: "*=", operator.truediv: "/="}
TAG_COLUMN = 56
WITHIN = "in range"
"""Behind lines whose indices need no check."""
IN_TURN = "in turn"
"""Behind lines that add to an element in a loop whose iterations wait for each other."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of generated code: its text, the user's line that it comes from (0 for none), and its sweep.

    ``within`` says that its indices are known to stay within their arrays, ``in_turn`` that it adds to an element in a
    loop whose iterations wait for each other.
    """

    text: str
    source: int = 0
    role: str = ""
    origin: int = 0
    within: bool = False
    in_turn: bool = False


@dataclass(slots=True)
class Printer:
    """Prints functions, those ``defined`` in one text, and collects what the text names."""

    namespace: dict[str, Any] = field(default_factory=lambda: {"np": np})
    defined: frozenset[str] = frozenset()
    lines: list[Line] = field(default_factory=list)
    in_place: frozenset[str] = frozenset()
    variables: frozenset[str] = frozenset()
    role: str = ""
    origin: int = 0
    whole: Block = ()
    asked: frozenset[str] = frozenset()
    readers: Counter[str] = field(default_factory=Counter)
    within: frozenset[int] = frozenset()
    in_turn: bool = False

    # Names of functions and other constants

    def name_of(self, value: Any, text: str | None) -> str:
        value = value.fn if isinstance(value, Variant) else value
        shown = default_name(value, text)
        head = shown.split(".")[0]
        if head == "np":
            return shown
        if head == "math":
            self.namespace["math"] = math
            return shown
        if getattr(builtins, shown, None) is value:
            return shown
        if not shown.isidentifier() or iskeyword(shown):
            shown = f"constant_{len(self.namespace)}"
        name, number = shown, 0
        while name in self.variables or name in self.defined or self.namespace.get(name, value) is not value:
            number += 1
            name = f"{shown}_{number}"
        self.namespace[name] = value
        return name

    def show(self, expr: Expr) -> str:
        return show(expr, self.name_of)

    # Lines

    def line(self, depth: int, text: str, source: int = 0, stmt: Stmt | None = None) -> None:
        within = id(stmt) in self.within
        in_turn = self.in_turn and isinstance(stmt, Accumulate) and stmt.index is not None
        self.lines.append(Line("    " * depth + text, source, self.role, self.origin, within, in_turn))

    def generated(self, f: Generated) -> None:
        """Print a function. What the forward half of a pair returns comes from the user's ``return``, if it is one."""
        user = None if f.source is None else f.source.function
        origin, exit_ = (0, 0) if user is None else (user.span.line, user.exit.line)
        half = not f.backward and not f.seeds and exit_ != origin
        results = exit_ if half else 0
        if f.repeats:
            self.generator(f, origin)
            return
        self.function(f.name, f.params, f.forward, f.backward, f.results, f.in_place, f.bundled, origin, results)

    def generator(self, f: Generated, origin: int) -> None:
        """Print a gradient whose backward sweep runs any number of times."""
        self.begin(f.name, f.params, (*f.forward, *f.backward), f.results, f.in_place, origin)
        self.role = "forward"
        self.block(f.forward, 1)
        self.role = "backward"
        self.line(1, "while True:")
        self.block(f.backward, 2)
        self.line(2, "yield (" + ", ".join(self.show(r) for r in f.results) + ",)")

    def function(
        self,
        name: str,
        params: tuple[str, ...],
        forward: Block,
        backward: Block,
        results: tuple[Expr, ...],
        in_place: frozenset[str],
        bundled: int | None = None,
        origin: int = 0,
        exit_: int = 0,
    ) -> None:
        """Print one function; ``origin`` is the line of the user's ``def``, ``exit_`` the one that the results have."""
        self.begin(name, params, (*forward, *backward), results, in_place, origin)
        both = bool(forward) and bool(backward)
        for role, block in (("forward", forward), ("backward", backward)):
            self.role = role if block else self.role
            if both:
                self.line(1, f"# {role}")
            self.block(block, 1)
        self.role = "backward" if backward else "forward"
        self.returned(results, bundled, exit_)

    def begin(
        self,
        name: str,
        params: tuple[str, ...],
        both_sweeps: Block,
        results: tuple[Expr, ...],
        in_place: frozenset[str],
        origin: int,
    ) -> None:
        if self.lines:
            self.line(0, "")
            self.line(0, "")
        self.origin = origin
        self.in_place = in_place
        self.whole = (*both_sweeps, *(Effect(r) for r in results))
        self.asked, self.readers = names_asked(self.whole), readers(self.whole)
        self.variables = frozenset({*params, *all_bound(both_sweeps), *all_read(both_sweeps)})
        self.role = ""
        self.line(0, f"def {name}({', '.join(params)}):")

    def returned(self, results: tuple[Expr, ...], bundled: int | None, source: int) -> None:
        if results:
            self.line(1, "return " + ", ".join(self.show(r) for r in results), source)
        elif len(self.lines) and self.lines[-1].text.startswith("def "):
            self.line(1, "pass")

    def block(self, block: Block, depth: int) -> None:
        if not block:
            return
        for stmt in block:
            self.stmt(stmt, depth)

    def body(self, block: Block, depth: int) -> None:
        if block:
            self.block(block, depth)
        else:
            self.line(depth, "pass")

    def stmt(self, stmt: Stmt, depth: int) -> None:
        source = stmt.span.line
        match stmt:
            case If():
                self.branch(stmt, depth)
            case For():
                self.loop(stmt, depth)
            case While():
                self.line(depth, f"while {self.show(stmt.test)}:", source)
                self.body(stmt.body, depth + 1)
            case Attempt():
                print_attempt(self, stmt, depth)
            case _:
                self.line(depth, self.leaf(stmt), source, stmt)

    def branch(self, stmt: If, depth: int, word: str = "if", left: bool = True) -> None:
        """``left`` says that all branches of the chain so far end in a jump."""
        self.line(depth, f"{word} {self.show(stmt.test)}:", stmt.span.line, stmt)
        self.body(stmt.body, depth + 1)
        if not stmt.orelse:
            return
        left = left and leaves(stmt.body)
        if left:
            self.block(stmt.orelse, depth)
        elif len(stmt.orelse) == 1 and isinstance(stmt.orelse[0], If):
            self.branch(stmt.orelse[0], depth, "elif", left)
        else:
            self.line(depth, "else:")
            self.body(stmt.orelse, depth + 1)

    def loop(self, stmt: For, depth: int) -> None:
        element = iterated(stmt)
        if element is not None:
            self.line(depth, f"for {element.target} in {self.show(element.value.args[0])}:", stmt.span.line)  # type: ignore[union-attr]
            self.body(stmt.body[1:], depth + 1)
            return
        bounds = [self.show(b) for b in (stmt.start, stmt.stop, stmt.step)]
        if stmt.step == INT_ONE:
            bounds = bounds[:2] if stmt.start != INT_ZERO else bounds[1:2]
        self.line(depth, f"for {stmt.var} in range({', '.join(bounds)}):", stmt.span.line, stmt)
        self.in_turn = bool(self.within) and wait_for_each_other(stmt.body)
        self.body(stmt.body, depth + 1)
        self.in_turn = False

    def leaf(self, stmt: Stmt) -> str:
        match stmt:
            case Assign():
                return self.assign(stmt)
            case Accumulate():
                return self.accumulate(stmt)
            case Store():
                return self.store(stmt)
            case Append():
                return f"{stmt.base}.append({self.show(stmt.value)})"
            case Pop():
                left = f"{', '.join(stmt.targets)} = " if stmt.targets else ""
                return f"{left}{stmt.base}.pop()"
            case Effect():
                left = f"{stmt.target} = " if stmt.target else ""
                return f"{left}{self.show(stmt.value)}"
            case Raise():
                return "raise" if stmt.value is None else f"raise {self.show(stmt.value)}"
            case Invoke():
                left = f"{', '.join(stmt.targets)} = " if stmt.targets else ""
                return f"{left}{stmt.callee}({', '.join(map(self.show, stmt.args))})"
            case Break():
                return "break"
        raise TypeError(stmt)

    def assign(self, stmt: Assign) -> str:
        value = stmt.value
        updated = self.update(Name(stmt.target), value) if isinstance(value.kind, Scalar) else None
        return f"{stmt.target} {updated}" if updated else f"{stmt.target} = {self.show(value)}"

    def update(self, place: Expr, value: Expr) -> str | None:
        """``+= e`` where the value is the place itself, first operand of an operator."""
        if isinstance(value, Apply) and value.fn in UPDATES and len(value.args) == 2:
            if value.args[0] == place:
                return f"{UPDATES[value.fn]} {self.show(value.args[1])}"
            if value.fn is operator.mul and value.args[1] == place:
                return f"*= {self.show(value.args[0])}"
            rest = without_first(value, place)
            if rest is not None:
                return f"{UPDATES[value.fn if value.fn is not operator.truediv else operator.mul]} {self.show(rest)}"
        return None

    def accumulate(self, stmt: Accumulate) -> str:
        place = stmt.target if stmt.base is None else self.show(stmt.base)
        if stmt.index is not None:
            place += f"[{show_index(stmt.index, self.name_of)}]"
        in_place = (
            stmt.memory or stmt.index is not None or not isinstance(stmt.kind, Array) or stmt.target in self.in_place
        )
        value, sign = stmt.value, "+"
        if isinstance(value, Apply) and value.fn is operator.neg:
            value, sign = value.args[0], "-"
        elif isinstance(value, Apply):
            positive = without_sign(value)
            if positive is not None:
                value, sign = positive, "-"
        if in_place:
            return f"{place} {sign}= {self.show(value)}"
        return f"{place} = {place} {sign} {show(value, self.name_of, 13)}"

    def store(self, stmt: Store) -> str:
        if stmt.add:
            return f"np.add.at({self.show(stmt.base)}, {self.show(stmt.index)}, {self.show(stmt.value)})"
        place = Apply(operator.getitem, (stmt.base, whole(stmt)))
        scalar = not isinstance(stmt.value.kind, Array)
        updated = self.update(place, stmt.value) if scalar else None
        return f"{self.show(place)} {updated}" if updated else f"{self.show(place)} = {self.show(stmt.value)}"


def whole(stmt: Store) -> Expr:
    """``y[:] = ...`` for the whole of an array that has axes."""
    index = stmt.index
    if (
        isinstance(index, Const)
        and index.value is Ellipsis
        and isinstance(stmt.base.kind, Array)
        and stmt.base.kind.ndim
    ):
        none = Const(None)
        return Apply(slice, (none, none, none))
    return index


def without_first(value: Apply, place: Expr) -> Expr | None:
    """``a * b`` for ``place * a * b``: the rest of a chain of one operator that starts with the place."""
    if value.fn is not operator.mul:
        return None
    left, right = value.args
    if left == place:
        return right
    if isinstance(left, Apply) and left.fn is operator.mul:
        rest = without_first(left, place)
        if rest is not None:
            return replace(value, args=(rest, right))
    return None


def without_sign(value: Apply) -> Expr | None:
    """``2.0 * x`` for ``-2.0 * x``."""
    if value.fn in (operator.mul, operator.truediv):
        left = value.args[0]
        if isinstance(left, Const) and isinstance(left.value, float) and left.value < 0:
            return replace(value, args=(Const(-left.value, left.kind), value.args[1]))
        if isinstance(left, Apply) and left.fn is operator.neg and value.fn is operator.truediv:
            return replace(value, args=(left.args[0], value.args[1]))
        if isinstance(left, Apply):
            inner = without_sign(left)
            if inner is not None:
                return replace(value, args=(inner, value.args[1]))
    return None


def leaves(block: Block) -> bool:
    """Whether the block always ends in a break or a raise, so that no ``else`` is needed after it."""
    if not block:
        return False
    last = block[-1]
    if isinstance(last, If):
        return bool(last.orelse) and leaves(last.body) and leaves(last.orelse)
    return isinstance(last, (Break, Raise))


def iterated(stmt: For) -> Assign | None:
    """The binding ``t = v[i]`` with which a loop over the length of ``v`` begins, if ``i`` serves nothing else."""
    if not stmt.body or stmt.start != INT_ZERO or stmt.step != INT_ONE:
        return None
    first = stmt.body[0]
    if not isinstance(first, Assign) or not is_getitem(first.value):
        return None
    base, index = first.value.args  # type: ignore[union-attr]
    if not isinstance(base, Name) or index != Name(stmt.var):
        return None
    if stmt.stop != Apply(len, (base,)) or stmt.var in all_read(stmt.body[1:]):
        return None
    touched = {n for s in statements(stmt.body) if isinstance(s, (Store, Append, Pop)) for n in read(s)}
    return first if base.id not in touched else None


def with_tags(lines: list[Line]) -> list[str]:
    """The text, with the user's line behind each line that begins to come from another one."""
    out: list[str] = []
    last = (0, "")
    for line in lines:
        here = (line.source, line.role)
        tags = [str(line.source - line.origin + 1)] if line.source and here != last else []
        tags += [IN_TURN] if line.within and line.in_turn else []
        tags += [WITHIN] if line.within else []
        out.append(f"{line.text + '  ':<{TAG_COLUMN}}# {', '.join(tags)}" if tags else line.text)
        last = here
    return out


__all__ = ["IN_TURN", "WITHIN", "Line", "Printer", "Tuple", "with_tags"]
