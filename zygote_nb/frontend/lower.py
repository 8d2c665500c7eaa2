"""Lowering of expressions: Python's ast to the IR, specialised to the kinds of the arguments."""

from __future__ import annotations

import ast
import builtins
import operator
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import FunctionType
from typing import TYPE_CHECKING, Any

import numpy as np

from zygote_nb.errors import Location, NoRuleError, UnsupportedSyntaxError, ZygoteError
from zygote_nb.frontend import access, conditions, displays, infer, operators, overloads
from zygote_nb.frontend.free import Path, step
from zygote_nb.frontend.heap import ABSENT, Obj, adopted, deep_entries, entries, get_object, is_slot, read_field
from zygote_nb.frontend.joining import MISSING, Mixed
from zygote_nb.frontend.maybe import Maybe
from zygote_nb.frontend.values import describe, fold, leaf_names, make_tuple, static
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
from zygote_nb.ir.kinds import INT, Array, Bottom, Opaque, Reference, Scalar, Static, TupleOf, is_plain
from zygote_nb.ir.walk import all_bound, names, subexpressions

if TYPE_CHECKING:
    from zygote_nb.frontend.program import Program
    from zygote_nb.frontend.source import Source


# Objects that stand for several have numbers of their own, above those that are made.
JOINT_IDENTS = 1_000_000


class Ended(Exception):
    """The program surely raises here; what follows in the block is never reached."""

    def __init__(self, error: type[BaseException], message: str) -> None:
        self.error, self.message = error, message


