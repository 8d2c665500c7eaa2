"""The registry of derivative rules, and the calls with which they are written.

Built-in rules and users' rules are registered by the same calls. Nothing is parsed here: a rule's source is read the
first time that a program needs it.
"""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal, TypeVar

from zygote_nb.dataclass import dataclass, replace
from zygote_nb.ir.callables import Attribute, Method, default_name
from zygote_nb.rules.variants import opted_out, target

Form = Literal[
    "reverse", "pullback", "elementwise", "constant", "refused", "lowered", "called", "forward", "pushed",
    "pushforward", "linear", "multilinear",
]  # fmt: skip
Linear = Literal["", "jointly", "each"]
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Rule:
    """How to differentiate ``fn``.

    ``form`` says what ``definition`` is: a reverse rule in ChainRules' form, the pullback alone, a function that gives
    the partial derivatives of an elementwise function, or None for a function whose result is constant or that is
    refused, for ``reason``; beside a definition, that is why it is refused where an argument has a derivative.
    ``linear`` says that ``fn`` is linear in its differentiable arguments, jointly or in each. Of the other table are
    forward rules, the pushforward alone, and functions that are their own tangents: linear in the arguments at
    ``positions``, together or in each of them. Those at ``inert`` tell a shape or an order only.
    """

    fn: Any
    form: Form
    definition: Callable[..., Any] | None
    built_in: bool = False
    reason: str = ""
    linear: Linear = ""
    positions: tuple[int, ...] = ()
    inert: tuple[int, ...] = ()

    @property
    def place(self) -> str:
        """Where the rule was written, as ``file:line``."""
        if self.definition is None:
            return "non-differentiable" if self.form == "constant" else self.form
        code = self.definition.__code__
        return f"{code.co_filename}:{code.co_firstlineno}"


_rules: dict[Any, Rule] = {}
_forward: dict[Any, Rule] = {}
_aliases: dict[Any, Any] = {}
_version = [0]
_building: ContextVar[bool] = ContextVar("building", default=False)
"""Whether this thread enters rules of ours."""
OURS = "zygote_nb.rules."


def version() -> int:
    """A number that changes whenever a rule is added: code derived before may be out of date."""
    return _version[0]


def held() -> list[int]:
    """The list that has this number."""
    return _version


def lookup(fn: Any) -> Rule | None:
    """The rule for a callable, or None; a refusal is a rule as well."""
    try:
        found = _rules.get(fn)
        return found if found is not None or fn not in _aliases else _rules.get(_aliases[fn])
    except TypeError:
        return None


def lookup_forward(fn: Any) -> Rule | None:
    """The forward rule for a callable, or None; partial derivatives and constants serve both modes.

    Where there is a forward rule beside built-in partial derivatives, it is better.

    A built-in rule does not count where a user gave a reverse rule: the two modes differentiate one function.
    """
    other = lookup(fn)
    if other is not None and other.form in ("elementwise", "constant"):
        own = _forward.get(fn) if other.built_in and other.form == "elementwise" else None
        return own if own is not None and own.form != "pushed" else other
    try:
        rule = _forward.get(_aliases.get(fn, fn))
    except TypeError:
        return None
    return None if rule and rule.built_in and other and not other.built_in else rule


def is_known(fn: Any) -> bool:
    """Whether the function has a derivative, or is declared constant."""
    rule = lookup(fn)
    return rule is not None and rule.form != "refused"


def why_not(fn: Any) -> tuple[str, str]:
    """What is wrong with a function that has no rule, and what to do instead."""
    name = name_of(fn)
    ways = "write a rule with zg.rrule, or declare it constant with zg.non_differentiable"
    rule = lookup(fn)
    if rule is not None and rule.form == "refused":
        return f"`{name}` is not differentiated: {rule.reason}", ways
    near = nearest(fn)
    return f"`{name}` has neither a derivative rule nor Python source", f"{near} has one; or {ways}" if near else ways


def nearest(fn: Any) -> str:
    """The function with a rule whose name is most like that of ``fn``."""
    names = {name_of(r.fn).rpartition(".")[2]: name_of(r.fn) for r in registered() if r.form != "refused"}
    close = difflib.get_close_matches(name_of(fn).rpartition(".")[2], names, 1, 0.75)
    return f"`{names[close[0]]}`" if close else ""


