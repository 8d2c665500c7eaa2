"""Which entries of a result depend on which entries of an argument: one run of the program on arrays that know it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse as sp

STEPS = 2000
"""How many operations a run may take; more are too slow to follow one by one."""


class Untraceable(Exception):
    """The program does something that can't be followed."""


class Traced:
    """An array with, for each of its entries, the entries of the argument that it depends on, as rows of a matrix."""

    __slots__ = ("depends", "steps", "value")
    __array_priority__ = 1000.0

    def __init__(self, value: Any, depends: Any, steps: list[int]) -> None:
        self.value, self.depends, self.steps = np.asarray(value), depends, steps
        steps[0] += 1
        if steps[0] > STEPS:
            raise Untraceable

    # What arrays have

    shape = property(lambda self: self.value.shape)
    ndim = property(lambda self: self.value.ndim)
    size = property(lambda self: self.value.size)
    dtype = property(lambda self: self.value.dtype)
    T = property(lambda self: np.transpose(self))

    def __len__(self) -> int:
        return len(self.value)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __getitem__(self, index: Any) -> Traced:
        return rearranged(lambda a: a[plain(index)], [self])

    def __setitem__(self, index: Any, new: Any) -> None:
        places = np.arange(self.size).reshape(self.shape)[plain(index)]
        rows = broadcast_rows(new, places.shape, self)
        count = self.size
        chosen = np.arange(count)
        chosen[places.ravel()] = count + np.arange(places.size)
        self.value = self.value.copy()
        self.value[plain(index)] = plain(new)
        self.depends = sp.vstack([self.depends, rows], format="csr")[chosen]

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise Untraceable

    __float__ = __int__ = __index__ = __array__

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method != "__call__" or kwargs or ufunc.nout != 1:
            raise Untraceable
        if ufunc is np.matmul:
            return product(*inputs)
        return elementwise(ufunc, inputs)

    def __array_function__(self, fn: Any, _: Any, args: Any, kwargs: Any) -> Any:
        if fn in REARRANGING:
            return call_rearranging(fn, args, kwargs)
        if fn in REDUCING:
            return reduced(fn, *args, **kwargs)
        if fn in CONSTANT:
            return fn(*map(plain, args), **kwargs)
        if fn in FRESH:
            return fresh(fn, *args)
        if fn is np.dot:
            return product(*args)
        raise Untraceable

    def sum(self, axis: Any = None) -> Traced:
        return reduced(np.sum, self, axis)

    def mean(self, axis: Any = None) -> Traced:
        return reduced(np.mean, self, axis)

    def copy(self) -> Traced:
        return Traced(self.value.copy(), self.depends, self.steps)

    def reshape(self, *shape: Any) -> Traced:
        return rearranged(lambda a: a.reshape(*shape), [self])

    def ravel(self) -> Traced:
        return self.reshape(-1)


def binary(ufunc: Any, swapped: bool = False) -> Any:
    def operate(self: Traced, other: Any) -> Any:
        return elementwise(ufunc, (other, self) if swapped else (self, other))

    return operate


for _name, _ufunc in {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.true_divide, "pow": np.power,
    "mod": np.remainder, "floordiv": np.floor_divide,
}.items():  # fmt: skip
    setattr(Traced, f"__{_name}__", binary(_ufunc))
    setattr(Traced, f"__r{_name}__", binary(_ufunc, swapped=True))
for _name, _ufunc in {
    "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal, "eq": np.equal, "ne": np.not_equal,
}.items():  # fmt: skip
    setattr(Traced, f"__{_name}__", binary(_ufunc))
Traced.__neg__ = lambda self: elementwise(np.negative, (self,))  # type: ignore[attr-defined]
Traced.__abs__ = lambda self: elementwise(np.absolute, (self,))  # type: ignore[attr-defined]
Traced.__matmul__ = lambda self, other: product(self, other)  # type: ignore[attr-defined]
Traced.__rmatmul__ = lambda self, other: product(other, self)  # type: ignore[attr-defined]

REARRANGING = {
    np.reshape, np.ravel, np.transpose, np.roll, np.flip, np.concatenate, np.stack, np.hstack, np.vstack, np.repeat,
    np.tile, np.take, np.squeeze, np.expand_dims, np.moveaxis, np.swapaxes, np.diagonal, np.atleast_1d, np.copy,
    np.broadcast_to, np.append,
}  # fmt: skip
REDUCING = {np.sum, np.mean, np.prod, np.max, np.min}
CONSTANT = {np.shape, np.size, np.ndim}
FRESH = {np.zeros_like, np.ones_like, np.empty_like}


