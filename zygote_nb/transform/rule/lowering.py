"""The source of rules, lowered: every library function is a primitive, every name an expression."""

from __future__ import annotations

import ast
from collections.abc import Callable
from types import ModuleType
from typing import Any

from zygote_nb.dataclass import dataclass, field, replace
from zygote_nb.frontend.free import read
from zygote_nb.frontend.layout import FreeVariable, is_static
from zygote_nb.frontend.lower import Lowering, make_tuple
from zygote_nb.frontend.program import Program
from zygote_nb.ir.callables import Variant
from zygote_nb.ir.core import Apply, Const, Expr, Name, Tuple
from zygote_nb.ir.kinds import Array, Kind, Opaque, Scalar, Static, TupleOf, is_plain
from zygote_nb.rules.placeholders import not_implemented, thunk, wanted
from zygote_nb.rules.registry import Rule
from zygote_nb.runtime.arrays import unbroadcast
from zygote_nb.runtime.shaped import FOLDED
from zygote_nb.transform import algebra
from zygote_nb.transform.rule.pullback import RESULT, WANTED


class NotInlined(Exception):
    """The source of a rule can't be written into the generated code; the rule can be called."""


@dataclass(slots=True)
class RuleProgram(Program):
    """Lowers the source of rules, in which every library function is a primitive.

    Functions and numbers that a rule finds outside of itself are written into the code; data is not.
    """

    def is_primitive(self, fn: Any) -> bool:
        return True

    def free_value(self, lo: Lowering, node: ast.AST, name: str, path: Any) -> Expr:
        value = read(path, self.root, self.args)
        if is_static(value) or is_plain(value):
            kind = Static(value) if is_static(value) else self.kind_of(value)
            return Const(value, kind, name if isinstance(value, ModuleType) else None)
        if not lo.built_in:  # type: ignore[attr-defined]
            raise NotInlined
        return Const(value, Opaque(type(value).__name__), name)

    def add_free(self, lo: Lowering, variable: FreeVariable) -> Expr:
        raise AssertionError("rules have no parameters beyond their own")


VERBS = ("zygote_nb.api", "zygote_nb.higher")


def is_own_verb(fn: Any) -> bool:
    """Whether a rule differentiates with it: that happens when the rule is called."""
    return str(getattr(fn, "__module__", "")).startswith(VERBS)


def same_shape(a: Kind, b: Kind) -> bool:
    """Whether two values surely have one shape."""
    if isinstance(a, Array) and isinstance(b, Array):
        return a.dims == b.dims and None not in a.dims
    return isinstance(a, Scalar) and isinstance(b, Scalar)


def constant(value: Any) -> Expr:
    """A value that is known when the code is generated."""
    if isinstance(value, tuple):
        return make_tuple(tuple(map(constant, value)), tuple)
    return Const(value, scalar_kind(value) if isinstance(value, (bool, int, float)) else Static(value))


def scalar_kind(value: Any) -> Kind:
    if isinstance(value, bool):
        return Scalar("bool")
    return Scalar("int64" if isinstance(value, int) else "float64")


@dataclass(slots=True)
class RuleLowering(Lowering):
    """Names bound in a rule stand for their expressions; ``call`` is what the rule is a rule of."""

    call: Apply | None = None
    result: Expr = field(default_factory=lambda: Name(RESULT))
    new_name: Callable[[str], str] = str
    ruled: Any = None
    built_in: bool = False
    foresees: bool = False

    def about(self, rule: Rule, call: Apply, result: Expr, fresh: Callable[[str], str]) -> None:
        """What the rule is a rule of: in it a call of the function itself is the call."""
        self.ruled = rule.fn.fn if isinstance(rule.fn, Variant) else rule.fn
        self.call, self.result = replace(call, fn=self.ruled), result
        self.new_name, self.built_in, self.foresees = fresh, rule.built_in, not rule.built_in

    def fresh(self, stem: str) -> str:
        return self.new_name(stem)

    def is_call(self, value: Expr) -> bool:
        """Whether an expression in the rule is the call that the rule is for."""
        if value == self.call:
            return True
        if self.built_in:
            return isinstance(value, Apply) and value.fn is self.ruled
        given = [a for v in self.env.values() if isinstance(v, (Const, Name, Apply, Tuple)) for a in (v,)]
        return (
            isinstance(value, Apply)
            and value.fn is self.ruled
            and all(a in given for a in (*value.args, *(v for _, v in value.kwargs)))
        )

    def apply(self, node: ast.AST, fn: Any, args: list[Expr], kwargs: tuple[tuple[str, Expr], ...] = ()) -> Expr:
        """Helpers of constants are computed now, sums over what was not broadcast left out."""
        if fn is thunk and isinstance(args[0], Const):
            return self.call_value(node, args[0], [])
        if not self.built_in and is_own_verb(fn):
            raise NotInlined
        if fn in FOLDED and all(isinstance(a, Const) for a in args):
            return constant(fn(*(a.value for a in args)))  # type: ignore[union-attr]
        if fn is not_implemented and all(isinstance(a, Const) for a in args):
            unknown = not_implemented(args[0].value)  # type: ignore[union-attr]
            return Const(unknown, Static(unknown))
        if fn is wanted:
            return Name(WANTED, Opaque("flags"))
        if fn is unbroadcast and same_shape(args[0].kind, args[1].kind):
            return args[0]
        return Lowering.apply(self, node, fn, args, kwargs)

    def spread(self, value: Apply) -> Expr:
        """The call itself, where it returns a tuple, is its result entry by entry."""
        if self.call is not None and isinstance(value.kind, TupleOf) and self.is_call(value):
            return self.result
        return Lowering.spread(self, value)

    def bind(self, name: str, value: Expr, node: ast.AST) -> None:
        if self.call is not None and self.is_call(value):
            value = self.result
        elif isinstance(value, Apply) and algebra.size_of(value) > 1:
            value = self.temporary(f"{name}_", value, node)
        self.env[name] = value