def name_of(fn: Any) -> str:
    """The name of a function, as one would write it."""
    return f".{fn.name}" if isinstance(fn, (Attribute, Method)) else default_name(fn, None)


def registered() -> Iterator[Rule]:
    return iter(_rules.values())


def alias(fn: Any, of: Any) -> None:
    """``fn`` is differentiated by the rule of ``of``: ``alias(Method("sum"), np.sum)``."""
    _aliases[fn] = of


@contextmanager
def building() -> Iterator[None]:
    """Rules registered meanwhile are built in, and give way to a rule that a user gave before.

    They are no new version: they come before any program can have asked for them.
    """
    token = _building.set(True)
    try:
        yield
    finally:
        _building.reset(token)


def is_built_in(rule: Rule) -> bool:
    """Whether a rule is one of ours, also where something other than the library imports its module."""
    return _building.get() or (rule.definition is not None and rule.definition.__module__.startswith(OURS))


def stand_in(fn: Any, rule: Rule) -> None:
    """The rule of a function that stands for another one, whose rule it calls."""
    (_forward if rule.form == "pushed" else _rules)[fn] = rule


def offer(rule: Rule) -> None:
    """Enter a built-in rule where there is none."""
    (_forward if rule.form == "pushed" else _rules).setdefault(rule.fn, rule)


def enter(rule: Rule) -> None:
    """Enter a rule; that of a user takes the place of another one."""
    _register(rule)


def _register(rule: Rule) -> None:
    rules = _forward if rule.form in ("forward", "pushforward", "linear", "multilinear") else _rules
    known = rules.get(rule.fn)
    if is_built_in(rule):
        assert known is None or not known.built_in, f"two built-in rules for {name_of(rule.fn)}"
        if known is None:
            rules[rule.fn] = replace(rule, built_in=True)
        return
    if known is not None and known.form != "refused" and not _redefined(known, rule):
        message = f"{name_of(rule.fn)} has two rules: {known.place}, and {rule.place}, which is used from now on"
        warnings.warn(message, stacklevel=4)
    rules[rule.fn] = rule
    _version[0] += 1


def _redefined(known: Rule, new: Rule) -> bool:
    """Whether the new rule is the old one, run again: a notebook cell, a reloaded module."""
    a, b = known.definition, new.definition
    if a is b:
        return known.form == new.form
    if a is None or b is None:
        return known.form == new.form
    return (a.__module__, a.__qualname__) == (b.__module__, b.__qualname__)


Condition = Callable[..., Any] | None


def rrule(fn: Any, *, when: Condition = None) -> Callable[[F], F]:
    """Register a reverse rule for ``fn``, in ChainRules' form.

    Args:
        fn: the function.
        when: the rule is used for calls for which this is true only. It takes what ``fn`` takes, and is read when code
            is generated: it may look at types, ranks, dtypes and literals, not at values.

    The decorated function takes what ``fn`` takes and returns ``y, pullback``: the result, and a function that maps
    a cotangent of ``y`` to one cotangent for each positional argument (the bare cotangent where there is only one,
    ``None`` for an argument without tangent). Keyword arguments get none. The source of the rule is inlined into the
    generated code; a rule with loops, with branches on values, or that takes derivatives itself is called.

    Example:
        >>> import numpy as np, zygote_nb as zg
        >>> def cube(x):
        ...     return np.power(x, 3)
        >>> @zg.rrule(cube)
        ... def cube_rule(x):
        ...     def cube_pullback(dy):
        ...         return 3.0 * dy * x * x
        ...     return cube(x), cube_pullback
    """

    def register(rule: F) -> F:
        _register(Rule(target(fn, when, rule), "reverse", rule))
        return rule

    return register


def frule(fn: Any, *, when: Condition = None) -> Callable[[F], F]:
    """Register a forward rule for ``fn``; ``when`` as for :func:`rrule`.

    The decorated function takes the tangents of the positional arguments, as one tuple, and then what ``fn`` takes; it
    returns ``y, dy``: the result and its tangent, linear in the tangents. That of an argument which does not vary is
    zero, and what it is multiplied with is left out of the generated code.

    Example:
        >>> import numpy as np, zygote_nb as zg
        >>> def scaled(x, s):
        ...     return np.multiply(x, s)
        >>> @zg.frule(scaled)
        ... def scaled_forward(tangents, x, s):
        ...     dx, ds = tangents
        ...     return scaled(x, s), dx * s + x * ds
    """

    def register(rule: F) -> F:
        _register(Rule(target(fn, when, rule), "forward", rule))
        return rule

    return register


