"""Lowering of expressions: Python's ast to the IR, specialised to the kinds of the arguments."""

from __future__ import annotations

import ast
import builtins
import operator
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from zygote_nb.errors import Location, NoRuleError, UnsupportedSyntaxError, ZygoteError
from zygote_nb.frontend import infer
from zygote_nb.frontend.free import Path, step
from zygote_nb.ir.core import (
    FALSE,
    TRUE,
    Apply,
    Assign,
    Attribute,
    Block,
    Const,
    Effect,
    Expr,
    If,
    Name,
    Span,
    Stmt,
    Tuple,
    logical_and,
    logical_or,
)
from zygote_nb.ir.kinds import (
    BOOL,
    INT,
    Array,
    Bottom,
    Kind,
    ListOf,
    Opaque,
    Scalar,
    Static,
    TupleOf,
    is_plain,
    join,
)
from zygote_nb.ir.walk import names, subexpressions

if TYPE_CHECKING:
    from zygote_nb.frontend.program import Program
    from zygote_nb.frontend.source import Source

BINARY = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow, ast.MatMult: operator.matmul,
    ast.BitAnd: operator.and_, ast.BitOr: operator.or_, ast.BitXor: operator.xor,
    ast.LShift: operator.lshift, ast.RShift: operator.rshift,
}  # fmt: skip
UNARY = {ast.USub: operator.neg, ast.UAdd: operator.pos, ast.Not: operator.not_, ast.Invert: operator.invert}
COMPARE = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Eq: operator.eq,
    ast.NotEq: operator.ne, ast.Is: operator.is_, ast.IsNot: operator.is_not,
}  # fmt: skip
ARRAY_ATTRIBUTES = {
    "T",
    "mT",
    "size",
    "shape",
    "ndim",
    "dtype",
    "real",
    "imag",
    "itemsize",
    "nbytes",
    "strides",
    "flat",
    "base",
}


@dataclass(frozen=True, slots=True)
class Mixed:
    """A variable that holds values of kinds that do not join on different paths."""

    kinds: tuple[Kind, ...]


