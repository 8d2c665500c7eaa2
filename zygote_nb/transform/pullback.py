"""Rules, inlined: from a call and the rule for it to the statements and expressions of its pullback."""

from __future__ import annotations

import ast
import inspect
import operator
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any

import numpy as np

from zygote_nb.errors import NoRuleError, ZygoteError
from zygote_nb.frontend import infer
from zygote_nb.frontend.lower import Lowering, Mixed, make_tuple
from zygote_nb.frontend.program import FreeVariable, Program, is_static
from zygote_nb.frontend.source import Source, capture
from zygote_nb.ir.core import Apply, Assign, Attribute, Const, Expr, Name, Stmt, Tuple
from zygote_nb.ir.kinds import Array, Kind, Opaque, Scalar, Static, is_plain
from zygote_nb.ir.walk import names, rebuild, subexpressions, substitute
from zygote_nb.rules.registry import Rule
from zygote_nb.runtime import arrays as helpers
from zygote_nb.transform import algebra

RESULT = "result of the call"
SEED = "cotangent of the result"


@dataclass(frozen=True, slots=True)
class Pullback:
    """What a rule says of one call.

    ``cotangents`` has an entry for each positional argument (a Tuple for a tuple argument, None for none), in terms of
    the seed, the arguments, the result, and what ``before`` binds. ``forward`` is the rule's own forward part and
    ``value`` its result, where these differ from the call itself.
    """

    cotangents: tuple[Expr | None, ...]
    before: tuple[Stmt, ...] = ()
    forward: tuple[Stmt, ...] = ()
    value: Expr | None = None

    @property
    def is_expression(self) -> bool:
        return not self.before and not self.forward and self.value is None


@dataclass(slots=True)
class RuleProgram(Program):
    """Lowers the source of rules, in which every library function is a primitive."""

    def is_primitive(self, fn: Any) -> bool:
        return True

    def free_value(self, lo: Lowering, node: ast.AST, name: str, path: Any) -> Expr:
        from zygote_nb.frontend.free import read

        value = read(path, self.root, self.args)
        if is_static(value) or is_plain(value):
            kind = Static(value) if is_static(value) else self.kind_of(value)
            return Const(value, kind, name if isinstance(value, ModuleType) else None)
        return Const(value, Opaque(type(value).__name__), name)

    def add_free(self, lo: Lowering, variable: FreeVariable) -> Expr:
        raise AssertionError("rules have no parameters beyond their own")


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

    def bind(self, name: str, value: Expr, node: ast.AST) -> None:
        if self.call is not None and self.is_call(value):
            value = self.result
        elif isinstance(value, Apply) and algebra.size_of(value) > 1:
            value = self.temporary(f"{name}_", value, node)
        self.env[name] = value


def of_call(rule: Rule, call: Apply, fresh: Callable[[str], str]) -> Pullback:
    """The pullback of ``call``, with the seed named SEED and the result named RESULT."""
    assert rule.definition is not None
    source = capture(rule.definition)
    program = RuleProgram(lambda fn: True, scalar_kind, rule.definition)
    lo = RuleLowering(source, program, ())
    lo.call, lo.result = call, Name(RESULT, call.kind)
    lo.new_name, lo.ruled, lo.built_in = fresh, rule.fn, rule.built_in
    if rule.form == "elementwise":
        return elementwise(lo, rule, call)
    return reverse(lo, rule, call)


def bind_call(lo: RuleLowering, rule: Rule, call: Apply, leading: tuple[Expr, ...] = ()) -> None:
    """The rule's parameters as the call's arguments."""
    assert rule.definition is not None
    signature = inspect.signature(rule.definition)
    try:
        bound = signature.bind(*leading, *call.args, **dict(call.kwargs))
    except TypeError as error:
        raise rule_error(rule, call, f"the rule does not take these arguments: {error}") from None
    for name, parameter in signature.parameters.items():
        if parameter.kind is parameter.VAR_POSITIONAL:
            lo.env[name] = make_tuple(tuple(bound.arguments.get(name, ())), tuple)
        elif parameter.kind is parameter.VAR_KEYWORD:
            lo.env[name] = make_tuple((), tuple)
        elif name in bound.arguments:
            lo.env[name] = bound.arguments[name]
        else:
            lo.env[name] = constant(parameter.default)