@dataclass(slots=True)
class Lowering:
    """The state while one function is lowered: the variables in scope, and the block being written.

    ``protected`` counts the handlers around here, ``snapshots`` are the variables after each statement that an
    exception may follow, ``handled`` the exceptions of the handlers around here.
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
    field_names: set[str] = field(default_factory=set)
    joints: dict[Any, Any] = field(default_factory=dict)
    list_places: dict[str, Any] = field(default_factory=dict)
    written: dict[int, Any] = field(default_factory=dict)
    recent: list[Obj] = field(default_factory=list)
    returned: list[tuple[ast.AST, Any]] = field(default_factory=list)
    idents: int = 0
    turns: dict[int, int] = field(default_factory=dict)
    outer_names: frozenset[str] = frozenset()
    closure: Obj | None = None
    closing: list[Any] = field(default_factory=list)
    protected: int = 0
    snapshots: list[dict[str, Any]] | None = None
    handled: list[str] = field(default_factory=list)

    def nodes(self) -> list[ast.AST]:
        """All nodes of the function, and of inner functions that were written out."""
        return [n for tree in (self.source.tree, *self.trees) for n in ast.walk(tree)]

    # Places, names and refusals

    def span(self, node: ast.AST) -> Span:
        return Span(
            getattr(node, "lineno", 0),
            getattr(node, "col_offset", 0),
            getattr(node, "end_lineno", 0) or 0,
            getattr(node, "end_col_offset", 0) or 0,
        )

    def location(self, node: ast.AST) -> Location:
        span = self.span(node)
        end = span.end_col if span.end_line == span.line else span.col + 1
        return Location(self.source.filename, span.line, span.col, end)

    def refuse(
        self, node: ast.AST, what: str, hint: str, error: type[ZygoteError] = UnsupportedSyntaxError
    ) -> ZygoteError:
        return error(what, at=self.location(node), hint=hint)

    def raised(self, node: ast.AST, error: type[BaseException], message: str) -> Ended:
        """What Python raises at this point, whatever the values are."""
        return Ended(error, message)

    def fresh(self, stem: str) -> str:
        """A variable name that the user's function and the generated code do not use."""
        name, number = stem, 0
        while name in self.taken:
            number += 1
            name = f"{stem}{number}"
        self.taken.add(name)
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

    def next_turn(self, node: ast.AST) -> int:
        """How often paths have met at this place: a loop that is written out comes by more than once."""
        self.turns[id(node)] = turn = self.turns.get(id(node), 0) + 1
        return turn

    def temporary(self, stem: str, value: Expr, node: ast.AST) -> Name:
        name = self.fresh(stem)
        self.out.append(Assign(name, value, self.span(node)))
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

    def held(self, nodes: list[ast.expr]) -> list[Any]:
        """Several expressions from left to right; what a later one could change is evaluated first."""
        values: list[Any] = []
        for node in nodes:
            before = len(self.out)
            value = self.value(node)
            new = tuple(self.out[before:])
            if any(not isinstance(s, Assign) for s in new):
                self.pin(values, before, node, None)
            elif new:
                self.pin(values, before, node, all_bound(new))
            values.append(value)
        return values

    def pin(self, values: list[Any], at: int, node: ast.AST, changed: set[str] | None) -> None:
        """Evaluate before statement ``at`` the values that the statements from there on may change."""
        later = all_bound(tuple(self.out[at:]))
        for i, value in enumerate(values):
            values[i], at = self.pinned(value, at, node, later, changed is None)

    def pinned(self, value: Any, at: int, node: ast.AST, later: set[str], memory: bool) -> tuple[Any, int]:
        if isinstance(value, Tuple):
            items = []
            for item in value.items:
                done, at = self.pinned(item, at, node, later, memory)
                items.append(done)
            return make_tuple(tuple(items), value.cls), at
        read = names(value) & later if isinstance(value, Expr) else set()
        if read or (memory and isinstance(value, Apply)):
            name = self.fresh("t")
            self.out.insert(at, Assign(name, value, self.span(node)))
            return Name(name, value.kind), at + 1
        return value, at

    def constant(self, value: Any) -> Const:
        """A Python constant."""
        match value:
            case bool():
                return TRUE if value else FALSE
            case int():
                return Const(value, INT)
            case float():
                return Const(value)
            case complex():
                return Const(value, Scalar("complex128"))
        return static(value)

    def constant_or_value(self, value: Any) -> Any:
        return value if isinstance(value, (Expr, Obj)) else self.constant(value)

    def class_constant(self, node: ast.AST, cls: type, name: str, value: Any) -> Any:
        """The default of a field: read from the class at each call, where the class holds it."""
        if vars(cls).get(name, ABSENT) is value and not is_plain(value):
            return self.static_attribute(node, static(cls, cls.__name__), name)
        return self.constant(value) if is_plain(value) else static(value)

    def tuple_of(self, items: list[Any]) -> Tuple:
        return make_tuple(tuple(items), tuple)

    def usable_value(self, node: ast.AST, value: Any, what: str) -> Any:
        """A value that is of one kind on all paths."""
        if not isinstance(value, Mixed):
            return value
        if MISSING in value.kinds:
            raise self.refuse(node, f"{what} is there on some paths only", "set it on every path")
        kinds = " or ".join(sorted({describe(k) for k in value.kinds}))
        hint = "use different names for values of different kinds"
        raise self.refuse(node, f"{what} is {kinds}, depending on the path taken", hint)

    def variable(self, node: ast.Name) -> Any:
        if node.id in self.env:
            return self.usable_value(node, self.env[node.id], f"`{node.id}`")
        if self.closure is not None and get_object(self, self.closure).get(node.id) is not ABSENT:
            return read_field(self, node, self.closure, node.id)
        if node.id in self.local_names and node.id not in self.outer_names:
            what = f"`{node.id}` is read before it is assigned"
            raise self.refuse(node, what, "assign it first; Python would raise UnboundLocalError here")
        return self.free_variable(node, node.id)

    def free_variable(self, node: ast.AST, name: str) -> Any:
        written = self.program.written_outside(self, node, name)
        if written is not None:
            return written
        if name in self.free:
            return self.free[name]
        function = self.source.function
        path = step(self.path, function, name)
        if path is None:
            if hasattr(builtins, name):
                return static(getattr(builtins, name), name)
            error = NameError(f"name {name!r} is not defined")
            raise self.refuse(node, str(error), "define it before the gradient is taken")
        value = self.program.free_value(self, node, name, path)
        if not isinstance(value, Obj):
            self.free[name] = value
        return value

    def as_array(self, node: ast.AST, value: Any) -> Any:
        """A list or tuple display as an array."""
        return self.apply(node, np.array, [value]) if isinstance(value, (Tuple, Obj)) else value

    def rekind(self, name: str, kind: Any) -> None:
        """A variable turns out to be of another kind, wherever it is held."""
        for key, value in self.env.items():
            if isinstance(value, Name) and value.id == name:
                self.env[key] = Name(name, kind)
            elif is_slot(key):
                fields = tuple((k, Name(name, kind) if v == Name(name) else v) for k, v in value.fields)
                self.env[key] = replace(value, fields=fields)

    def length(self, value: Expr) -> Expr:
        return Apply(len, (value,), (), INT)

    def shown(self, node: ast.AST, value: Any) -> Expr:
        """A value that is printed or formatted: objects as text would need the user's class."""
        value = deep_entries(self, value)
        if any(isinstance(v, Obj) for v in (value.items if isinstance(value, Tuple) else (value,))):
            raise self.refuse(node, f"{describe(value.kind)} is shown as text", "show its attributes")
        return value  # type: ignore[no-any-return]

    def named(self, node: ast.NamedExpr) -> Any:
        self.bind(node.target.id, self.value(node.value), node)
        return self.variable(ast.copy_location(ast.Name(node.target.id, ast.Load()), node))

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
        if any(isinstance(e.kind, Bottom) for e in (*args, *(v for _, v in kwargs))):
            return Apply(fn, tuple(args), kwargs, Bottom(), None, span)
        folded = fold(fn, args)
        if folded is not None:
            return folded
        try:
            kind = infer.result_kind(fn, tuple(args), kwargs)
        except infer.Unknown:
            shown = ", ".join(describe(a.kind) for a in args)
            what = f"what `{ast.unparse(node)}` gives for {shown} can't be told"
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
        items = [Apply(operator.getitem, (whole, Const(i, INT)), (), k) for i, k in enumerate(value.kind.items)]
        return make_tuple(tuple(items), value.kind.cls)

    def effect(self, node: ast.AST, value: Expr) -> None:
        self.out.append(Effect(value, self.span(node)))

    # Binding

    def bind(self, name: str, value: Any, node: ast.AST) -> None:
        """``name = value``, for a variable of the user's."""
        if self.program.write_outside(self, node, name, value):
            return
        if isinstance(value, Tuple) and value.cls is list:
            if name in self.mutated and self.program.may_grow(self, value):
                value = self.program.list_display(self, node, value)
                self.list_places[name] = self.list_places[value.id]
            else:
                value = self.program.list_object(self, node, name, value)
        elif isinstance(value, Tuple):
            value = adopted(self, node, name, value)
        self.env[name] = self.assigned(node, name, self.renamed_safely(name, value, node))

    def assigned(self, node: ast.AST, name: str, value: Any) -> Any:
        """Bind the leaves of a value to variables called after ``name``; what is static stays."""
        if isinstance(value, Obj):
            return value
        if isinstance(value, Maybe):
            test = self.assigned(node, f"{name}_given", value.test)
            return Maybe(test, self.assigned(node, name, value.value))
        if isinstance(value, Tuple):
            items = [self.assigned(node, f"{name}_{i}", item) for i, item in enumerate(value.items)]
            return make_tuple(tuple(items), value.cls)
        if isinstance(value, Const) and isinstance(value.kind, Static):
            return value
        if value != Name(name):
            self.taken.add(name)
            self.out.append(Assign(name, value, self.span(node)))
        return Name(name, value.kind)

    def renamed_safely(self, name: str, value: Any, node: ast.AST) -> Any:
        """Entries of a tuple that read a variable which an earlier entry's binding overwrites are evaluated first."""
        if not isinstance(value, Tuple):
            return value
        targets = {n for n, _ in leaf_names(name, value)}
        items = list(value.items)
        for i, item in enumerate(items):
            if names(item) & targets and not (isinstance(item, Name) and item.id == f"{name}_{i}"):
                items[i] = self.evaluated(item, node)
        return make_tuple(tuple(items), value.cls)

    def evaluated(self, value: Any, node: ast.AST) -> Any:
        if isinstance(value, Tuple):
            return make_tuple(tuple(self.evaluated(i, node) for i in value.items), value.cls)
        if isinstance(value, (Const, Obj)):
            return value
        if isinstance(value, Maybe):
            return Maybe(self.evaluated(value.test, node), self.evaluated(value.value, node))
        return self.temporary("t", value, node)

    # What other files of this room write

    attribute_of = access.attribute_of
    static_attribute = access.static_attribute
    attribute = access.array_attribute
    getitem = access.getitem
    items = displays.items
    comparison = conditions.comparison
    contains = conditions.contains
    condition = conditions.condition
    conjunction = staticmethod(conditions.conjunction)
    disjunction = staticmethod(conditions.disjunction)
    negation = conditions.negation
    truth = conditions.truth
    branch = conditions.branch
    choose = conditions.choose
    operate = operators.operate