@dataclass(slots=True)
class Lowering:
    """The state while one function is lowered: the variables in scope, and the block being written."""

    source: Source
    program: Program
    path: Path
    env: dict[str, Expr | Mixed] = field(default_factory=dict)
    out: list[Stmt] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    local_names: frozenset[str] = frozenset()
    mutated: frozenset[str] = frozenset()
    free: dict[str, Expr] = field(default_factory=dict)
    results: list[Kind] = field(default_factory=list)
    trees: list[ast.AST] = field(default_factory=list)
    inner: dict[int, Any] = field(default_factory=dict)
    inlining: list[ast.AST] = field(default_factory=list)

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

    def fresh(self, stem: str) -> str:
        """A variable name that the user's function and the generated code do not use."""
        name, number = stem, 0
        while name in self.taken:
            number += 1
            name = f"{stem}{number}"
        self.taken.add(name)
        return name

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

    def expr(self, node: ast.expr) -> Expr:
        method = getattr(self, f"expr_{type(node).__name__}", None)
        if method is None:
            what = f"{type(node).__name__} expressions are not differentiated"
            raise self.refuse(node, what, "rewrite this expression with plain arithmetic, calls and indexing")
        result: Expr = method(node)
        return result

    def data(self, node: ast.expr) -> Expr:
        """An expression that must be a value of the program, not a function or a module."""
        expr = self.expr(node)
        if isinstance(expr, Const) and isinstance(expr.kind, Static) and not is_plain(expr.value):
            what = f"`{ast.unparse(node)}` is {type(expr.value).__name__}, used as a value here"
            raise self.refuse(node, what, "functions and modules can be called, but not computed with")
        return expr

    def exprs(self, nodes: list[ast.expr]) -> list[Expr]:
        """Several expressions from left to right; what an effect of a later one could change is evaluated first."""
        values: list[Expr] = []
        for node in nodes:
            before = len(self.out)
            value = self.expr(node)
            if any(not isinstance(s, Assign) for s in self.out[before:]):
                self.pin(values, before, node)
            values.append(value)
        return values

    def pin(self, values: list[Expr], at: int, node: ast.AST) -> None:
        for i, value in enumerate(values):
            if isinstance(value, Apply):
                name = self.fresh("t")
                self.out.insert(at, Assign(name, value, self.span(node)))
                values[i] = Name(name, value.kind)
                at += 1

    def expr_Constant(self, node: ast.Constant) -> Expr:
        value = node.value
        match value:
            case bool():
                return TRUE if value else FALSE
            case int():
                return Const(value, INT)
            case float():
                return Const(value)
            case complex():
                return Const(value, Scalar("complex128"))
        return Const(value, Static(value))

    def expr_Name(self, node: ast.Name) -> Expr:
        if node.id in self.env:
            value = self.env[node.id]
            if isinstance(value, Mixed):
                kinds = " or ".join(sorted({describe(k) for k in value.kinds}))
                what = f"`{node.id}` is {kinds}, depending on the path taken"
                raise self.refuse(node, what, "use different names for values of different kinds")
            return value
        if node.id in self.local_names:
            what = f"`{node.id}` is read before it is assigned"
            raise self.refuse(node, what, "assign it first; Python would raise UnboundLocalError here")
        return self.free_variable(node, node.id)

    def free_variable(self, node: ast.AST, name: str) -> Expr:
        if name in self.free:
            return self.free[name]
        function = self.source.function
        path = step(self.path, function, name)
        if path is None:
            if hasattr(builtins, name):
                return Const(getattr(builtins, name), Static(getattr(builtins, name)), name)
            error = NameError(f"name {name!r} is not defined")
            raise self.refuse(node, str(error), "define it before the gradient is taken")
        self.free[name] = self.program.free_value(self, node, name, path)
        return self.free[name]

    def expr_Attribute(self, node: ast.Attribute) -> Expr:
        base = self.expr(node.value)
        if isinstance(base, Const) and isinstance(base.kind, Static):
            return self.static_attribute(node, base)
        if isinstance(base.kind, (Array, Scalar)):
            return self.attribute(node, base, node.attr)
        what = f"attribute `{node.attr}` of {describe(base.kind)} is not differentiated"
        raise self.refuse(node, what, "pass the value as an argument of its own")

    def static_attribute(self, node: ast.Attribute, base: Const) -> Expr:
        try:
            value = getattr(base.value, node.attr)
        except AttributeError as error:
            raise self.refuse(node, str(error), "check the spelling") from None
        text = f"{base.text}.{node.attr}"
        if isinstance(base.value, ModuleType) and not is_library_module(base.value):
            # What a module holds may change between calls, as globals may.
            path = (*self.program.way_to(base.value), ("attribute", node.attr))
            return self.program.free_value(self, node, node.attr, path)
        if isinstance(base.value, ModuleType):
            return self.program.static_or_number(self, node, value, text)
        if callable(value) or isinstance(value, (type, np.dtype)):
            return Const(value, Static(value), text)
        what = f"attribute `{node.attr}` of {type(base.value).__name__} object is not differentiated"
        raise self.refuse(node, what, "pass the value as an argument of its own")

    def attribute(self, node: ast.AST, base: Expr, name: str) -> Expr:
        kind = base.kind
        if name == "ndim":
            return Const(kind.ndim if isinstance(kind, Array) else 0, INT)
        if name == "shape" and isinstance(kind, Array):
            whole = TupleOf((INT,) * kind.ndim)
            shape = Apply(Attribute("shape"), (base,), (), whole)
            axes = [Apply(operator.getitem, (shape, Const(i, INT)), (), INT) for i in range(kind.ndim)]
            return Tuple(tuple(axes), tuple, whole)
        if name not in ARRAY_ATTRIBUTES:
            what = f"attribute `{name}` of {describe(kind)} is not known"
            raise self.refuse(node, what, "use a NumPy function instead")
        return self.apply(node, Attribute(name), [base])

    def expr_BinOp(self, node: ast.BinOp) -> Expr:
        left, right = self.exprs([node.left, node.right])
        fn = BINARY[type(node.op)]
        if isinstance(left, Tuple) or isinstance(right, Tuple):
            return self.tuple_operator(node, fn, left, right)
        return self.apply(node, fn, [left, right])

    def tuple_operator(self, node: ast.BinOp, fn: Any, left: Expr, right: Expr) -> Expr:
        if fn is operator.add and isinstance(left, Tuple) and isinstance(right, Tuple) and left.cls is right.cls:
            return make_tuple(left.items + right.items, left.cls)
        if fn is operator.mul and isinstance(left, Tuple) and isinstance(right, Const):
            return make_tuple(left.items * right.value, left.cls)
        if fn is operator.mul and isinstance(left, Tuple) and left.cls is list and len(left.items) == 1:
            return self.program.repeated_list(self, node, left.items[0], right)
        what = f"`{ast.unparse(node)}` on tuples or lists is not differentiated"
        raise self.refuse(node, what, "use np.array for arithmetic")

    def expr_UnaryOp(self, node: ast.UnaryOp) -> Expr:
        if isinstance(node.op, ast.Not):
            return self.negation(node, self.condition(node.operand))
        operand = self.data(node.operand)
        if isinstance(operand, Const) and isinstance(node.op, ast.USub) and type(operand.value) in (int, float):
            return Const(-operand.value, operand.kind)
        return self.apply(node, UNARY[type(node.op)], [operand])

    def negation(self, node: ast.AST, test: Expr) -> Expr:
        if isinstance(test, Const):
            return FALSE if test.value else TRUE
        return Apply(operator.not_, (test,), (), BOOL, None, self.span(node))

    def expr_Compare(self, node: ast.Compare) -> Expr:
        if len(node.ops) == 1:
            left, right = self.exprs([node.left, *node.comparators])
            return self.comparison(node, node.ops[0], left, right)
        return self.chained_comparison(node)

    def chained_comparison(self, node: ast.Compare) -> Expr:
        """``a < b < c``: each operand evaluated at most once, the later ones only when they are reached."""
        left, middle = self.exprs([node.left, node.comparators[0]])
        if isinstance(middle, Apply):
            middle = self.temporary("t", middle, node)
        tests = [self.comparison(node, node.ops[0], left, middle)]
        for i, comparator in enumerate(node.comparators[1:], 1):
            block, right = self.sub_block(lambda comparator=comparator: self.expr(comparator))
            if block:
                return self.chain_rest(node, tests, middle, i)
            if isinstance(right, Apply) and i + 1 < len(node.comparators):
                right = self.temporary("t", right, node)
            tests.append(self.comparison(node, node.ops[i], middle, right))
            middle = right
        return Apply(logical_and, tuple(tests), (), BOOL, None, self.span(node))

    def chain_rest(self, node: ast.Compare, tests: list[Expr], left: Expr, at: int) -> Expr:
        """The rest of a chain whose next operand needs statements."""
        name = self.fresh("c")
        self.out.append(Assign(name, self.combine(tests, True), self.span(node)))
        held = Name(name, BOOL)

        def rest() -> None:
            right = self.expr(node.comparators[at])
            if isinstance(right, Apply):
                right = self.temporary("t", right, node)
            self.out.append(Assign(name, self.comparison(node, node.ops[at], left, right), self.span(node)))
            if at + 1 < len(node.comparators):
                later = self.chain_rest(node, [held], right, at + 1)
                self.out.append(Assign(name, later, self.span(node)))

        block, _ = self.sub_block(rest)
        self.out.append(If(held, block, (), self.span(node)))
        return held

    def comparison(self, node: ast.AST, op: ast.cmpop, left: Expr, right: Expr) -> Expr:
        if isinstance(op, (ast.In, ast.NotIn)):
            return self.membership(node, op, left, right)
        fn = COMPARE[type(op)]
        folded = fold_comparison(fn, left, right)
        if folded is not None:
            return TRUE if folded else FALSE
        if fn in (operator.is_, operator.is_not):
            what = "`is` between values is not differentiated"
            raise self.refuse(node, what, "compare with `==`, or test for None")
        return self.apply(node, fn, [left, right])

    def membership(self, node: ast.AST, op: ast.cmpop, left: Expr, right: Expr) -> Expr:
        if not isinstance(right, Tuple):
            raise self.refuse(node, "`in` is differentiated for tuples only", "write the comparisons out")
        left = left if not isinstance(left, Apply) else self.temporary("t", left, node)
        tests = tuple(self.comparison(node, ast.Eq(), left, item) for item in right.items)
        if any(t == TRUE for t in tests):
            found: Expr = TRUE
        else:
            tests = tuple(t for t in tests if t != FALSE)
            found = Apply(logical_or, tests, (), BOOL, None, self.span(node)) if tests else FALSE
        return found if isinstance(op, ast.In) else self.negation(node, found)

    def condition(self, node: ast.expr) -> Expr:
        """An expression of which only the truth matters."""
        if isinstance(node, ast.BoolOp):
            return self.short_circuit(node)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return self.negation(node, self.condition(node.operand))
        return self.truth(node, self.expr(node))

    def truth(self, node: ast.expr, value: Expr) -> Expr:
        match value:
            case Const():
                return TRUE if value.value else FALSE
            case Tuple():
                return TRUE if value.items else FALSE
        match value.kind:
            case ListOf():
                return Apply(operator.gt, (self.length(value), Const(0, INT)), (), BOOL)
            case Scalar(dtype="bool"):
                return value
            case Scalar():
                return Apply(operator.ne, (value, Const(0, INT)), (), BOOL, None, self.span(node))
            case Array(dims=()):
                return Apply(operator.ne, (value, Const(0, INT)), (), BOOL, None, self.span(node))
            case Bottom():
                return value
        what = f"the truth of {describe(value.kind)} is ambiguous"
        raise self.refuse(node, what, "use .any(), .all(), len() or a comparison")

    def length(self, value: Expr) -> Expr:
        return Apply(len, (value,), (), INT)

    def short_circuit(self, node: ast.BoolOp) -> Expr:
        """``and`` and ``or`` of conditions; operands that need statements are evaluated only when their turn comes."""
        is_and = isinstance(node.op, ast.And)
        tests: list[Expr] = []
        for i, operand in enumerate(node.values):
            block, test = self.sub_block(lambda operand=operand: self.condition(operand))
            if block:
                return self.short_circuit_blocks(node, tests, node.values[i:], is_and)
            if isinstance(test, Const):
                if bool(test.value) != is_and:
                    tests.append(test)
                    break
                continue
            tests.append(test)
        return self.combine(tests, is_and)

    def combine(self, tests: list[Expr], is_and: bool) -> Expr:
        if not tests:
            return TRUE if is_and else FALSE
        if len(tests) == 1:
            return tests[0]
        return Apply(logical_and if is_and else logical_or, tuple(tests), (), BOOL)

    def short_circuit_blocks(self, node: ast.BoolOp, tests: list[Expr], rest: list[ast.expr], is_and: bool) -> Expr:
        name = self.fresh("c")
        self.out.append(
            Assign(name, self.combine(tests, is_and) if tests else self.condition(rest.pop(0)), self.span(node))
        )
        held = Name(name, BOOL)
        for operand in rest:
            block, _ = self.sub_block(
                lambda operand=operand: self.out.append(Assign(name, self.condition(operand), self.span(node)))
            )
            test = held if is_and else Apply(operator.not_, (held,), (), BOOL)
            self.out.append(If(test, block, (), self.span(node)))
        return held

    def expr_BoolOp(self, node: ast.BoolOp) -> Expr:
        """``a or b`` as a value: the chosen operand."""
        first, rest = node.values[0], node.values[1:]
        _, sketch = self.sub_block(lambda: self.expr(first))
        if isinstance(sketch.kind, Scalar) and sketch.kind.dtype == "bool" and not isinstance(sketch, Const):
            return self.short_circuit(node)
        value = self.expr(first)
        other = rest[0] if len(rest) == 1 else ast.copy_location(ast.BoolOp(node.op, rest), node)
        if isinstance(value, (Const, Tuple)):
            chosen = bool(value.items if isinstance(value, Tuple) else value.value) == isinstance(node.op, ast.And)
            return self.expr(other) if chosen else value
        name = self.fresh("t")
        self.out.append(Assign(name, value, self.span(node)))
        held = Name(name, value.kind)
        test = self.truth(first, held)
        if isinstance(node.op, ast.Or):
            test = self.negation(node, test)
        return self.choose(node, test, lambda: self.expr(other), lambda: held, name)

    def expr_IfExp(self, node: ast.IfExp) -> Expr:
        test = self.condition(node.test)
        if isinstance(test, Const):
            return self.expr(node.body if test.value else node.orelse)
        return self.choose(node, test, lambda: self.expr(node.body), lambda: self.expr(node.orelse), self.fresh("t"))

    def choose(
        self, node: ast.AST, test: Expr, body: Callable[[], Expr], orelse: Callable[[], Expr], name: str
    ) -> Expr:
        """A conditional value, as an ``if`` statement that assigns it."""
        env = dict(self.env)
        then, a = self.sub_block(lambda: self.assigned(node, name, body()))
        self.env = dict(env)
        other, b = self.sub_block(lambda: self.assigned(node, name, orelse()))
        self.env = env
        merged = merge_values(a, b)
        if merged is None or isinstance(merged, Mixed):
            what = f"the branches give {describe(a.kind)} and {describe(b.kind)}"
            raise self.refuse(node, what, "make both branches give values of one kind")
        self.out.append(If(test, then, other, self.span(node)))
        return merged

    def assigned(self, node: ast.AST, name: str, value: Expr) -> Expr:
        """Bind the leaves of a value to variables called after ``name``; what is static stays."""
        if isinstance(value, Tuple):
            items = [self.assigned(node, f"{name}_{i}", item) for i, item in enumerate(value.items)]
            return make_tuple(tuple(items), value.cls)
        if isinstance(value, Const) and isinstance(value.kind, Static):
            return value
        if value != Name(name):
            self.taken.add(name)
            self.out.append(Assign(name, value, self.span(node)))
        return Name(name, value.kind)

    def expr_Tuple(self, node: ast.Tuple) -> Expr:
        return make_tuple(tuple(self.items(node.elts)), tuple)

    def expr_List(self, node: ast.List) -> Expr:
        return make_tuple(tuple(self.items(node.elts)), list)

    def items(self, nodes: list[ast.expr]) -> list[Expr]:
        values = self.exprs([n.value if isinstance(n, ast.Starred) else n for n in nodes])
        flat: list[Expr] = []
        for node, value in zip(nodes, values, strict=True):
            if not isinstance(node, ast.Starred):
                flat.append(value)
            elif isinstance(value, Tuple):
                flat.extend(value.items)
            else:
                what = f"`*{ast.unparse(node.value)}` of unknown length"
                raise self.refuse(node, what, "unpack tuples only, or index the array")
        return flat

    def expr_Subscript(self, node: ast.Subscript) -> Expr:
        base, index = self.exprs([node.value, node.slice])
        return self.getitem(node, base, index)

    def getitem(self, node: ast.AST, base: Expr, index: Expr) -> Expr:
        if isinstance(base, Tuple):
            return self.tuple_item(node, base, index)
        if not isinstance(base.kind, (Array, ListOf, Bottom)):
            what = f"{describe(base.kind)} can't be indexed here"
            raise self.refuse(node, what, "index arrays, lists and tuples")
        if isinstance(index, Tuple) and index.cls is list:
            index = self.apply(node, np.array, [index])
        return self.apply(node, operator.getitem, [base, index])

    def tuple_item(self, node: ast.AST, base: Tuple, index: Expr) -> Expr:
        match index:
            case Const(value=int(i)) if -len(base.items) <= i < len(base.items):
                return base.items[i]
            case Apply(fn=builtins.slice, args=parts) if all(isinstance(p, Const) for p in parts):
                return make_tuple(base.items[slice(*(p.value for p in parts))], base.cls)  # type: ignore[union-attr]
        if isinstance(index, Const):
            raise self.refuse(node, f"index {index.value!r} is out of range", "Python would raise IndexError here")
        return self.program.dynamic_item(self, node, base, index)

    def expr_Slice(self, node: ast.Slice) -> Expr:
        parts = [Const(None, Static(None)) if p is None else self.expr(p) for p in (node.lower, node.upper, node.step)]
        return Apply(slice, tuple(parts), (), Opaque("slice"))

    def expr_NamedExpr(self, node: ast.NamedExpr) -> Expr:
        self.bind(node.target.id, self.expr(node.value), node)
        value = self.env[node.target.id]
        assert not isinstance(value, Mixed)
        return value

    def expr_JoinedStr(self, node: ast.JoinedStr) -> Expr:
        raise self.refuse(node, "formatted strings are not differentiated yet", "format outside the function")

    def expr_Call(self, node: ast.Call) -> Expr:
        from zygote_nb.frontend.calls import lower_call

        return lower_call(self, node)

    def expr_Lambda(self, node: ast.Lambda) -> Expr:
        from zygote_nb.frontend.local import define

        return define(self, node)

    def expr_ListComp(self, node: ast.ListComp) -> Expr:
        from zygote_nb.frontend.comprehensions import lower_comprehension

        return lower_comprehension(self, node)

    expr_GeneratorExp = expr_ListComp

    # Building

    def apply(self, node: ast.AST, fn: Any, args: list[Expr], kwargs: tuple[tuple[str, Expr], ...] = ()) -> Expr:
        """A primitive applied to expressions, with the kind of its result."""
        span = self.span(node)
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

    def bind(self, name: str, value: Expr, node: ast.AST) -> None:
        """``name = value``, for a variable of the user's."""
        if isinstance(value, Tuple) and value.cls is list and name in self.mutated:
            value = self.program.list_display(self, node, value)
        self.env[name] = self.assigned(node, name, self.renamed_safely(name, value, node))

    def renamed_safely(self, name: str, value: Expr, node: ast.AST) -> Expr:
        """Entries of a tuple that read a variable which an earlier entry's binding overwrites are evaluated first."""
        if not isinstance(value, Tuple):
            return value
        targets = [n for n, _ in leaf_names(name, value)]
        written: set[str] = set()
        items = list(value.items)
        for i, item in enumerate(items):
            if names_below(item) & set(targets) and not (isinstance(item, Name) and item.id == f"{name}_{i}"):
                items[i] = self.evaluated(item, node)
            written.add(f"{name}_{i}")
        return make_tuple(tuple(items), value.cls)

    def evaluated(self, value: Expr, node: ast.AST) -> Expr:
        if isinstance(value, Tuple):
            return make_tuple(tuple(self.evaluated(i, node) for i in value.items), value.cls)
        if isinstance(value, Const):
            return value
        return self.temporary("t", value, node)


