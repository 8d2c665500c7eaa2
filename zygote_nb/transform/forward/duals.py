"""Expressions in forward mode: a value and its tangent, written side by side.

What a tangent reads of the value's own computation, and what is not cheap, gets a name that both use.
"""

from __future__ import annotations

from collections.abc import Callable

from zygote_nb.analysis.activity import differentiable, is_varied
from zygote_nb.analysis.alias import sharing
from zygote_nb.analysis.cost import cost, is_cheap
from zygote_nb.dataclass import dataclass, field, replace
from zygote_nb.errors import Location, ZygoteError
from zygote_nb.ir.callables import Method
from zygote_nb.ir.core import NOWHERE, ZERO, Apply, Assign, Choice, Expr, Name, Span, Stmt, Tuple, is_getitem
from zygote_nb.ir.kinds import Array
from zygote_nb.ir.walk import children, names, rebuild, subexpressions, substitute
from zygote_nb.rules.registry import Rule
from zygote_nb.transform import algebra
from zygote_nb.transform.derive.refusals import returns_memory
from zygote_nb.transform.forward.frules import Pushforward, Tangents
from zygote_nb.transform.forward.pushforward import push, with_children
from zygote_nb.transform.forward.zeros import zero_of
from zygote_nb.transform.reverse.tangents import fitted, tangent_kind
from zygote_nb.transform.rule.called import run_apart
from zygote_nb.transform.rule.pullback import RESULT
from zygote_nb.transform.split import reads_value, stem

Dual = tuple[Expr, Expr | None]


@dataclass(slots=True)
class Duals:
    """The expressions of one statement; ``out`` is what has to be computed before it."""

    varied: set[str]
    constant: Callable[[object], bool]
    dot: Callable[[str], Name]
    fresh: Callable[[str], str]
    filename: str
    span: Span = NOWHERE
    used: list[Rule] = field(default_factory=list)
    out: list[Stmt] = field(default_factory=list)
    hoists: bool = True
    quiet: Callable[[Expr], Expr] = lambda tangent: tangent
    apart: set[Expr] = field(default_factory=set)

    def of(self, expr: Expr) -> Dual:
        """The value and its tangent, None if it is zero."""
        value, tangent = self.dual(expr)
        if tangent is not None and RESULT in names(tangent):
            value = self.named(value)
            tangent = substitute(tangent, {RESULT: value})
        return value, tangent

    def dual(self, expr: Expr) -> Dual:
        """The same, but the tangent may read the value under the name RESULT."""
        if not is_varied(expr, self.varied, self.constant):
            return expr, None
        match expr:
            case Name():
                return expr, self.dot(expr.id)
            case Tuple():
                return self.several(expr)
            case Choice():
                return self.choice(expr)
            case Apply() if is_getitem(expr):
                return self.element(expr)
            case Apply():
                return self.call(expr)
        return expr, None

    def several(self, expr: Tuple) -> Dual:
        pairs = [self.of(i) for i in expr.items]
        value = replace(expr, items=tuple(v for v, _ in pairs))
        if all(t is None for _, t in pairs):
            return value, None
        return value, replace(expr, items=tuple(zero_of(v) if t is None else fitted(t, v) for v, t in pairs))

    def choice(self, expr: Choice) -> Dual:
        """Only the branch that is taken is evaluated, so nothing of it can be computed before."""
        hoists, self.hoists = self.hoists, False
        (body, d_body), (orelse, d_orelse) = self.of(expr.body), self.of(expr.orelse)
        self.hoists = hoists
        value = replace(expr, body=body, orelse=orelse)
        if d_body is None and d_orelse is None:
            return value, None
        return value, Choice(expr.test, d_body or ZERO, d_orelse or ZERO, tangent_kind(expr.kind))

    def element(self, expr: Apply) -> Dual:
        base, d_base = self.of(expr.args[0])
        index = self.index(expr.args[1])
        value = replace(expr, args=(base, index))
        if d_base is None:
            return value, None
        return value, replace(expr, args=(fitted(d_base, base), index), kind=tangent_kind(expr.kind))

    def index(self, index: Expr) -> Expr:
        """An index that both read is computed once."""
        if isinstance(index, Tuple) and index.cls is tuple:
            return replace(index, items=tuple(map(self.index, index.items)))
        plain = not isinstance(index, Apply) or index.fn is slice or is_cheap(index)
        return index if plain and not (isinstance(index, Tuple) and cost(index)) else self.named(index, "k")

    def call(self, expr: Apply) -> Dual:
        pairs = [self.of(a) for a in children(expr)]
        call = with_children(expr, [v for v, _ in pairs])
        tangents = [None if a is ZERO else t for a, (_, t) in zip(differentiable(call), pairs, strict=False)]
        tangents += [None] * (len(pairs) - len(tangents))
        if all(t is None for t in tangents):
            return call, None
        made = self.push(call, tangents)
        again = [None if t is None or repeats(made, t) < 2 else self.held(t) for t in tangents]
        if any(a is not None and a != t for a, t in zip(again, tangents, strict=True)):
            made = self.push(call, [t if a is None else a for a, t in zip(again, tangents, strict=True)])
        return self.joined(call, self.held_apart(call, made) if expr in self.apart else made)

    def held_apart(self, call: Apply, made: Pushforward) -> Pushforward:
        """The rule of a call returns no memory of an argument; one that is called is held to that as it runs."""
        runs = tuple(map(run_apart, made.before))
        if runs != made.before:
            return replace(made, before=runs)
        held = {s.target: s.value for s in made.before if isinstance(s, Assign)}
        if made.value is not None and shared(made.value, held):
            raise self.located(returns_memory(call, None), call.span)
        return replace(made, tangent=made.tangent and in_own_memory(made.tangent))

    def push(self, call: Apply, tangents: Tangents) -> Pushforward:
        try:
            return push(call, tangents, self.fresh, self.used)
        except ZygoteError as error:
            raise self.located(error, call.span) from None

    def located(self, error: ZygoteError, span: Span) -> ZygoteError:
        if error.lineno:
            return error
        span = span if span.line else self.span
        at = Location(self.filename, span.line, span.col, span.end_col if span.end_line == span.line else None)
        return type(error)(error.what, at=at, hint=error.hint)

    def joined(self, call: Apply, made: Pushforward) -> Dual:
        """The call with its tangent, what both read in variables."""
        before, tangent = made.before, made.tangent
        if made.value is not None:
            self.emit(before)
            value = self.named(made.value)
            return value, tangent and substitute(tangent, {RESULT: value})
        read = [s.value for s in before if isinstance(s, Assign)] + ([tangent] if tangent is not None else [])
        call, renamed = self.settled(call, read)
        before = tuple(with_value(s, renamed) for s in before)
        tangent = None if tangent is None else swapped(tangent, renamed)
        value: Expr = call
        if any(RESULT in names(s.value) for s in before if isinstance(s, Assign)):
            value = self.named(call)
        elif tangent is not None and RESULT in names(tangent) and is_cheap(call):
            tangent = substitute(tangent, {RESULT: call})
        if isinstance(value, Name):
            before = tuple(with_value(s, {Name(RESULT): value}) for s in before)
            tangent = tangent and substitute(tangent, {RESULT: value})
        self.emit(before)
        return value, tangent

    def settled(self, call: Apply, read: list[Expr]) -> tuple[Apply, dict[Expr, Expr]]:
        """The call with names for those of its arguments that are not cheap and are read as values elsewhere."""
        renamed: dict[Expr, Expr] = {}
        for arg in children(call):
            if isinstance(arg, Apply) and not is_cheap(arg) and any(reads_value(r, arg) for r in read):
                renamed[arg] = self.named(arg)
        return with_children(call, [renamed.get(a, a) for a in children(call)]), renamed

    def emit(self, before: tuple[Stmt, ...]) -> None:
        self.out += [replace(with_quiet(s, self.quiet), span=self.span) for s in before]

    def named(self, value: Expr, name: str | None = None) -> Expr:
        if not self.hoists or isinstance(value, Name):
            return value
        made = self.fresh(name or stem(value))
        self.out.append(Assign(made, value, self.span))
        return Name(made, value.kind)

    def held(self, tangent: Expr) -> Expr:
        """A tangent that is used more than once."""
        size = 0 if isinstance(tangent.kind, Array) else 2
        return tangent if algebra.size_of(tangent) <= size else self.named(self.quiet(tangent), "t_dot")


