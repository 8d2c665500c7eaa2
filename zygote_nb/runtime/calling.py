"""Calls out of compiled code: a function without a compiled form is called as the interpreter calls it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from zygote_nb.dataclass import dataclass, field


@dataclass(frozen=True, slots=True)
class Member:
    """A method of the first argument, or an attribute of it."""

    name: str
    method: bool


@dataclass(frozen=True, slots=True)
class Given:
    """An argument that is known as the program runs: of NumPy's type for the dtype, or as it comes."""

    dtype: str | None = None


@dataclass(frozen=True, slots=True)
class Display:
    """A tuple, a list or a slice of arguments."""

    cls: type
    items: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Fixed:
    """An argument that is known when the code is generated."""

    value: Any


@dataclass(frozen=True, slots=True)
class Result:
    """A number (``ndim`` is None) or an array; ``view`` if it may be memory of an argument."""

    dtype: str
    ndim: int | None
    view: bool = False


Results = Result | tuple["Results", ...] | None


@dataclass(frozen=True)
class Called:
    """A call: of compiled code's values it makes the arguments, and of what is returned the values that it expects.

    ``results`` is one result, those of a tuple or list, or None where nothing is returned.
    """

    fn: Any
    args: tuple[Any, ...]
    kwargs: tuple[tuple[str, Any], ...] = ()
    results: Results = None
    __name__: str = field(default="called", compare=False)

    def __call__(self, *values: Any) -> Any:
        return self.run(*values)

    def __reduce__(self) -> tuple[Any, ...]:
        return Called, (self.fn, self.args, self.kwargs, self.results, self.__name__)

    @property
    def shows_memory(self) -> bool:
        """Whether what it returns may be memory of its first array."""
        return shown_in(self.results)

    @property
    def count(self) -> int:
        """How many values it takes."""
        return sum(map(given_in, (*self.args, *(a for _, a in self.kwargs))))

    @cached_property
    def run(self) -> Callable[..., Any]:
        """The call, written out."""
        return Writer().function(self)


def shown_in(results: Results) -> bool:
    """Whether one of the results may be memory of an argument; the others are copied if they are."""
    return any(map(shown_in, results)) if isinstance(results, tuple) else results is not None and results.view


def given_in(arg: Given | Display | Fixed) -> int:
    return sum(map(given_in, arg.items)) if isinstance(arg, Display) else int(isinstance(arg, Given))


@dataclass(slots=True)
class Writer:
    """Writes a call as a function of what is given."""

    scope: dict[str, Any] = field(default_factory=dict)
    params: list[str] = field(default_factory=list)

    def function(self, called: Called) -> Callable[..., Any]:
        args = [self.shown(a) for a in called.args]
        args += [f"{name}={self.shown(a)}" for name, a in called.kwargs]
        value = self.conformed(self.call(called.fn, args), called.results)
        exec(f"def run({', '.join(self.params)}):\n    return {value}\n", self.scope)
        made: Callable[..., Any] = self.scope["run"]
        return made

    def call(self, fn: Any, args: list[str]) -> str:
        if isinstance(fn, Member):
            return f"{args[0]}.{fn.name}" + (f"({', '.join(args[1:])})" if fn.method else "")
        return f"{self.named(fn)}({', '.join(args)})"

    def shown(self, arg: Any) -> str:
        match arg:
            case Given(dtype):
                name = f"x{len(self.params)}"
                self.params.append(name)
                return name if dtype is None else f"{self.named(np.dtype(dtype).type)}({name})"
            case Display(cls, items):
                return f"{self.named(cls)}({self.items(items, cls)})"
        return self.named(arg.value)

    def items(self, items: tuple[Any, ...], cls: type) -> str:
        shown = "".join(f"{self.shown(i)}, " for i in items)
        return shown if cls is slice else f"({shown})"

    def named(self, value: Any) -> str:
        name = f"c{len(self.scope)}"
        self.scope[name] = value
        return name

    def conformed(self, call: str, results: Results) -> str:
        if results is None:
            return call
        if isinstance(results, tuple):
            return f"{self.named(several)}({call}, {self.named(results)}, {self.given()})"
        if results.ndim is None:
            return f"{self.named(number)}({call}, {self.named(results)}, {self.named(np.dtype(results.dtype))})"
        dtype = self.named(np.dtype(results.dtype))
        return f"{self.named(array)}({call}, {self.named(results)}, {dtype}, {self.given()})"

    def given(self) -> str:
        return f"({''.join(f'{p}, ' for p in self.params)})"


def several(values: Any, results: tuple[Results, ...], given: tuple[Any, ...]) -> tuple[Any, ...]:
    """The entries of a tuple or list, each checked."""
    if not isinstance(values, (tuple, list)) or len(values) != len(results):
        raise TypeError(f"{len(results)} values were expected")
    return tuple(checked(v, r, given) for v, r in zip(values, results, strict=True))


def checked(value: Any, result: Results, given: tuple[Any, ...]) -> Any:
    if isinstance(result, tuple):
        return several(value, result, given)
    assert result is not None
    dtype = np.dtype(result.dtype)
    return number(value, result, dtype) if result.ndim is None else array(value, result, dtype, given)


def array(value: Any, result: Result, dtype: np.dtype[Any], given: tuple[Any, ...]) -> Any:
    """An array of the dtype and rank that compiled code expects: a view as it is, others in memory of their own."""
    if type(value) is not np.ndarray or value.dtype != dtype or value.ndim != result.ndim:
        raise TypeError(f"an array of {dtype} with {result.ndim} axes was expected")
    if not result.view:
        own = value.flags.carray and value.base is None and not any(value is g for g in given)
        return value if own else value.copy()
    if value.flags.carray:
        return value
    if not value.flags.behaved:
        raise TypeError("a view that can't be written to")
    return value


def number(value: Any, result: Result, dtype: np.dtype[Any]) -> Any:
    """A number of the dtype that compiled code expects, as one of Python's."""
    value = value[()] if isinstance(value, np.ndarray) and not value.ndim else value
    kind = type(value)
    if kind is float or kind is complex:
        known = dtype == (np.float64 if kind is float else np.complex128)
    elif kind is int or kind is bool:
        known = dtype == (np.bool if kind is bool else np.int64)
    else:
        known = isinstance(value, np.generic) and value.dtype == dtype
        value = value.item() if known else value
    if not known:
        raise TypeError(f"a number of {dtype} was expected")
    return value