def is_library_module(module: ModuleType) -> bool:
    """Whether the module's names are constants: those of NumPy, SciPy and the standard library's mathematics."""
    return module.__name__.split(".")[0] in (
        "numpy",
        "scipy",
        "math",
        "cmath",
        "operator",
        "builtins",
        "zygote_nb",
        "numba",
    )


def leaf_names(name: str, value: Expr) -> list[tuple[str, Expr]]:
    """The variables that ``name = value`` binds, with the leaves."""
    if isinstance(value, Tuple):
        return [leaf for i, item in enumerate(value.items) for leaf in leaf_names(f"{name}_{i}", item)]
    return [(name, value)]


def names_below(value: Expr) -> set[str]:
    return names(value)


def make_tuple(items: tuple[Expr, ...], cls: type) -> Tuple:
    return Tuple(items, cls, TupleOf(tuple(i.kind for i in items), cls))


def merge_values(a: Expr | Mixed, b: Expr | Mixed) -> Expr | Mixed | None:
    """The value of a variable after two paths; both bind the same IR variables."""
    if isinstance(a, Mixed) or isinstance(b, Mixed):
        kinds = [k for v in (a, b) for k in (v.kinds if isinstance(v, Mixed) else (v.kind,))]
        return Mixed(tuple(dict.fromkeys(kinds)))
    if isinstance(a, Tuple) and isinstance(b, Tuple) and len(a.items) == len(b.items) and a.cls is b.cls:
        items = [merge_values(p, q) for p, q in zip(a.items, b.items, strict=True)]
        if all(i is not None and not isinstance(i, Mixed) for i in items):
            return make_tuple(tuple(items), a.cls)  # type: ignore[arg-type]
    elif isinstance(a, Const) and isinstance(b, Const) and a == b and isinstance(a.kind, Static):
        return a
    elif isinstance(a, Name) and isinstance(b, Name) and a.id == b.id:
        kind = join(a.kind, b.kind)
        if kind is not None:
            return replace(a, kind=kind)
    return Mixed((a.kind, b.kind))