def constant(value: Any) -> Const:
    return Const(value, scalar_kind(value) if isinstance(value, (bool, int, float)) else Static(value))


def rule_error(rule: Rule, call: Apply, what: str) -> ZygoteError:
    from zygote_nb.ir.text import show

    return NoRuleError(f"`{show(call)}`: {what}", hint=f"the rule is at {rule.place}")


def elementwise(lo: RuleLowering, rule: Rule, call: Apply) -> Pullback:
    """Seed times partial derivative, summed over what was broadcast."""
    tree = lo.source.tree
    bind_call(lo, rule, call, (lo.result,))
    if isinstance(tree, ast.Lambda):
        value = lo.expr(tree.body)
    else:
        value = run_body(lo, tree.body)[0]
    partials = value.items if isinstance(value, Tuple) else (value,)
    seed = Name(SEED, call.kind)
    cotangents = tuple(cotangent(call, i, p, seed) for i, p in zip(range(len(call.args)), partials, strict=False))
    return Pullback(cotangents, tuple(lo.out))


def cotangent(call: Apply, position: int, partial: Expr, seed: Expr) -> Expr | None:
    if isinstance(partial, Const) and (partial.value is None or partial.value == 0):
        return None
    return algebra.mul(seed, partial)


def reverse(lo: RuleLowering, rule: Rule, call: Apply) -> Pullback:
    """A rule in ChainRules' form."""
    bind_call(lo, rule, call)
    tree = lo.source.tree
    assert isinstance(tree, ast.FunctionDef)
    result, pullback = run_body(lo, tree.body)
    forward = tuple(lo.out)
    own = result != lo.result and not lo.is_call(result)
    lo.out = []
    seed = Name(SEED, call.kind)
    cotangents = run_pullback(lo, pullback, seed)
    cotangents = tuple(None if c is None else of_shapes(c) for c in arrange(rule, call, cotangents))
    needed = needed_before(forward, cotangents, tuple(lo.out))
    return Pullback(cotangents, needed + tuple(lo.out), forward if own else (), result if own else None)


def of_shapes(expr: Expr) -> Expr:
    """Sizes are read off a variable of the same shape where there is one."""

    def change(e: Expr) -> Expr:
        if isinstance(e, Apply) and e.fn == TRANSPOSED and isinstance(e.args[0], Apply) and e.args[0].fn == TRANSPOSED:
            return e.args[0].args[0]
        if (
            isinstance(e, Apply)
            and e.fn in SHAPES
            and isinstance(e.args[0], Apply)
            and isinstance(e.args[0].kind, Array)
        ):
            return replace(e, args=(like(e.args[0]), *e.args[1:]))
        return e

    return rebuild(expr, change)


TRANSPOSED = Attribute("T")
SHAPES = {Attribute("size"), Attribute("shape"), np.zeros_like, np.ones_like, len}


def needed_before(
    forward: tuple[Stmt, ...], cotangents: tuple[Expr | None, ...], out: tuple[Stmt, ...]
) -> tuple[Stmt, ...]:
    """What the rule computes on the way forward and its pullback reads."""
    wanted = set().union(*(names(c) for c in cotangents if c is not None), *(names(s.value) for s in out))  # type: ignore[union-attr]
    kept: list[Stmt] = []
    for stmt in reversed(forward):
        assert isinstance(stmt, Assign)
        if stmt.target in wanted:
            kept.append(stmt)
            wanted |= names(stmt.value)
    return tuple(reversed(kept))