def scalar_rule(fn: Any, partials: Callable[..., Any], *, when: Condition = None) -> None:
    """Register the partial derivatives of an elementwise function.

    Args:
        fn: the function, of numbers or of arrays that broadcast.
        partials: a function of the result and the arguments, ``lambda y, x: ...``, that returns the partial
            derivative by the argument, or a tuple of them, one for each argument. ``None`` marks an argument
            without derivative.
        when: as for :func:`rrule`.

    Example:
        >>> import zygote_nb as zg
        >>> def logistic(x):
        ...     return 1 / (1 + np.exp(-x))
        >>> zg.scalar_rule(logistic, lambda y, x: y * (1 - y))
    """
    _register(Rule(target(fn, when, partials), "elementwise", partials))


def non_differentiable(fn: F, *, when: Condition = None) -> F:
    """Declare that the result of ``fn`` is constant: no derivative passes through it. Usable as a decorator.

    ``when`` is as for :func:`rrule`.
    """
    _register(Rule(target(fn, when, None), "constant", None))
    return fn


def opt_out(fn: F, *, when: Condition = None) -> F:
    """Differentiate through the source of ``fn``, although it has a rule; usable as a decorator.

    Args:
        fn: a function of Python.
        when: as for :func:`rrule`; without it the rules of ``fn`` are taken away. A rule that is given later counts.

    Example:
        >>> import zygote_nb as zg
        >>> def square(x):
        ...     return x * x
        >>> zg.scalar_rule(square, lambda y, x: 100.0)
        >>> zg.gradient(square, 3.0)
        (100.0,)
        >>> zg.gradient(zg.opt_out(square), 3.0)
        (6.0,)
    """
    place = opted_out(fn, when)
    for rules in (_rules, _forward):
        rules.pop(place, None)
    _version[0] += 1
    return fn


def refuse(reason: str, *functions: Any) -> None:
    """State why the functions have no derivative rule; a rule that is given later takes their place."""
    for fn in functions:
        if fn not in _rules and fn not in _aliases:
            _register(Rule(fn, "refused", None, reason=reason))


def only_of_constants(reason: str, *functions: Any) -> None:
    """The functions are called with constants; where a derivative reaches an argument, they are refused."""

    def pullback(dy: Any, y: Any, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(reason)

    for fn in functions:
        _register(Rule(fn, "pullback", pullback, reason=f"it is called with constants only: {reason}"))
        pushforward_rule(fn, pullback)


def lowered(*functions: Any) -> None:
    """The frontend writes these functions with others, which have rules."""
    for fn in functions:
        _register(Rule(fn, "lowered", None))


def pullback_rule(fn: Any, pullback: Any = None, linear: Linear = "") -> Any:
    """Register the pullback of ``fn`` alone: ``lambda dy, y, *args, **kwargs: cotangents``, ``y`` being the result.

    Without ``pullback`` a decorator.
    """
    if pullback is not None:
        _register(Rule(fn, "pullback", pullback, linear=linear))
        return pullback

    def register(definition: F) -> F:
        _register(Rule(fn, "pullback", definition, linear=linear))
        return definition

    return register


def linear_rule(fn: Any, pullback: Any = None) -> Any:
    """The pullback of a function that is linear in its differentiable arguments together."""
    return pullback_rule(fn, pullback, "jointly")


def multilinear_rule(fn: Any, pullback: Any = None) -> Any:
    """The pullback of a function that is linear in each of its differentiable arguments."""
    return pullback_rule(fn, pullback, "each")


def pushforward_rule(fn: Any, pushforward: Any = None) -> Any:
    """Register the tangent of the result of ``fn``: ``lambda t, y, *args, **kwargs: dy``, ``t`` being the tangents.

    Without ``pushforward`` a decorator.
    """
    if pushforward is not None:
        _register(Rule(fn, "pushforward", pushforward))
        return pushforward

    def register(definition: F) -> F:
        _register(Rule(fn, "pushforward", definition))
        return definition

    return register