def plain(x: Any) -> Any:
    return x.value if isinstance(x, Traced) else tuple(map(plain, x)) if isinstance(x, tuple) else x


def one_of(values: Any) -> Traced:
    return next(v for v in values if isinstance(v, Traced))


def broadcast_rows(x: Any, shape: tuple[int, ...], like: Traced) -> Any:
    """The rows of the entries of ``x``, broadcast to a shape."""
    if not isinstance(x, Traced):
        return sp.csr_matrix((int(np.prod(shape)), like.depends.shape[1]), dtype=bool)
    if x.shape == shape:
        return x.depends
    return x.depends[np.broadcast_to(np.arange(x.size).reshape(x.shape), shape).ravel()]


def elementwise(ufunc: Any, inputs: tuple[Any, ...]) -> Any:
    with np.errstate(all="ignore"):
        value = np.asarray(ufunc(*map(plain, inputs)))
    if value.dtype == bool or ufunc in (np.sign, np.floor, np.ceil, np.rint, np.trunc, np.floor_divide):
        return value[()]
    found = one_of(inputs)
    rows = [broadcast_rows(x, value.shape, found) for x in inputs if isinstance(x, Traced)]
    depends = rows[0]
    for more in rows[1:]:
        depends = depends if more is depends else depends + more
    return Traced(value, depends, found.steps)


def rearranged(change: Callable[..., Any], values: list[Any]) -> Traced:
    """What only moves entries, applied to the values and to the numbers of their rows."""
    found = one_of(values)
    numbers, rows, count = [], [], 1
    for x in values:
        if isinstance(x, Traced):
            numbers.append(np.arange(count, count + x.size).reshape(x.shape))
            rows.append(x.depends)
            count += x.size
        else:
            numbers.append(np.zeros(np.shape(x), dtype=int))
    none = sp.csr_matrix((1, found.depends.shape[1]), dtype=bool)
    chosen = np.asarray(change(*numbers))
    depends = sp.vstack([none, *rows], format="csr")[chosen.ravel()]
    return Traced(change(*map(plain, values)), depends, found.steps)


def call_rearranging(fn: Any, args: Any, kwargs: Any) -> Traced:
    first, *rest = args
    if isinstance(first, (list, tuple)):
        return rearranged(lambda *parts: fn(list(parts), *rest, **kwargs), list(first))
    if fn is np.append:
        return rearranged(lambda a, b: np.append(a, b, *rest[1:], **kwargs), [first, rest[0]])
    return rearranged(lambda a: fn(a, *rest, **kwargs), [first])


def reduced(fn: Any, x: Traced, axis: Any = None) -> Traced:
    """Each entry of the result depends on what the entries that it is made of depend on."""
    numbers = np.arange(x.size).reshape(x.shape)
    value = np.asarray(fn(x.value, axis=axis))
    axes = tuple(range(x.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    moved = np.moveaxis(numbers, axes, range(-len(axes), 0)).reshape(value.size, -1)
    shape = (value.size, x.size)
    where = (np.repeat(np.arange(value.size), moved.shape[1]), moved.ravel())
    gather = sp.csr_matrix((np.ones(x.size, dtype=bool), where), shape=shape)
    return Traced(value, gather @ x.depends, x.steps)


def product(a: Any, b: Any) -> Traced:
    """A product of matrices and vectors, one of them constant; or two vectors."""
    found = one_of((a, b))
    value = np.asarray(plain(a) @ plain(b))
    if isinstance(a, Traced) and isinstance(b, Traced):
        if a.ndim != 1 or b.ndim != 1:
            raise Untraceable
        return reduced(np.sum, elementwise(np.multiply, (a, b)))
    if found.ndim != 1:
        raise Untraceable
    matrix = a if found is b else np.transpose(b)
    gather = sp.csr_matrix(np.atleast_2d(np.asarray(matrix)) != 0)
    return Traced(value, gather @ found.depends, found.steps)


def fresh(fn: Any, x: Traced) -> Traced:
    return Traced(fn(x.value), sp.csr_matrix(x.depends.shape, dtype=bool), x.steps)


def dependence(f: Callable[[Any], Any], x: np.ndarray[Any, Any]) -> Any:
    """The matrix of which entries of ``f(x)`` depend on which entries of ``x``; None if that can't be followed."""
    start = Traced(x, sp.identity(x.size, dtype=bool, format="csr"), [0])
    try:
        y = f(start)
    except Exception:
        return None
    return y.depends.astype(bool) if isinstance(y, Traced) else None