def run_body(lo: RuleLowering, body: list[ast.stmt]) -> tuple[Expr, Any]:
    """Evaluate a rule's body; its tests are static. Returns the result and the pullback's tree."""
    outcome = run(lo, body)
    if outcome is None:
        raise lo.refuse(lo.source.tree, "the rule returns nothing on this path", "return y, pullback")
    return outcome


def run(lo: RuleLowering, body: list[ast.stmt]) -> tuple[Expr, Any] | None:
    for node in body:
        match node:
            case ast.If():
                outcome = run(lo, node.body if static_test(lo, node.test) else node.orelse)
                if outcome is not None:
                    return outcome
            case ast.FunctionDef():
                lo.env[node.name] = Const(node, Opaque("pullback"))
            case ast.Return():
                return returned(lo, node)
            case ast.Raise():
                raise lo.refuse(node, ast.unparse(node), "see the rule")
            case _:
                from zygote_nb.frontend.control import lower_simple

                lower_simple(lo, node)
    return None


def returned(lo: RuleLowering, node: ast.Return) -> tuple[Expr, Any]:
    value = node.value
    if isinstance(value, ast.Tuple) and len(value.elts) == 2 and isinstance(value.elts[1], (ast.Name, ast.Lambda)):
        last = value.elts[1]
        pullback = last if isinstance(last, ast.Lambda) else lo.env.get(last.id)
        if isinstance(pullback, Const) and isinstance(pullback.value, ast.FunctionDef):
            return lo.expr(value.elts[0]), pullback.value
        if isinstance(pullback, ast.Lambda):
            return lo.expr(value.elts[0]), pullback
    assert value is not None
    return lo.expr(value), None


def static_test(lo: RuleLowering, node: ast.expr) -> bool:
    test = lo.condition(node)
    if not isinstance(test, Const):
        hint = "test what is known without running: None, ndim, literal keyword arguments"
        raise lo.refuse(node, f"`{ast.unparse(node)}` can't be decided when the rule is inlined", hint)
    return bool(test.value)


def run_pullback(lo: RuleLowering, tree: Any, seed: Expr) -> Any:
    """The cotangents that the pullback returns for the seed."""
    if tree is None:
        raise lo.refuse(lo.source.tree, "the rule does not return a pullback", "return y, pullback")
    lo.env[tree.args.args[0].arg] = seed
    lo.call = None
    if isinstance(tree, ast.Lambda):
        return lo.expr(tree.body)
    outcome = run_pullback_body(lo, tree.body)
    return outcome


def run_pullback_body(lo: RuleLowering, body: list[ast.stmt]) -> Expr:
    outcome = run(lo, body)
    if outcome is None:
        return Const(None, Static(None))
    return outcome[0]


def arrange(rule: Rule, call: Apply, value: Expr) -> tuple[Expr | None, ...]:
    """One cotangent for each positional argument."""
    count = len(call.args)
    if count == 1 and not (
        isinstance(value, Tuple) and isinstance(call.args[0], Tuple) is False and len(value.items) == 1
    ):
        items: tuple[Expr, ...] = (value,)
    elif isinstance(value, Tuple):
        items = value.items
    elif isinstance(value, Const) and value.value is None:
        items = (value,) * count
    else:
        items = (value,)
    if len(items) < count:
        spare = call.args[len(items) :]
        if any(isinstance(a.kind, Array) for a in spare):
            raise rule_error(rule, call, f"the pullback returns {len(items)} cotangents for {count} arguments")
        items += (Const(None, Static(None)),) * (count - len(items))
    return tuple(None if isinstance(i, Const) and i.value is None else i for i in items[:count])


# Broadcasting


def is_elementwise(rule: Rule) -> bool:
    return rule.form == "elementwise"


def covers(kind: Kind, target: Kind) -> bool:
    """Whether a value of one kind has the whole shape of the other, rather than one that broadcasts to it."""
    if not isinstance(target, Array):
        return True
    return (
        isinstance(kind, Array)
        and kind.ndim == target.ndim
        and all(p == q for p, q in zip(kind.dims, target.dims, strict=True))
    )


