"""Checks of a rule: everything that must hold of it whatever its function is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from zygote_nb.api import pullback
from zygote_nb.driver.direct import has_rule
from zygote_nb.errors import CompileError, NoRuleError
from zygote_nb.higher.tangents import jvp
from zygote_nb.options import options
from zygote_nb.rules import registry
from zygote_nb.rules.variants import variants_of
from zygote_nb.testing.further import check_broadcasting, check_complex, check_second, check_small
from zygote_nb.testing.numbers import adjusted, combined, difference, direction, inner, reals
from zygote_nb.testing.ruled import STEP, Call, check_differences, check_same, cotangents


def test_rrule(fn: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """Check the reverse rule of a function at a point.

    The value is that of the plain call; there is one cotangent for each positional argument, of its structure, shape
    and dtype, in memory of its own. Cotangents are linear in the seed; they agree with finite differences, with forward
    mode where there is a forward rule, with themselves for arrays in other layouts and in single precision, and
    compiled with interpreted where the code compiles. No argument is changed. Where the function takes them, the same
    holds of empty arrays, of those without axes, of arguments that are broadcast (of an elementwise function) and of
    complex numbers. Second derivatives are right where they are not refused.

    Args:
        fn: a function with a rule.
        args, kwargs: where to check; floats and float arrays among ``args`` are varied.

    Raises:
        GradientCheckError: says what is wrong.
        NoRuleError: there is no rule.

    Example:
        >>> import zygote_nb as zg
        >>> def cube(x):
        ...     return x**3
        >>> zg.scalar_rule(cube, lambda y, x: 3 * x**2)
        >>> zg.test_rrule(cube, 1.5)
    """
    call = Call(fn, args, kwargs)
    check_has_rule(fn, registry.lookup(fn) is not None)
    value = call.plainly()
    seed = direction(value, 1)
    made = cotangents(call, value, seed)
    check_linear(call, seed, made)
    check_differences(call, seed, made)
    check_forward(call, seed, made)
    check_backends(call, seed, made)
    for words, other in layouts(args):
        check_same(call, cotangents(Call(fn, other, kwargs), value, seed), made, words, call.precision)
    check_single(call, value, made)
    check_small(call)
    check_broadcasting(call, value)
    check_complex(call)
    check_second(call, value)


def test_frule(fn: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """Check the forward rule of a function at a point: value, structure, finite differences, linearity, dtypes.

    Args, raises: as for :func:`test_rrule`.

    Example:
        >>> import zygote_nb as zg
        >>> def cube(x):
        ...     return x**3
        >>> zg.scalar_rule(cube, lambda y, x: 3 * x**2)
        >>> zg.test_frule(cube, 1.5)
    """
    call = Call(fn, args, kwargs)
    check_has_rule(fn, registry.lookup_forward(fn) is not None)
    value = call.plainly()
    tangents = tuple(direction(a, 2 + i) for i, a in enumerate(args))
    y, dy = pushed(call, tangents)
    check_same(call, y, value, "the value is not that of the plain call", call.precision)
    found = difference(call.plainly, args, tangents, STEP)
    check_same(call, dy, found, "the tangent differs from finite differences", 1e-7 + call.precision)
    twice = pushed(call, tuple(combined(-2.5, t, 0.0, t) for t in tangents))[1]
    check_same(call, twice, combined(-2.5, dy, 0.0, dy), "the tangent is not linear", call.precision)


for _check in (test_rrule, test_frule):
    _check.__test__ = False  # type: ignore[attr-defined]  # pytest would take them for tests


def check_has_rule(fn: Any, of_this_kind: bool) -> None:
    if not has_rule(fn) or not (of_this_kind or variants_of(fn)):
        raise NoRuleError(f"`{registry.name_of(fn)}` has no such rule", hint="write one with zg.rrule or zg.frule")


def check_linear(call: Call, seed: Any, made: tuple[Any, ...]) -> None:
    other = direction(seed, 5)
    back = pullback(call.fn, *call.args, **call.kwargs)[1]
    both = back(combined(2.0, seed, -3.0, other))
    wanted = tuple(combined(2.0, a, -3.0, b) for a, b in zip(made, back(other), strict=True))
    check_same(call, both, wanted, "its pullback is not linear in the seed", call.precision)


def check_forward(call: Call, seed: Any, made: tuple[Any, ...]) -> None:
    """The dot product test: a seed with a tangent of the result, cotangents with tangents of the arguments."""
    tangents = tuple(direction(a, 6 + i) for i, a in enumerate(call.args))
    try:
        _, dy = pushed(call, tangents)
    except NoRuleError:
        return
    one, other = inner(seed, dy), sum(inner(c, t) for c, t in zip(made, tangents, strict=True))
    if not np.isclose(one, other, rtol=10 * call.precision, atol=10 * call.precision):
        raise call.wrong(f"forward and reverse mode disagree: {one:.10g} against {other:.10g}")


def pushed(call: Call, tangents: tuple[Any, ...]) -> tuple[Any, Any]:
    given = tuple(t if reals(a) else None for a, t in zip(call.args, tangents, strict=True))
    y, dy = jvp(call.fn, call.args, given, kwargs=call.kwargs)
    return y, dy


def check_backends(call: Call, seed: Any, made: tuple[Any, ...]) -> None:
    for backend in ("python", "numba"):
        with options(backend=backend):
            try:
                again = pullback(call.fn, *call.args, **call.kwargs)[1](seed)
            except CompileError:
                continue
        check_same(call, again, made, f"with backend={backend!r} it gives something else", call.precision)


def layouts(args: tuple[Any, ...]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """The same numbers in other places in memory."""
    if any(isinstance(a, np.ndarray) and a.ndim for a in args):
        yield "arrays with negative strides give something else", adjusted(args, lambda a: np.flip(np.flip(a).copy()))
        yield "arrays in Fortran order give something else", adjusted(args, lambda a: np.asfortranarray(a))


def check_single(call: Call, value: Any, made: tuple[Any, ...]) -> None:
    """In single precision cotangents are the same to its rounding, and single."""
    if not any(isinstance(a, np.ndarray) and a.dtype == np.float64 for a in call.args):
        return
    args = adjusted(call.args, lambda a: a.astype(np.float32) if a.dtype == np.float64 else a)
    single = Call(call.fn, args, call.kwargs)
    try:
        lower = single.plainly()
    except Exception:
        return  # the function itself does not take it
    if any(np.result_type(x) != np.float32 for x in reals(lower)):
        return
    found = cotangents(single, lower, direction(lower, 1))
    check_same(call, found, made, "in single precision it gives something else", 1e-3)