def repeats(made: Pushforward, tangent: Expr) -> int:
    """How often a tangent is computed."""
    wholes = [s.value for s in made.before if isinstance(s, Assign)] + ([made.tangent] if made.tangent else [])
    return sum(e == tangent for w in wholes for e in subexpressions(w))


def with_value(stmt: Stmt, renamed: dict[Expr, Expr]) -> Stmt:
    return replace(stmt, value=swapped(stmt.value, renamed)) if isinstance(stmt, Assign) else stmt


def with_quiet(stmt: Stmt, quiet: Callable[[Expr], Expr]) -> Stmt:
    return replace(stmt, value=quiet(stmt.value)) if isinstance(stmt, Assign) else stmt


def swapped(expr: Expr, renamed: dict[Expr, Expr]) -> Expr:
    return rebuild(expr, lambda e: renamed.get(e, e)) if renamed else expr


def in_own_memory(tangent: Expr) -> Expr:
    """A tangent, or several, that the rule may have been given."""
    if isinstance(tangent, Tuple):
        return replace(tangent, items=tuple(map(in_own_memory, tangent.items)))
    if isinstance(tangent.kind, Array) and sharing(tangent):
        return Apply(Method("copy"), (tangent,), (), tangent.kind)
    return tangent


def shared(value: Expr, held: dict[str, Expr]) -> set[str]:
    """The variables of whose memory a value may be; ``held`` are the temporaries that it is made from."""
    found = sharing(value)
    return (found - set(held)).union(*(shared(held[n], held) for n in found & set(held)))