def needs_sum(call: Apply, position: int) -> str:
    """Whether the argument was broadcast: "no", "yes", or "maybe" where the kinds don't tell."""
    if not isinstance(call.kind, Array) or call.kind.ndim == 0:
        return "no"
    own = dims(call.args[position])
    others = [dims(a) for i, a in enumerate(call.args) if i != position and a != call.args[position]]
    rank = call.kind.ndim
    verdict = "no"
    for axis in range(rank):
        mine = axis_of(own, axis, rank)
        rest = [axis_of(o, axis, rank) for o in others]
        if isinstance(mine, tuple) and all(r in (1, mine) for r in rest):
            continue
        if (isinstance(mine, int) and mine != 1) or all(r == 1 for r in rest):
            continue
        if isinstance(mine, tuple):
            verdict = "maybe" if verdict == "no" else verdict
            continue
        if mine is None or any(r is None for r in rest):
            verdict = "maybe" if verdict == "no" else verdict
        if mine == 1 and any(r not in (1, None) for r in rest):
            verdict = "yes"
        elif mine == 1:
            verdict = "maybe" if len(own) == rank else "yes"
    return verdict


def dims(expr: Expr) -> tuple[int | None, ...]:
    return expr.kind.dims if isinstance(expr.kind, Array) else ()


def axis_of(shape: tuple[int | None, ...], axis: int, rank: int) -> int | None:
    index = axis - (rank - len(shape))
    return 1 if index < 0 else shape[index]


def summed(call: Apply, position: int, g: Expr) -> Expr:
    """The cotangent of an argument that may have been broadcast."""
    verdict = needs_sum(call, position)
    if verdict == "no":
        return g
    arg = call.args[position]
    if not isinstance(arg.kind, Array):
        return summed_to_scalar(call, g)
    if not covers(g.kind, call.kind):
        g = expanded(g, call)
    own = dims(arg)
    result = dims(call)
    if verdict == "yes" and own == result[len(result) - len(own) :] and len(result) - len(own) == 1:
        return Apply(np.sum, (g,), (("axis", Const(0, Scalar("int64"))),), arg.kind)
    return Apply(helpers.unbroadcast, (g, arg), (), arg.kind)


def summed_to_scalar(call: Apply, g: Expr) -> Expr:
    if covers(g.kind, call.kind):
        return Apply(np.sum, (g,), (), Scalar(getattr(g.kind, "dtype", "float64"), False))
    if not isinstance(g.kind, Array):
        return algebra.mul(g, Apply(Attribute("size"), (like(call),), (), Scalar("int64")))
    return Apply(np.sum, (expanded(g, call),), (), Scalar(g.kind.dtype, False))


def like(call: Apply) -> Expr:
    """Something that has the shape of the call's result: a variable if there is one."""
    for e in subexpressions(call):
        if isinstance(e, Name) and isinstance(e.kind, Array) and None not in e.kind.dims and covers(e.kind, call.kind):
            return e
    return call


def expanded(g: Expr, shaped: Expr) -> Expr:
    """A fresh array of the shape of ``shaped``, filled by broadcasting ``g``."""
    kind = shaped.kind
    assert isinstance(kind, Array)
    source = like(shaped) if isinstance(shaped, Apply) else shaped
    kind = Array("float64" if kind.dtype[0] in "iub" else kind.dtype, kind.dims)
    if not isinstance(g.kind, Array) and isinstance(source, Name) and kind.dtype == source.kind.dtype:  # type: ignore[union-attr]
        return Apply(np.full_like, (source, g), (), kind)
    return Apply(helpers.expand, (g, source), (), kind)


__all__ = ["Mixed", "Pullback", "Source", "infer", "is_elementwise", "of_call", "operator", "substitute", "summed"]
