"""Lowering of expressions: Python's ast to the IR, specialised to the kinds of the arguments."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from types import FunctionType
from typing import TYPE_CHECKING, Any

import numpy as np

from zygote_nb.dataclass import dataclass, field, replace
from zygote_nb.errors import Location, NoRuleError, UnsupportedSyntaxError, ZygoteError
from zygote_nb.frontend import (
    access,
    binding,
    comparisons,
    conditions,
    displays,
    infer,
    operators,
    overloads,
    variables,
)
from zygote_nb.frontend import growing as lists
from zygote_nb.frontend.carriers import Carriers
from zygote_nb.frontend.free import Path
from zygote_nb.frontend.heap import Obj, deep_entries, entries, is_slot
from zygote_nb.frontend.maybe import Maybe
from zygote_nb.frontend.settings import make_known
from zygote_nb.frontend.syntax import walk
from zygote_nb.frontend.unsampled import entry_of
from zygote_nb.frontend.values import fold, make_tuple, static
from zygote_nb.ir.core import (
    FALSE,
    TRUE,
    Apply,
    Assign,
    Block,
    Const,
    Effect,
    Expr,
    Name,
    Span,
    Stmt,
    Tuple,
)
from zygote_nb.ir.kinds import INT, Array, Bottom, Opaque, Reference, Scalar, Static, TupleOf, describe, is_unknown_yet
from zygote_nb.ir.walk import subexpressions

if TYPE_CHECKING:
    from zygote_nb.frontend.program import Program
    from zygote_nb.frontend.source import Source


# Objects that stand for several have numbers of their own, above those that are made.
JOINT_IDENTS = 1_000_000


class Ended(Exception):
    """The program surely raises here; what follows in the block is never reached."""

    def __init__(self, error: type[BaseException], message: str, raised: Expr | None = None) -> None:
        self.error, self.message, self.raised = error, message, raised


@dataclass(slots=True)
class Lowering:
    """The state while one function is lowered: the variables in scope, and the block being written.

    ``protected`` counts the handlers around here, ``perhaps`` the operands that may not be evaluated. ``snapshots``
    are the variables after each statement that an exception may follow, ``handled`` the exceptions of the handlers
    around here. ``flags`` say of variables whether they are set, where this needs saying; ``deleted`` are those that a
    ``del`` names. One that ``foresees`` ends a path where a division by a constant zero surely raises.
    """

    source: Source
    program: Program
    path: Path
    env: dict[str, Any] = field(default_factory=dict)
    out: list[Stmt] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    local_names: frozenset[str] = frozenset()
    mutated: frozenset[str] = frozenset()
    free: dict[str, Expr] = field(default_factory=dict)
    trees: list[ast.AST] = field(default_factory=list)
    inner: dict[int, Any] = field(default_factory=dict)
    inlining: list[ast.AST] = field(default_factory=list)
    label: str | None = None
    rebinding: tuple[str, ast.AST] | None = None
    field_names: set[str] = field(default_factory=set)
    joints: dict[Any, Any] = field(default_factory=dict)
    kept_names: set[str] = field(default_factory=set)
    list_places: dict[str, Any] = field(default_factory=dict)
    written: dict[int, Any] = field(default_factory=dict)
    recent: list[Obj] = field(default_factory=list)
    returned: list[tuple[ast.AST, Any]] = field(default_factory=list)
    idents: int = 0
    turns: dict[int, int] = field(default_factory=dict)
    broken: dict[int, list[tuple[Stmt, dict[str, Any]]]] = field(default_factory=dict)
    outer_names: frozenset[str] = frozenset()
    closure: Obj | None = None
    closing: list[Any] = field(default_factory=list)
    protected: int = 0
    perhaps: int = 0
    snapshots: list[dict[str, Any]] | None = None
    handled: list[str] = field(default_factory=list)
    flags: dict[str, str] = field(default_factory=dict)
    list_columns: dict[str, str] = field(default_factory=dict)
    list_names: dict[str, set[str]] = field(default_factory=dict)
    unshared: set[str] = field(default_factory=set)
    rekinded: dict[str, Any] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    statement: ast.stmt | None = None
    carriers: Carriers = field(default_factory=Carriers)
    foresees: bool = True

    def nodes(self) -> list[ast.AST]:
        """All nodes of the function, and of inner functions that were written out."""
        return [n for tree in (self.source.tree, *self.trees) for n in walk(tree)]

    # Places, names and refusals

    def span(self, node: ast.AST) -> Span:
        """The place of a statement; of one that came from another function, the place where that is used."""
        return self.own_span(getattr(node, "used_at", node))

    def own_span(self, node: ast.AST) -> Span:
        return Span(
            getattr(node, "lineno", 0),
            getattr(node, "col_offset", 0),
            getattr(node, "end_lineno", 0) or 0,
            getattr(node, "end_col_offset", 0) or 0,
        )

    def location(self, node: ast.AST) -> Location:
        span = self.own_span(node)
        end = span.end_col if span.end_line == span.line else span.col + 1
        return Location(getattr(node, "origin", self.source.filename), span.line, span.col, end)

    def refuse(
        self, node: ast.AST, what: str, hint: str, error: type[ZygoteError] = UnsupportedSyntaxError
    ) -> ZygoteError:
        return error(what, at=self.location(node), hint=hint)

    def raised(self, node: ast.AST, error: type[BaseException], message: str) -> Ended:
        """What Python raises at this point, whatever the values are."""
        return Ended(error, message)

    def fresh(self, stem: str) -> str:
        """A variable name that the user's function and the generated code do not use."""
        stem = stem if stem.isidentifier() else f"_{stem}"
        name, number = stem, 0
        while name in self.taken or name in self.kept_names:
            number += 1
            name = f"{stem}{number}"
        self.taken.add(name)
        return name

    def lasting(self, stem: str) -> str:
        """A name in nodes that are kept while a loop is lowered again: nothing else gets it then."""
        name = self.fresh(stem)
        self.kept_names.add(name)
        return name

    def new_ident(self) -> int:
        self.idents += 1
        return self.idents

    def joint_ident(self, node: ast.AST, turn: int, where: str) -> int:
        """The number of the object that stands for two where paths meet; the same each time a loop is lowered."""
        key = (id(node), turn, where, "object")
        if key not in self.joints:
            self.joints[key] = JOINT_IDENTS + len(self.joints)
        number: int = self.joints[key]
        return number

    def joint_name(self, node: ast.AST, turn: int, where: str) -> str:
        key = (id(node), turn, where)
        if key not in self.joints:
            self.joints[key] = self.fresh(where)
        name: str = self.joints[key]
        self.taken.add(name)
        self.field_names.add(name)
        return name

    def joint_names(self) -> set[str]:
        """The variables into which paths copied when a loop was lowered before: these have their places."""
        return {n for n in self.joints.values() if isinstance(n, str)}

    def next_turn(self, node: ast.AST) -> int:
        """How often paths have met at this place: a loop that is written out comes by more than once."""
        self.turns[id(node)] = turn = self.turns.get(id(node), 0) + 1
        return turn

    def temporary(self, stem: str, value: Expr, node: ast.AST) -> Name:
        name = self.fresh(stem)
        self.out.append(Assign(name, value, self.span(node)))
        self.note_list(name, value)
        return Name(name, value.kind)

    def sub_block(self, write: Callable[[], Any]) -> tuple[Block, Any]:
        """What ``write`` appends, as a block of its own."""
        outer, self.out = self.out, []
        try:
            value = write()
            return tuple(self.out), value
        finally:
            self.out = outer

    # Expressions

    def value(self, node: ast.expr) -> Any:
        """An expression; a list or an object by reference."""
        from zygote_nb.frontend.expressions import EXPRESSIONS

        lower = EXPRESSIONS.get(type(node))
        if lower is None:
            what = f"{type(node).__name__} expressions are not differentiated"
            raise self.refuse(node, what, "rewrite this expression with plain arithmetic, calls and indexing")
        return lower(self, node)

    def expr(self, node: ast.expr) -> Any:
        """An expression; a list of fixed structure as what it holds now."""
        return self.snapshot(self.value(node))

    def snapshot(self, value: Any) -> Any:
        return entries(self, value)

    def exprs(self, nodes: list[ast.expr]) -> list[Any]:
        return [self.snapshot(v) for v in self.held(nodes)]

    def constant(self, value: Any) -> Const:
        """A Python constant."""
        match value:
            case bool():
                return TRUE if value else FALSE
            case int():
                return Const(int(value), INT)
            case float():
                return Const(value)
            case complex():
                return Const(value, Scalar("complex128"))
        return static(value)

    def constant_or_value(self, value: Any) -> Any:
        return value if isinstance(value, (Expr, Obj)) else self.constant(value)

    def tuple_of(self, items: list[Any]) -> Tuple:
        return make_tuple(tuple(items), tuple)

    def as_array(self, node: ast.AST, value: Any) -> Any:
        """A list or tuple display as an array."""
        return self.apply(node, np.array, [value]) if isinstance(value, (Tuple, Obj)) else value

    def rekind(self, name: str, kind: Any) -> None:
        """A variable turns out to be of another kind, wherever it is held; a list, under all of its names."""
        for other in sorted(self.list_names.get(name, {name})):
            self.rekind_one(other, kind)

    def rekind_one(self, name: str, kind: Any) -> None:
        self.rekinded[name] = kind
        new = Name(name, kind)
        self.free.update({k: told(v, new) for k, v in self.free.items()})
        for key, value in self.env.items():
            if is_slot(key):
                self.env[key] = replace(value, fields=tuple((k, told(v, new)) for k, v in value.fields))
            else:
                self.env[key] = told(value, new)

    def length(self, value: Expr) -> Expr:
        return Apply(len, (value,), (), INT)

    def shown(self, node: ast.AST, value: Any) -> Expr:
        """A value that is printed or formatted: objects as text would need the user's class."""
        value = deep_entries(self, value)
        parts = [value]
        for part in parts:
            if isinstance(part, Obj):
                raise self.refuse(node, f"{describe(part.kind)} is shown as text", "show its attributes")
            parts += part.items if isinstance(part, Tuple) else ()
        return value  # type: ignore[no-any-return]

    # Building

    def call_value(self, node: ast.AST, fn: Any, args: list[Any], kwargs: tuple[tuple[str, Any], ...] = ()) -> Any:
        """The result of calling any function value with evaluated arguments."""
        from zygote_nb.frontend.calls import call_value

        return call_value(self, node, fn, args, kwargs)

    def apply(self, node: ast.AST, fn: Any, args: list[Any], kwargs: tuple[tuple[str, Any], ...] = ()) -> Any:
        """A primitive applied to expressions, with the kind of its result."""
        span = self.span(node)
        args = [deep_entries(self, a) for a in args]
        kwargs = tuple((k, deep_entries(self, v)) for k, v in kwargs)
        self.check_operands(node, fn, [*args, *(v for _, v in kwargs)])
        if any(is_unknown_yet(e.kind) for e in (*args, *(v for _, v in kwargs))):
            return Apply(fn, tuple(args), kwargs, Bottom(), None, span)
        folded = fold(fn, args)
        if folded is not None:
            return folded
        try:
            kind = infer.result_kind(fn, tuple(args), kwargs)
        except infer.Unknown as unknown:
            make_known(self, [*args, *(v for _, v in kwargs)])
            shown = ", ".join(describe(a.kind) for a in args)
            what = f"what `{ast.unparse(node)}` gives for {shown} can't be told"
            if isinstance(unknown, infer.LengthsDecide):
                what = f"how many axes `{ast.unparse(node)}` has depends on lengths that are known only when it runs"
                raise self.refuse(node, what, "name the axes that are left out: np.squeeze(x, axis=0)") from None
            if str(unknown):
                what = f"`{ast.unparse(node)}` fails for {shown}: {unknown}"
            hint = "check the shapes and types of the arguments; if they are right, write a rule with zg.rrule"
            raise self.refuse(node, what, hint) from None
        if isinstance(kind, Static):
            return Const(kind.value, kind)
        return self.spread(Apply(fn, tuple(args), kwargs, kind, None, span))

    def check_operands(self, node: ast.AST, fn: Any, values: list[Any]) -> None:
        for value in values:
            for part in value.items if isinstance(value, Tuple) else (value,):
                if isinstance(part, Obj):
                    name = getattr(fn, "__name__", getattr(fn, "name", str(fn)))
                    what = f"{describe(part.kind)} is given to `{name}`"
                    raise self.refuse(node, what, "pass its attributes or entries")

    def spread(self, value: Apply) -> Expr:
        """A primitive that returns a tuple is evaluated once, and its entries are read from the variable."""
        if not isinstance(value.kind, TupleOf) or not value.kind.items:
            return value
        name = self.fresh("t")
        self.out.append(Assign(name, value, value.span))
        whole = Name(name, value.kind)
        items = [entry_of(value, whole, i, k) for i, k in enumerate(value.kind.items)]
        return make_tuple(tuple(items), value.kind.cls)

    def effect(self, node: ast.AST, value: Expr) -> None:
        self.out.append(Effect(value, self.span(node)))

    # What other files of this room write

    bind = binding.bind
    note_list = lists.note_list
    assigned = binding.assigned
    renamed_safely = binding.renamed_safely
    evaluated = binding.evaluated
    held = binding.held
    keep = binding.keep
    pin = binding.pin
    pinned = binding.pinned
    usable_value = variables.usable_value
    variable = variables.variable
    free_variable = variables.free_variable
    named = variables.named
    class_constant = variables.class_constant
    attribute_of = access.attribute_of
    static_attribute = access.static_attribute
    attribute = access.array_attribute
    getitem = access.getitem
    items = displays.items
    comparison = comparisons.comparison
    contains = comparisons.contains
    condition = conditions.condition
    conjunction = staticmethod(conditions.conjunction)
    disjunction = staticmethod(conditions.disjunction)
    negation = conditions.negation
    truth = conditions.truth
    branch = conditions.branch
    choose = conditions.choose
    operate = operators.operate


def no_rule(lowering: Lowering, node: ast.AST, fn: Any) -> ZygoteError:
    what, hint = lowering.program.why_not(fn)
    return lowering.refuse(node, what, hint, NoRuleError)


def told(value: Any, name: Name) -> Any:
    """The value, in which a variable has the kind that it turned out to be of."""
    if isinstance(value, Name):
        return name if value.id == name.id else value
    if isinstance(value, Tuple):
        items = tuple(told(i, name) for i in value.items)
        return value if all(map(operator.is_, items, value.items)) else make_tuple(items, value.cls)
    if isinstance(value, Maybe):
        found = told(value.value, name)
        return value if found is value.value else replace(value, value=found)
    return value


__all__ = ["Array", "FunctionType", "Lowering", "Opaque", "Reference", "no_rule", "overloads", "subexpressions"]
