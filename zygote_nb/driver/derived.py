"""Derivations: made once for a function and kinds of arguments, kept, and dropped when what they depend on changes."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import FunctionType, MethodType
from typing import Any

import numpy as np

from zygote_nb.backend.module import Module, build
from zygote_nb.driver.params import Params
from zygote_nb.driver.values import KindReader, check, flatten, leaf_kinds, overlapping
from zygote_nb.errors import Location, ScalarOutputError, UnsupportedSyntaxError
from zygote_nb.frontend.classes import is_users_class
from zygote_nb.frontend.free import Path, plain, read, same_function
from zygote_nb.frontend.maybe import Given
from zygote_nb.frontend.outside import Dependency, FreeVariable, Layout, is_taken_apart
from zygote_nb.frontend.program import Instance, Program
from zygote_nb.frontend.source import capture
from zygote_nb.frontend.values import describe
from zygote_nb.ir.core import Effect, Function
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import Array, Bottom, Kind, ListOf, Outside, Scalar, TupleOf, carries_tangent, is_float, leaves
from zygote_nb.ir.walk import statements
from zygote_nb.options import Options, current
from zygote_nb.rules import library, registry
from zygote_nb.transform.derive.derivation import Derivation
from zygote_nb.transform.derive.gradient import adjoint
from zygote_nb.transform.simplify.temporaries import adjoints_are_named

Wrt = tuple[bool, ...]


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


@dataclass(slots=True)
class Derived:
    """The derivative of a function for kinds of arguments.

    ``wrt`` says for each leaf parameter whether its gradient is computed, ``none`` which of these are None because no
    differentiable path leads from them to the result.
    """

    program: Program
    instance: Instance
    derivation: Derivation
    wrt: Wrt
    generated: tuple[Generated, ...]
    module: Module
    value: bool
    none: Wrt
    result_kind: Kind
    has_effects: bool
    writes: bool
    outside: tuple[tuple[int, Kind], ...] = ()
    captured: tuple[int, ...] = ()
    by: Wrt = ()

    @property
    def free(self) -> tuple[FreeVariable, ...]:
        return self.instance.free


_derived: dict[Any, list[Derived]] = {}


def bind(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Bound:
    """Match arguments to parameters and read their kinds."""
    called = unwrapped(f, args, kwargs)
    names, values, positional = match_arguments(called)
    reader = KindReader()
    kinds = tuple(
        Outside(-id(v), type(v)) if i == 0 and called.owner is not None else reader.kind_of(v)
        for i, v in enumerate(values)
    )
    code = called.function.__code__
    at = Location(code.co_filename, code.co_firstlineno, 0, None)
    for name, kind, value in zip(names, kinds, values, strict=True):
        check(kind, value, name, at)
    return Bound(f, names, values, positional, kinds, reader, called.function, called.path)


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
    if isinstance(f, functools.partial):
        inner = unwrapped(f.func, (*f.args, *args), {**f.keywords, **kwargs}, (*path, ("attribute", "func")))
        return replace(inner, hidden=inner.hidden + len(f.args))
    if isinstance(f, MethodType) and is_taken_apart(f.__self__):
        return Called(plain(f), (f.__self__, *args), kwargs, path, 1, f.__self__)
    if is_users_class(type(f)) and not isinstance(f, MethodType):
        method = inspect.getattr_static(type(f), "__call__", None)
        if isinstance(method, FunctionType):
            return Called(method, (f, *args), kwargs, (*path, ("attribute", "__call__")), 1, f)
    function = plain(f)
    if not isinstance(function, FunctionType):
        function = capture(f).function
    if getattr(f, "__self__", None) is not None:
        return Called(function, (f.__self__, *args), kwargs, path, 1)
    return Called(function, args, kwargs, path)


def match_arguments(called: Called) -> tuple[tuple[str, ...], tuple[Any, ...], tuple[int, ...]]:
    function, args, kwargs = called.function, called.args, called.kwargs
    code = function.__code__
    simple = not code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS) and not code.co_kwonlyargcount
    if simple and not kwargs and len(args) == code.co_argcount:
        return code.co_varnames[: code.co_argcount], args, tuple(range(called.hidden, len(args)))
    signature = inspect.signature(function, follow_wrapped=False)
    bound = signature.bind(*args, **kwargs)
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


def derive(
    bound: Bound,
    wrt: tuple[bool, ...],
    value: bool,
    loss_only: bool = False,
    into: bool = False,
    params: Params | None = None,
) -> Derived:
    """The derivation for a call, made now or before. ``wrt`` has a flag for each parameter.

    With ``params`` gradients are taken by those of the free variables that are among them.
    """
    key = (wrt, value, loss_only, into, params)
    return recalled(bound, key, lambda settings: make(bound, wrt, value, loss_only, into, settings, params))


def free_flags(free: tuple[FreeVariable, ...], bound: Bound, params: Params | None) -> tuple[bool, ...]:
    """Which free variables are, at this call, parameters that are asked for."""
    if params is None:
        return (False,) * len(free)
    return tuple(read(v.path, bound.function, bound.values) in params for v in free)


def recalled(bound: Bound, asked: tuple[Any, ...], make_it: Callable[[Options], Derived]) -> Derived:
    """What was derived before for the same function, kinds and settings, and is still current; else made now."""
    library.load()
    settings = current()
    params = asked[-1] if asked and isinstance(asked[-1], Params) else None
    asked = asked if params is None else (*asked[:-1], "params")
    key = (
        bound.plain.__code__, id(bound.plain.__globals__), bound.path, bound.kinds, asked,
        settings.record, settings.arrays, settings.inline, registry.version(),
        adjoints_are_named(),
    )  # fmt: skip
    for known in _derived.get(key, ()):
        if is_current(known, bound) and (params is None or free_flags(known.free, bound, params) == known.by):
            return known
    made = make_it(settings)
    _derived[key] = [made, *_derived.get(key, ())][:4]
    return made


def is_current(derived: Derived, bound: Bound) -> bool:
    """Whether everything that the code was made for is as it was: functions, modules, kinds of free variables."""
    try:
        for d in derived.program.dependencies:
            if not same_value(read(d.path, bound.function, bound.values), d.value):
                return False
        reader = KindReader(dict(bound.reader.labels))
        same = all(reader.kind_of(read(v.path, bound.function, bound.values)) == v.kind for v in derived.free)
        return same and same_identities(derived, bound)
    except (KeyError, ValueError, AttributeError):
        return False


def same_identities(derived: Derived, bound: Bound) -> bool:
    """Whether the ways to objects outside lead to one object where they did before, and to several where they did."""
    paths = derived.program.outside.paths
    now = [id(read(path, bound.function, bound.values)) for path in paths.values()]
    return len(set(now)) == len(paths)


def same_value(now: Any, before: Any) -> bool:
    if isinstance(before, Layout):
        return Layout.of(now) == before
    return same_function(now, before) or (isinstance(before, (str, bytes, frozenset)) and now == before)


def make(
    bound: Bound, wrt: Wrt, value: bool, loss_only: bool, into: bool, settings: Options, params: Params | None = None
) -> Derived:
    program, instance, outside = lowered(bound, registry.is_known)
    derivation = Derivation(program, settings.record == "all", settings.arrays == "shadow")
    by = free_flags(instance.free, bound, params)
    leaf_wrt = leaf_flags(instance, bound.kinds, wrt, by)
    check_result(instance, loss_only, bound.reader)
    active = tuple(f and carries_tangent(p.kind) for f, p in zip(leaf_wrt, instance.function.params, strict=True))
    none = tuple(is_none(derivation, instance, i) if f else False for i, f in enumerate(active))
    active = tuple(f and not n for f, n in zip(active, none, strict=True))
    name = f"{instance.name}_adjoint"
    captured = captured_writes(derivation, instance)
    made = adjoint(derivation, instance, active, value, name, loss_only, into, captured)
    functions = (*derivation.functions, made)
    module = build(functions, name, not_compilable(derivation, instance, functions))
    effects = has_effects(program)
    writes = bool(derivation.summary(instance).writes)
    kind = instance.function.result_kind
    return Derived(
        program,
        instance,
        derivation,
        active,
        functions,
        module,
        value,
        none,
        kind,
        effects,
        writes,
        outside,
        captured,
        by,
    )


def lowered(bound: Bound, has_rule: Callable[[Any], bool]) -> tuple[Program, Instance, tuple[tuple[int, Kind], ...]]:
    """The program of a call: the function itself, and what it changes outside of its arguments."""
    program = Program(has_rule, bound.reader.kind_of, bound.function, bound.values, registry.why_not)
    if bound.kinds and isinstance(bound.kinds[0], Outside):
        owner = bound.path[:-1] if bound.path else (("attribute", "__self__"),)
        program.outside.know(bound.values[0], owner, bound.names[0])
        program.dependencies.append(Dependency(owner, Layout.of(bound.values[0])))
    instance, outside = at_root(program.root_instance(bound.plain, bound.kinds, bound.path))
    if isinstance(instance.function.result_kind, Bottom):
        raise never_returns(instance)
    return program, instance, outside


def at_root(instance: Instance) -> tuple[Instance, tuple[tuple[int, Kind], ...]]:
    """The differentiated function: of what it changes, only what is outside of the arguments is of interest."""
    function = instance.function
    count = instance.returned
    kept = list(function.result[:count])
    rest = list(function.result[count:])
    outside = []
    for number, kind in instance.after:
        values = [rest.pop(0) for _ in leaves(kind)]
        if number < 0:
            outside.append((number, kind))
            kept += values
    return replace(instance, function=replace(function, result=tuple(kept))), tuple(outside)


def never_returns(instance: Instance) -> UnsupportedSyntaxError:
    at = Location(instance.function.filename, instance.function.span.line, instance.function.span.col, None)
    return UnsupportedSyntaxError(f"{instance.name} never returns", at=at, hint="every path through it raises")


def captured_writes(derivation: Derivation, instance: Instance) -> tuple[int, ...]:
    """The free parameters that are memory which the function writes to, by position among all parameters."""
    params = instance.function.params
    first = len(params) - len(instance.free)
    return tuple(sorted(set(range(first, len(params))) & derivation.summary(instance).writes))


def has_effects(program: Program) -> bool:
    return any(isinstance(s, Effect) for i in program.instances.values() for s in statements(i.function.body))


def leaf_flags(instance: Instance, kinds: tuple[Kind, ...], wrt: tuple[bool, ...], by: Wrt = ()) -> Wrt:
    """A flag for each leaf parameter, those of free variables last."""
    flags = [f for kind, f in zip(kinds, wrt, strict=True) for _ in leaf_kinds(kind)]
    return (*flags, *(by or (False,) * len(instance.free)))


def is_none(derivation: Derivation, instance: Instance, position: int) -> bool:
    """Whether an integer argument has no differentiable path to the result."""
    kind = instance.function.params[position].kind
    if is_float(kind) or (isinstance(kind, ListOf) and (kind.item is None or is_float(kind.item))):
        return False
    flags = tuple(i == position for i in range(len(instance.function.params)))
    results, _written = derivation.activity(instance, flags)
    return not any(results)


def check_result(instance: Instance, loss_only: bool, reader: KindReader) -> None:
    """The first result must be a real scalar where a gradient is asked for."""
    if not loss_only:
        return
    kind = instance.function.result_kind
    first = kind.items[0] if isinstance(kind, TupleOf) and kind.items and kind.cls is not Given else kind
    real = isinstance(first, Scalar) and first.dtype[0] in "fiu" and first.dtype != "bool"
    if not real and not (isinstance(first, Array) and first.ndim == 0 and is_float(first)):
        raise scalar_error(instance.function, first, reader)


def shape_in_words(kind: Kind, reader: KindReader) -> str:
    """The shape of an array, as far as it follows from those of the arguments."""
    if not isinstance(kind, Array):
        return ""
    lengths = {label: n for n, label in reader.labels.items()} | {1: 1}
    known = [str(lengths.get(d[0], 0) - d[1]) if isinstance(d, tuple) else str(lengths.get(d, "?")) for d in kind.dims]
    return f" of shape ({', '.join(known)}{',' if len(known) == 1 else ''})"


def scalar_error(function: Function, kind: Kind, reader: KindReader) -> ScalarOutputError:
    at = Location(function.filename, function.span.line, function.span.col, None)
    shape = shape_in_words(kind, reader)
    what = f"{function.name} returns {describe(kind)}{shape}, and a gradient is that of a real number"
    return ScalarOutputError(what, at=at, hint="return a float, or use zg.jacobian or zg.pullback")


def not_compilable(derivation: Derivation, instance: Instance, functions: tuple[Generated, ...]) -> str | None:
    """Why the program can only be interpreted, or None."""
    from zygote_nb.driver.compilable import reason

    return reason(derivation, instance, functions)


def call_arguments(derived: Derived, bound: Bound) -> list[Any]:
    """The leaves of the arguments and of the free variables, in the order of the generated parameters."""
    out: list[Any] = []
    for kind, value in zip(bound.kinds, bound.values, strict=True):
        flatten(kind, value, out)
    for variable in derived.free:
        flatten(variable.kind, read(variable.path, bound.function, bound.values), out)
    if derived.writes:
        refuse_overlap(derived, out)
    return out


def refuse_overlap(derived: Derived, leaves: list[Any]) -> None:
    """Arguments that share memory are one thing; the generated code would treat them as several."""
    arrays = [v for v in leaves if isinstance(v, np.ndarray)]
    pair = overlapping(arrays)
    if pair is not None:
        names = [
            p.name for p, v in zip(derived.instance.function.params, leaves, strict=True) if isinstance(v, np.ndarray)
        ]
        what = (
            f"`{names[pair[0]]}` and `{names[pair[1]]}` share memory, and {derived.instance.name} writes to an argument"
        )
        raise UnsupportedSyntaxError(what, hint="pass a copy of one of them")
