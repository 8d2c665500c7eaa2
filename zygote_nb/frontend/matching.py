"""Lowering of ``match``: each case is an ``if`` on what its pattern asks; what it captures is bound where it fits.

What the class and the structure of the subject decide is decided here, so that of most patterns only comparisons of
values remain.
"""

from __future__ import annotations

import ast
import collections.abc
from collections.abc import Callable
from typing import Any

from zygote_nb.dataclass import dataclass, field
from zygote_nb.frontend import overloads
from zygote_nb.frontend.builtin_calls import call_isinstance
from zygote_nb.frontend.classes import has_attribute
from zygote_nb.frontend.displays import known_key
from zygote_nb.frontend.heap import ABSENT, Obj, new_object, read_field
from zygote_nb.frontend.lower import Lowering
from zygote_nb.frontend.maybe import Maybe, is_none
from zygote_nb.frontend.places import Made, placed
from zygote_nb.frontend.values import make_tuple, none
from zygote_nb.frontend.yields import Act
from zygote_nb.ir.core import FALSE, TRUE, Const, Expr, Tuple
from zygote_nb.ir.kinds import Array, ListOf, Opaque, describe

ITSELF = (bool, bytearray, bytes, dict, float, frozenset, int, list, set, str, tuple)
"""Classes whose pattern with one argument matches the subject itself."""


def as_branches(lo: Lowering, node: ast.Match) -> list[ast.stmt]:
    """The statement as assignments and ``if``; the same nodes each time that a loop is lowered."""
    key = (id(node), "match")
    if key not in lo.joints:
        name = lo.lasting("subject")
        keep = placed(Act(lambda lo, value: hold(lo, name, node, value), node.subject), node)
        lo.joints[key] = [keep, *cases(lo, node, node.cases, name)], node
    made: list[ast.stmt] = lo.joints[key][0]
    return made


def hold(lo: Lowering, name: str, node: ast.Match, value: Any) -> None:
    found = lo.value(value)
    lo.bind(name, found, node)


def cases(lo: Lowering, node: ast.Match, rest: list[ast.match_case], name: str) -> list[ast.stmt]:
    if not rest:
        return []
    case, *others = rest
    match = Match(name)
    otherwise = cases(lo, node, others, name)
    body: list[ast.stmt] = [Act(lambda lo, _: match.bind(lo, case.pattern)), *case.body]
    if case.guard is not None:
        body = [body[0], ast.If(case.guard, case.body, otherwise)]
    test = Made(lambda lo: match.test(lo, case.pattern))
    return [placed(ast.If(test, [placed(s, case.pattern) for s in body[:1]] + body[1:], otherwise), case.pattern)]


