"""Derivations: made once for a function and kinds of arguments, kept, and dropped when what they depend on changes."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

import numpy as np

from zygote_nb.backend.module import Module, build
from zygote_nb.driver.values import KindReader, check, flatten, leaf_kinds, overlapping
from zygote_nb.errors import Location, ScalarOutputError, UnsupportedSyntaxError, ZygoteError
from zygote_nb.frontend.free import Path, plain, read, same_function
from zygote_nb.frontend.lower import describe
from zygote_nb.frontend.program import FreeVariable, Instance, Program, flat_params
from zygote_nb.frontend.source import capture
from zygote_nb.ir.core import Effect, Function
from zygote_nb.ir.generated import Generated
from zygote_nb.ir.kinds import Array, Kind, ListOf, Scalar, Static, carries_tangent, is_float
from zygote_nb.ir.walk import statements
from zygote_nb.options import Options, current
from zygote_nb.rules import library, registry
from zygote_nb.transform.derive.derivation import Derivation
from zygote_nb.transform.derive.gradient import adjoint

Wrt = tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Bound:
    """A call: the function's parameters with their values, and the kinds of these."""

    function: Any
    names: tuple[str, ...]
    values: tuple[Any, ...]
    positional: tuple[int, ...]
    kinds: tuple[Kind, ...]
    reader: KindReader


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
    pure_args: int = 0

    @property
    def free(self) -> tuple[FreeVariable, ...]:
        return self.instance.free


_derived: dict[Any, list[Derived]] = {}


def bind(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Bound:
    """Match arguments to parameters and read their kinds."""
    function = plain(f)
    if not isinstance(function, FunctionType):
        function = capture(f).function
    names, values, positional = match_arguments(f, function, args, kwargs)
    reader = KindReader()
    kinds = tuple(map(reader.kind_of, values))
    at = Location(function.__code__.co_filename, function.__code__.co_firstlineno, 0, None)
    for name, kind, value in zip(names, kinds, values, strict=True):
        check(kind, value, name, at)
    return Bound(f, names, values, positional, kinds, reader)


def match_arguments(
    f: Any, function: FunctionType, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[str, ...], tuple[Any, ...], tuple[int, ...]]:
    code = function.__code__
    if getattr(f, "__self__", None) is not None:
        args = (f.__self__, *args)
    simple = not code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS) and not code.co_kwonlyargcount
    if simple and not kwargs and len(args) == code.co_argcount:
        return code.co_varnames[: code.co_argcount], args, tuple(range(len(args)))
    signature = inspect.signature(function)
    bound = signature.bind(*args, **kwargs)
    given = list(bound.arguments)
    bound.apply_defaults()
    names = tuple(signature.parameters)
    for name, parameter in signature.parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            if bound.arguments[name]:
                what = f"`**{name}` of {function.__name__} is not differentiated"
                raise UnsupportedSyntaxError(what, hint="name the parameters")
            bound.arguments[name] = ()
    positional = tuple(i for i, n in enumerate(names) if n in given and n not in kwargs)
    return names, tuple(bound.arguments[n] for n in names), positional


def derive(bound: Bound, wrt: tuple[bool, ...], value: bool, loss_only: bool = False, into: bool = False) -> Derived:
    """The derivation for a call, made now or before. ``wrt`` has a flag for each parameter."""
    key = (wrt, value, loss_only, into)
    return recalled(bound, key, lambda settings: make(bound, wrt, value, loss_only, into, settings))


def recalled(bound: Bound, asked: tuple[Any, ...], make_it: Callable[[Options], Derived]) -> Derived:
    """What was derived before for the same function, kinds and settings, and is still current; else made now."""
    library.load()
    settings = current()
    function = plain(bound.function)
    key = (
        getattr(function, "__code__", function), id(getattr(function, "__globals__", None)), bound.kinds, asked,
        settings.record, settings.arrays, settings.inline, registry.version(),
    )  # fmt: skip
    for known in _derived.get(key, ()):
        if is_current(known, bound):
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
        return all(reader.kind_of(read(v.path, bound.function, bound.values)) == v.kind for v in derived.free)
    except (KeyError, ValueError, AttributeError):
        return False


def same_value(now: Any, before: Any) -> bool:
    return same_function(now, before) or (isinstance(before, (str, bytes)) and now == before)


def make(bound: Bound, wrt: tuple[bool, ...], value: bool, loss_only: bool, into: bool, settings: Options) -> Derived:
    program = Program(registry.is_known, bound.reader.kind_of, bound.function, bound.values, registry.why_not)
    path: Path = ()
    instance = program.instance(bound.function, bound.kinds, path)
    derivation = Derivation(program, settings.record == "all", settings.arrays == "shadow")
    leaf_wrt = leaf_flags(instance, bound.kinds, wrt)
    check_result(instance, loss_only, bound.reader)
    active = tuple(f and carries_tangent(p.kind) for f, p in zip(leaf_wrt, instance.function.params, strict=True))
    none = tuple(is_none(derivation, instance, i) if f else False for i, f in enumerate(active))
    active = tuple(f and not n for f, n in zip(active, none, strict=True))
    name = f"{instance.name}_adjoint"
    made = adjoint(derivation, instance, active, value, name, loss_only, into)
    functions = (*derivation.functions, made)
    module = build(functions, name, not_compilable(derivation, instance, functions))
    refuse_captured_writes(derivation, instance)
    effects = has_effects(program)
    writes = bool(derivation.summary(instance).writes)
    kind = instance.function.result_kind
    return Derived(program, instance, derivation, active, functions, module, value, none, kind, effects, writes)


def refuse_captured_writes(derivation: Derivation, instance: Instance) -> None:
    """Memory from outside that the function changes would have to be as after one plain call."""
    count = sum(len(flat_params(v.name, v.kind)) for v in instance.free)
    params = instance.function.params
    captured = range(len(params) - count, len(params))
    written = sorted(set(captured) & derivation.summary(instance).writes)
    if written:
        what = f"{instance.name} writes to `{params[written[0]].name}`, which it captures"
        raise UnsupportedSyntaxError(what, hint="pass it as an argument, or write to a copy")


def has_effects(program: Program) -> bool:
    return any(isinstance(s, Effect) for i in program.instances.values() for s in statements(i.function.body))


def leaf_flags(instance: Instance, kinds: tuple[Kind, ...], wrt: tuple[bool, ...]) -> Wrt:
    """A flag for each leaf parameter; free variables are not differentiated."""
    flags = [f for kind, f in zip(kinds, wrt, strict=True) for _ in leaf_kinds(kind)]
    return (*flags, *(False,) * (len(instance.function.params) - len(flags)))


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
    first = kind.items[0] if getattr(kind, "items", None) else kind
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


__all__ = [
    "Bound",
    "Callable",
    "Derived",
    "Static",
    "ZygoteError",
    "bind",
    "call_arguments",
    "derive",
    "field",
    "flat_params",
]
