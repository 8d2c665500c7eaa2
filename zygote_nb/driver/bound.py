"""Calls: arguments matched to parameters, and what must be as it was for code to be used again."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterable
from types import CodeType, FunctionType, MethodType
from typing import Any
from weakref import WeakKeyDictionary

from zygote_nb.dataclass import dataclass, replace
from zygote_nb.driver.direct import call_of, has_rule
from zygote_nb.driver.values import KindReader, check
from zygote_nb.errors import Location
from zygote_nb.frontend.columns import fits
from zygote_nb.frontend.free import Path, plain, read, same_function, state_of
from zygote_nb.frontend.layout import Dependency, FreeVariable, Layout, is_taken_apart, is_users_class
from zygote_nb.frontend.source import capture
from zygote_nb.ir.kinds import Kind, Outside, Static, is_plain, same_static
from zygote_nb.options import Options
from zygote_nb.rules import packages, registry
from zygote_nb.rules.variants import variants_of


@dataclass(frozen=True, slots=True)
class Bound:
    """A call: the function's parameters with their values, and the kinds of these.

    ``plain`` is the Python function that a call of ``function`` runs, ``path`` the way from the one to the other.
    """

    function: Any
    names: tuple[str, ...]
    values: tuple[Any, ...]
    positional: tuple[int, ...]
    kinds: tuple[Kind, ...]
    reader: KindReader
    plain: FunctionType
    path: Path


def bind(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Bound:
    """Match arguments to parameters and read their kinds."""
    __tracebackhide__ = True
    packages.load()
    called = unwrapped(f, args, kwargs)
    names, values, positional = match_arguments(called)
    reader = KindReader()
    kinds = tuple(
        Outside(-id(v), type(v)) if i == 0 and called.owner is not None else reader.argument(v)
        for i, v in enumerate(values)
    )
    reader.given = frozenset(reader.numbers)
    kinds = with_settings(called.function, names, values, kinds)
    code = called.function.__code__
    at = Location(code.co_filename, code.co_firstlineno, 0, None)
    for name, kind, value in zip(names, kinds, values, strict=True):
        check(kind, value, name, at)
    return Bound(f, names, values, positional, kinds, reader, called.function, called.path)


_settings: WeakKeyDictionary[CodeType, set[str]] = WeakKeyDictionary()
"""The parameters of functions whose values, integers, are parts of their programs."""


def make_settings(bound: Bound, names: set[str]) -> None:
    """From now on these parameters are read as settings, in the call that showed it too."""
    known = _settings.setdefault(bound.plain.__code__, set())
    known |= names
    object.__setattr__(bound, "kinds", with_settings(bound.plain, bound.names, bound.values, bound.kinds))


def with_settings(
    fn: FunctionType, names: tuple[str, ...], values: tuple[Any, ...], kinds: tuple[Kind, ...]
) -> tuple[Kind, ...]:
    asked = _settings.get(fn.__code__)
    if not asked:
        return kinds
    settled = zip(names, values, kinds, strict=True)
    return tuple(Static(v) if n in asked and type(v) in (int, bool) else k for n, v, k in settled)


@dataclass(frozen=True, slots=True)
class Called:
    """What a call runs: a plain function, with the arguments that a method or a partial adds in front."""

    function: FunctionType
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    path: Path = ()
    hidden: int = 0
    owner: Any = None


def unwrapped(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any], path: Path = ()) -> Called:
    if has_rule(f):
        made, named = call_of(f, args, kwargs)
        return Called(made, args, named, (("constant", made),))
    if isinstance(f, functools.partial):
        inner = unwrapped(f.func, (*f.args, *args), {**f.keywords, **kwargs}, (*path, ("attribute", "func")))
        return replace(inner, hidden=inner.hidden + len(f.args))
    if isinstance(f, MethodType) and has_rule(f.__func__):
        return replace(unwrapped(f.__func__, (f.__self__, *args), kwargs), hidden=1)
    if isinstance(f, MethodType) and is_taken_apart(f.__self__):
        return Called(plain(f), (f.__self__, *args), kwargs, path, 1, f.__self__)
    if is_users_class(type(f)) and not isinstance(f, MethodType):
        method = inspect.getattr_static(type(f), "__call__", None)
        if isinstance(method, FunctionType) and has_rule(method):
            return replace(unwrapped(method, (f, *args), kwargs), hidden=1)
        if isinstance(method, FunctionType):
            return Called(method, (f, *args), kwargs, (*path, ("attribute", "__call__")), 1, f)
    function = plain(f)
    if not isinstance(function, FunctionType):
        function = capture(f).function
    if getattr(f, "__self__", None) is not None:
        return Called(function, (f.__self__, *args), kwargs, path, 1)
    return Called(function, args, kwargs, path)


def match_arguments(called: Called) -> tuple[tuple[str, ...], tuple[Any, ...], tuple[int, ...]]:
    __tracebackhide__ = True
    function, args, kwargs = called.function, called.args, called.kwargs
    code = function.__code__
    simple = not code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS) and not code.co_kwonlyargcount
    if simple and not kwargs and len(args) == code.co_argcount:
        return code.co_varnames[: code.co_argcount], args, tuple(range(called.hidden, len(args)))
    signature = inspect.signature(function, follow_wrapped=False)
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError as error:
        raise TypeError(f"{function.__qualname__}(): {error}") from None
    given = list(bound.arguments)
    bound.apply_defaults()
    names = tuple(signature.parameters)
    positional = tuple(
        i
        for i, n in enumerate(names)
        if n in given and n not in kwargs and i >= called.hidden and not is_keywords(signature, n)
    )
    return names, tuple(bound.arguments[n] for n in names), positional


def spread(bound: Bound, i: int) -> bool:
    """Whether the parameter at a position collects positional arguments (``*args``)."""
    return bool(bound.plain.__code__.co_flags & inspect.CO_VARARGS) and i == first_star(bound.plain)


def first_star(function: FunctionType) -> int:
    kinds = [p.kind for p in inspect.signature(function, follow_wrapped=False).parameters.values()]
    return kinds.index(inspect.Parameter.VAR_POSITIONAL)


def is_keywords(signature: inspect.Signature, name: str) -> bool:
    return signature.parameters[name].kind in (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def key_of(bound: Bound, settings: Options) -> tuple[Any, ...]:
    """What tells derivations apart that are made for the same thing, beside the values that they depend on."""
    return (
        bound.plain.__code__, id(bound.plain.__globals__), bound.path, bound.kinds,
        settings.record, settings.arrays, settings.inline, settings.math, settings.parallel, registry.version(),
    )  # fmt: skip


def is_unchanged(
    free: tuple[FreeVariable, ...], ways: dict[int, Path], dependencies: Iterable[Dependency], bound: Bound
) -> bool:
    """Whether everything that code was made for is as it was: functions, modules, kinds of free variables, and which
    objects outside are the same."""
    try:
        for d in dependencies:
            if not is_as_before(read(d.path, bound.function, bound.values), d):
                return False
        reader = KindReader(dict(bound.reader.labels))
        same = all(is_alike(reader, v, read(v.path, bound.function, bound.values)) for v in free)
        return same and same_identities(ways, bound)
    except (KeyError, ValueError, AttributeError, TypeError):
        return False


def is_alike(reader: KindReader, variable: FreeVariable, value: Any) -> bool:
    """Whether a free variable is of the kind that code was made for."""
    if type(value) is list or variable.path[-1][0] == "column":
        return fits(reader.kind_of, variable.kind, value)
    return reader.kind_of(value) == variable.kind


def same_identities(ways: dict[int, Path], bound: Bound) -> bool:
    """Whether the ways to objects outside lead to one object where they did before, to several where they did, and to
    none of the arguments'."""
    now = [id(read(path, bound.function, bound.values)) for path in ways.values()]
    return len(set(now)) == len(now) and bound.reader.given.isdisjoint(now)


def is_as_before(now: Any, dependency: Dependency) -> bool:
    """Whether a value is the one that code was made for, or another function made by the same ``def``."""
    before = dependency.value
    if isinstance(before, Layout):
        return Layout.of(now) == before
    if isinstance(before, (str, bytes, frozenset)):
        return type(now) is type(before) and bool(now == before)
    if not same_function(now, before) or not same_state(state_of(now), dependency.state):
        return False
    return now is before or same_rules(now, before)


def same_rules(now: Any, before: Any) -> bool:
    """Rules are given for one function object, and not for others made by the same ``def``."""
    looks = (registry.lookup, registry.lookup_forward, variants_of)
    return all(look(now) is look(before) for look in looks)


def same_state(now: tuple[Any, ...], before: tuple[Any, ...]) -> bool:
    return len(now) == len(before) and all(
        a is b or (is_plain(a) and same_static(a, b)) or (isinstance(a, tuple) and same_state(a, b))
        for a, b in zip(now, before, strict=True)
    )