@dataclass(slots=True)
class Match:
    """One case; ``captured`` are the values that its pattern binds, each found when the pattern has matched."""

    name: str
    captured: list[tuple[str, Callable[[], Any]]] = field(default_factory=list)

    def test(self, lo: Lowering, pattern: ast.pattern) -> Expr:
        self.captured = []
        return self.fits(lo, pattern, lo.env[self.name])

    def bind(self, lo: Lowering, pattern: ast.pattern) -> None:
        for name, value in [(n, find()) for n, find in self.captured]:
            lo.bind(name, value, pattern)

    def capture(self, name: str | None, find: Callable[[], Any]) -> Expr:
        if name is not None:
            self.captured.append((name, find))
        return TRUE

    def fits(self, lo: Lowering, pattern: ast.pattern, value: Any) -> Expr:
        """The condition under which the value matches the pattern."""
        if isinstance(value, Maybe) and not isinstance(pattern, (ast.MatchAs, ast.MatchOr)):
            if isinstance(pattern, ast.MatchSingleton) and pattern.value is None:
                return lo.negation(pattern, value.test)
            return lo.conjunction([value.test, self.fits(lo, pattern, value.value)])
        match pattern:
            case ast.MatchValue():
                return equal(lo, pattern, value, lo.value(pattern.value))
            case ast.MatchSingleton():
                return singleton(lo, pattern, value)
            case ast.MatchAs():
                inner = TRUE if pattern.pattern is None else self.fits(lo, pattern.pattern, value)
                self.capture(pattern.name, lambda: value)
                return inner
            case ast.MatchOr():
                return self.alternatives(lo, pattern, value)
            case ast.MatchSequence():
                return self.sequence(lo, pattern, value)
            case ast.MatchMapping():
                return self.mapping(lo, pattern, value)
            case ast.MatchClass():
                return self.of_class(lo, pattern, value)
        raise lo.refuse(pattern, "this pattern is not differentiated", "use `if`")

    def alternatives(self, lo: Lowering, pattern: ast.MatchOr, value: Any) -> Expr:
        tests: list[Expr] = []
        for part in pattern.patterns:
            before = len(self.captured)
            test = self.fits(lo, part, value)
            bound = len(self.captured) > before
            if test == FALSE:
                del self.captured[before:]
                continue
            if bound and (tests or test != TRUE):
                what = "which of several patterns binds a name is known only when the program runs"
                raise lo.refuse(part, what, "write one case for each")
            tests.append(test)
            if test == TRUE:
                break
        return lo.disjunction(tests) if tests else FALSE

    # Sequences

    def sequence(self, lo: Lowering, pattern: ast.MatchSequence, value: Any) -> Expr:
        items = known_items(lo, pattern, value)
        stars = [i for i, p in enumerate(pattern.patterns) if isinstance(p, ast.MatchStar)]
        if items is None:
            return self.of_unknown_length(lo, pattern, value, bool(stars))
        count = len(pattern.patterns)
        if items is ABSENT or (len(items) < count - 1 if stars else len(items) != count):
            return FALSE
        if not stars:
            return self.all_fit(lo, list(zip(pattern.patterns, items, strict=True)))
        first, after = stars[0], count - stars[0] - 1
        middle = make_tuple(tuple(items[first : len(items) - after]), list)
        star = pattern.patterns[first]
        assert isinstance(star, ast.MatchStar)
        self.capture(star.name, lambda: middle)
        pairs = [*zip(pattern.patterns[:first], items, strict=False)]
        pairs += zip(pattern.patterns[first + 1 :], items[len(items) - after :], strict=True)
        return self.all_fit(lo, pairs)

    def of_unknown_length(self, lo: Lowering, pattern: ast.MatchSequence, value: Expr, starred: bool) -> Expr:
        if starred:
            what = "the length of what is matched is known only when the program runs"
            raise lo.refuse(pattern, what, "slice the list")
        length = lo.comparison(pattern, ast.Eq(), lo.length(value), lo.constant(len(pattern.patterns)))
        tests = [length]

        def items() -> None:
            for i, part in enumerate(pattern.patterns):
                tests.append(self.fits(lo, part, lo.getitem(pattern, value, lo.constant(i))))

        if lo.sub_block(items)[0]:
            raise lo.refuse(pattern, "an entry of a list that grows is matched against this", "use `if`")
        return lo.conjunction(tests)

    def all_fit(self, lo: Lowering, pairs: list[tuple[ast.pattern, Any]]) -> Expr:
        tests = []
        for part, item in pairs:
            tests.append(self.fits(lo, part, item))
            if tests[-1] == FALSE:
                return FALSE
        return lo.conjunction(tests) if tests else TRUE

    # Mappings and classes

    def mapping(self, lo: Lowering, pattern: ast.MatchMapping, value: Any) -> Expr:
        if not isinstance(value, Obj) or value.cls is not dict:
            check_known(lo, pattern, value, collections.abc.Mapping)
            return FALSE
        keys = [known_key(lo, pattern, lo.value(k)) for k in pattern.keys]
        there = overloads.keys(lo, value)
        if any(k not in there for k in keys):
            return FALSE
        if pattern.rest is not None:
            others = [(k, read_field(lo, pattern, value, k)) for k in there if k not in keys]
            self.capture(pattern.rest, lambda: new_object(lo, pattern, dict, others))
        return self.all_fit(
            lo, [(p, read_field(lo, pattern, value, k)) for p, k in zip(pattern.patterns, keys, strict=True)]
        )

    def of_class(self, lo: Lowering, pattern: ast.MatchClass, value: Any) -> Expr:
        cls = lo.value(pattern.cls)
        if not isinstance(cls, Const) or not isinstance(cls.value, type):
            raise lo.refuse(pattern, "the class of a pattern isn't known", "name the class")
        if call_isinstance(lo, pattern, [value, cls], ()) == FALSE:
            return FALSE
        if cls.value in ITSELF and pattern.patterns:
            return self.fits(lo, pattern.patterns[0], value)
        names = getattr(cls.value, "__match_args__", ())
        if len(pattern.patterns) > len(names):
            raise lo.raised(pattern, TypeError, f"{cls.value.__name__}() accepts fewer positional sub-patterns")
        pairs = list(zip(names, pattern.patterns, strict=False))
        pairs += zip(pattern.kwd_attrs, pattern.kwd_patterns, strict=True)
        if any(isinstance(value, Obj) and not has_attribute(lo, value, name) for name, _ in pairs):
            return FALSE
        return self.all_fit(lo, [(p, lo.attribute_of(pattern, value, name)) for name, p in pairs])