def lower_constant(lo: Lowering, node: ast.Constant) -> Expr:
    return lo.constant(node.value)


def lower_lambda(lo: Lowering, node: ast.Lambda) -> Any:
    from zygote_nb.frontend.local import define

    return define(lo, node)


def lower_call_expression(lo: Lowering, node: ast.Call) -> Any:
    from zygote_nb.frontend.calls import lower_call

    return lower_call(lo, node)


def lower_any_comprehension(lo: Lowering, node: ast.ListComp | ast.GeneratorExp) -> Any:
    from zygote_nb.frontend.comprehensions import lower_comprehension

    return lower_comprehension(lo, node)


def lower_any_dict_comprehension(lo: Lowering, node: ast.DictComp) -> Any:
    from zygote_nb.frontend.comprehensions import lower_dict_comprehension

    return lower_dict_comprehension(lo, node)


EXPRESSIONS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Constant: lower_constant,
    ast.Name: Lowering.variable,
    ast.Attribute: access.lower_attribute,
    ast.Subscript: access.lower_subscript,
    ast.Slice: access.lower_slice,
    ast.BinOp: operators.lower_bin_op,
    ast.UnaryOp: operators.lower_unary_op,
    ast.Compare: conditions.lower_compare,
    ast.BoolOp: conditions.lower_bool_op,
    ast.IfExp: conditions.lower_if_exp,
    ast.Tuple: displays.lower_tuple,
    ast.List: displays.lower_list,
    ast.Dict: displays.lower_dict,
    ast.Set: displays.lower_set,
    ast.JoinedStr: displays.lower_joined_str,
    ast.NamedExpr: Lowering.named,
    ast.Call: lower_call_expression,
    ast.Lambda: lower_lambda,
    ast.ListComp: lower_any_comprehension,
    ast.GeneratorExp: lower_any_comprehension,
    ast.DictComp: lower_any_dict_comprehension,
}


def no_rule(lowering: Lowering, node: ast.AST, fn: Any) -> ZygoteError:
    what, hint = lowering.program.why_not(fn)
    return lowering.refuse(node, what, hint, NoRuleError)


__all__ = ["Array", "FunctionType", "Lowering", "Opaque", "Reference", "no_rule", "overloads", "subexpressions"]