def fold_comparison(fn: Any, left: Expr, right: Expr) -> bool | None:
    """The result of a comparison that the kinds alone decide."""
    if (
        isinstance(left, Tuple)
        and isinstance(right, Tuple)
        and all(isinstance(i, Const) for i in left.items + right.items)
    ):
        return bool(fn(tuple(i.value for i in left.items), tuple(i.value for i in right.items)))  # type: ignore[union-attr]
    if isinstance(left, Const) and isinstance(right, Const):
        return bool(fn(left.value, right.value))
    for a, b in ((left, right), (right, left)):
        compares = fn in (operator.is_, operator.is_not, operator.eq, operator.ne)
        if isinstance(a, Const) and a.value is None and compares and not isinstance(b.kind, (Static, Bottom)):
            return fn in (operator.is_not, operator.ne)
    return None


def fold(fn: Any, args: list[Expr]) -> Expr | None:
    """Integer arithmetic on constants, such as that of axes and ranks."""
    if fn in (operator.add, operator.sub, operator.mul, operator.floordiv, operator.mod) and all(
        isinstance(a, Const) and type(a.value) is int for a in args
    ):
        try:
            return Const(fn(*(a.value for a in args)), INT)  # type: ignore[union-attr]
        except ZeroDivisionError:
            return None
    return None


def describe(kind: Kind) -> str:
    """A kind in words, for messages."""
    match kind:
        case Scalar():
            return {"float64": "a float", "int64": "an int", "bool": "a bool"}.get(kind.dtype, f"a {kind.dtype} number")
        case Array():
            return f"a {kind.ndim}-d {kind.dtype} array"
        case TupleOf():
            return f"a {kind.cls.__name__} of {len(kind.items)}"
        case ListOf():
            return "a list"
        case Static():
            return (
                "None"
                if kind.value is None
                else f"the {type(kind.value).__name__} {getattr(kind.value, '__name__', kind.value)!r}"
            )
    return "a value of unknown kind"


def no_rule(lowering: Lowering, node: ast.AST, fn: Any) -> ZygoteError:
    what, hint = lowering.program.why_not(fn)
    return lowering.refuse(node, what, hint, NoRuleError)


__all__ = ["FunctionType", "Lowering", "describe", "no_rule", "subexpressions"]
