"""The registry of derivative rules, and the three decorators with which they are written.

Built-in rules and users' rules are registered by the same calls. Nothing is parsed here: a rule's source is read the
first time that a program needs it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

Form = Literal["reverse", "elementwise", "constant"]
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Rule:
    """How to differentiate ``fn``.

    ``form`` says what ``definition`` is: a reverse rule in ChainRules' form, a function that gives the partial
    derivatives of an elementwise function, or None for a function whose result is constant.
    """

    fn: Any
    form: Form
    definition: Callable[..., Any] | None
    built_in: bool = False

    @property
    def place(self) -> str:
        """Where the rule was written, as ``file:line``."""
        if self.definition is None:
            return "non-differentiable"
        code = self.definition.__code__
        return f"{code.co_filename}:{code.co_firstlineno}"


_rules: dict[Any, Rule] = {}
_aliases: dict[Any, Any] = {}
_version = 0


def version() -> int:
    """A number that changes whenever a rule is added: code derived before may be out of date."""
    return _version


def lookup(fn: Any) -> Rule | None:
    """The rule for a callable, or None."""
    try:
        return _rules.get(_aliases.get(fn, fn))
    except TypeError:
        return None


def registered() -> Iterator[Rule]:
    return iter(_rules.values())


def alias(fn: Any, of: Any) -> None:
    """``fn`` is differentiated by the rule of ``of``: ``alias(Method("sum"), np.sum)``."""
    _aliases[fn] = of


def _register(rule: Rule) -> None:
    global _version
    known = _rules.get(rule.fn)
    if known is not None and known.definition is not rule.definition and not _redefined(known, rule):
        name = getattr(rule.fn, "__name__", rule.fn)
        message = f"{name} has two rules: {known.place}, and {rule.place}, which is used from now on"
        warnings.warn(message, stacklevel=4)
    _rules[rule.fn] = rule
    _version += 1


def _redefined(known: Rule, new: Rule) -> bool:
    """Whether the new rule is the old one, run again: a notebook cell, a reloaded module."""
    a, b = known.definition, new.definition
    if a is None or b is None:
        return known.form == new.form
    return (a.__module__, a.__qualname__) == (b.__module__, b.__qualname__)


def rrule(fn: Any) -> Callable[[F], F]:
    """Register a reverse rule for ``fn``, in ChainRules' form.

    The decorated function takes what ``fn`` takes and returns ``y, pullback``: the result, and a function that maps
    a cotangent of ``y`` to one cotangent for each positional argument (the bare cotangent where there is only one,
    ``None`` for an argument without tangent). Keyword arguments get none. The source of the rule is inlined into the
    generated code.

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
        _register(Rule(fn, "reverse", rule))
        return rule

    return register


def scalar_rule(fn: Any, partials: Callable[..., Any]) -> None:
    """Register the partial derivatives of an elementwise function.

    Args:
        fn: the function, of numbers or of arrays that broadcast.
        partials: a function of the result and the arguments, ``lambda y, x: ...``, that returns the partial
            derivative by the argument, or a tuple of them, one for each argument. ``None`` marks an argument
            without derivative.

    Example:
        >>> import zygote_nb as zg
        >>> def logistic(x):
        ...     return 1 / (1 + np.exp(-x))
        >>> zg.scalar_rule(logistic, lambda y, x: y * (1 - y))
    """
    _register(Rule(fn, "elementwise", partials))


def non_differentiable(fn: F) -> F:
    """Declare that the result of ``fn`` is constant: no derivative passes through it. Usable as a decorator."""
    _register(Rule(fn, "constant", None))
    return fn