def known_items(lo: Lowering, pattern: ast.AST, value: Any) -> Any:
    """The entries of a sequence; ABSENT for what is none, None where their number isn't known."""
    if isinstance(value, Obj) and value.cls is list:
        value = lo.snapshot(value)
    match value:
        case Tuple():
            return list(value.items)
        case Const(value=tuple()):
            return [lo.constant(v) for v in value.value]
    if isinstance(value.kind, ListOf):
        return None
    check_known(lo, pattern, value, collections.abc.Sequence)
    return ABSENT


def check_known(lo: Lowering, pattern: ast.AST, value: Any, abstract: type) -> None:
    """Refuse what may be a sequence or a mapping, and can't be taken apart."""
    own = isinstance(value, Obj) and issubclass(value.cls, abstract) and value.cls not in (dict, list)
    if own or (isinstance(value.kind, Opaque) and value.kind.what != "str"):
        raise lo.refuse(pattern, f"{describe(value.kind)} is matched", "use `if`")


def equal(lo: Lowering, pattern: ast.AST, value: Any, wanted: Any) -> Expr:
    if isinstance(value, Tuple) and isinstance(wanted, Const) and isinstance(wanted.value, value.cls):
        wanted = lo.tuple_of([lo.constant(v) for v in wanted.value])
    elif isinstance(wanted, Const) and (is_none(value) or is_container(value)):
        return FALSE
    if isinstance(value.kind, Array):
        raise lo.refuse(pattern, f"{describe(value.kind)} is compared with a value", "compare a single number")
    return lo.truth(pattern, lo.comparison(pattern, ast.Eq(), lo.snapshot(value), wanted))


def is_container(value: Any) -> bool:
    return isinstance(value, Tuple) or (isinstance(value, Obj) and value.cls in (dict, list))


def singleton(lo: Lowering, pattern: ast.MatchSingleton, value: Any) -> Expr:
    wanted = pattern.value
    if isinstance(value, Const):
        return TRUE if value.value is wanted else FALSE
    kind = value.kind
    if wanted is not None and getattr(kind, "dtype", "") == "bool" and getattr(kind, "weak", False):
        return value if wanted else lo.negation(pattern, value)
    if isinstance(kind, Opaque):
        return lo.comparison(pattern, ast.Is(), value, lo.constant(wanted) if wanted is not None else none())
    return FALSE


__all__ = ["as_branches"]
