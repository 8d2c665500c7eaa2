"""What must hold of a rule at other arguments than the given ones, and of its second derivative."""

from __future__ import annotations

import linecache
import warnings
from collections.abc import Callable
from itertools import count
from typing import Any

import numpy as np

from zygote_nb.api import gradient
from zygote_nb.errors import ZygoteError
from zygote_nb.higher.hessians import hvp
from zygote_nb.options import options
from zygote_nb.rules import registry
from zygote_nb.testing.numbers import adjusted, direction, inner, mapped, moved, reals, varied
from zygote_nb.testing.ruled import Call, check_differences, check_same, cotangents

NUMBERS = count(1)
WHOLE = "a rule is not right where"


def answer(fn: Callable[[], Any]) -> Any:
    """What the plain function gives; None where it does not take such arguments, or warns of them."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return fn()
    except Exception:
        return None


# Arrays without entries, and without axes


def check_small(call: Call) -> None:
    """Cotangents have the shapes of such arguments; those of arrays without axes agree with differences."""
    if not any(isinstance(a, np.ndarray) and a.ndim and a.dtype == np.float64 for a in call.args):
        return
    for empty, change in (
        (True, lambda a: np.zeros((0,) * a.ndim)),
        (False, lambda a: np.array(a.flat[0] if a.size else 0.7)),
    ):
        small = Call(call.fn, adjusted(call.args, change), call.kwargs)
        value = answer(small.plainly)
        if value is None or not reals(value) or not admitted(small, value):
            continue
        made = cotangents(small, value, direction(value, 1))
        if not empty:
            check_differences(small, direction(value, 1), made)


def admitted(call: Call, value: Any) -> bool:
    """Whether the derivative of such a call is not refused."""
    try:
        cotangents(call, value, direction(value, 1))
    except ZygoteError as error:
        if type(error).__name__ == "GradientCheckError":
            raise
        return False
    return True


# Broadcasting


def check_broadcasting(call: Call, value: Any) -> None:
    """Where one argument is given twice, along a further axis, the cotangents of the others are sums."""
    plain = all(isinstance(a, (float, np.ndarray)) for a in call.args) and isinstance(value, (float, np.ndarray))
    if not is_elementwise(call.fn) or not plain or len(call.args) < 2:
        return
    seeds = [direction(value, k) for k in (1, 2)]
    apart = [cotangents(call, value, s) for s in seeds]
    for i, arg in enumerate(call.args):
        given = list(call.args)
        given[i] = np.stack([np.broadcast_to(arg, np.shape(value))] * 2)
        both = Call(call.fn, tuple(given), call.kwargs)
        twice = answer(both.plainly)
        if twice is None or np.shape(twice) != (2, *np.shape(value)):
            continue
        made = cotangents(both, twice, np.stack(seeds))
        for k, c in enumerate(made):
            if k != i:
                check_same(call, c, apart[0][k] + apart[1][k], f"{WHOLE} argument {i + 1} is broadcast", call.precision)


def is_elementwise(fn: Any) -> bool:
    rule = registry.lookup(fn)
    return rule is not None and (rule.form == "elementwise" or (isinstance(fn, np.ufunc) and fn.signature is None))


# Calls as text: literals stay literals


def weighted(call: Call, head: str, words: list[str], take: str) -> tuple[Any, list[Any]] | None:
    """A loss made of the results of the call, written out, and its float arguments."""
    shown, values = [], []
    for name, value in (*((None, a) for a in call.args), *call.kwargs.items()):
        if name is None and varied(value):
            values.append(value)
            text = words[0].format(len(values))
        elif value is None or type(value) in (bool, int, str) or is_plain_tuple(value):
            text = repr(value)
        else:
            return None
        shown.append(text if name is None else f"{name}={text}")
    names = [f"{w}{k + 1}" for w in head.split() for k in range(len(values))]
    text = f"def loss({', '.join(names)}):\n    y = fn({', '.join(shown)})\n    return {take}\n"
    filename = f"<zygote_nb check {next(NUMBERS)}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    scope = {"fn": call.fn, "np": np}
    exec(compile(text, filename, "exec"), scope)
    return scope["loss"], values


def is_plain_tuple(value: Any) -> bool:
    return type(value) in (tuple, list) and all(type(v) in (int, bool, str) or is_plain_tuple(v) for v in value)


def square(y: Any, name: str = "y") -> str:
    """The sum of the squares of what varies in a result."""
    if isinstance(y, (tuple, list)):
        return " + ".join(square(part, f"{name}[{i}]") for i, part in enumerate(y) if varied(part))
    return f"np.sum({name} ** 2)" if varied(y) else ""


def check_second(call: Call, value: Any) -> None:
    """The product of the Hessian with a direction, against differences of the gradient."""
    made = weighted(call, "x", ["x{0}"], square(value)) if square(value) else None
    if made is None or not made[1] or any(np.result_type(v) != np.float64 for v in made[1]):
        return
    loss, values = made
    tangents = tuple(direction(v, 8 + i) for i, v in enumerate(values))
    with options(backend="python"):
        try:
            found = hvp(loss, tuple(values), tangents)
        except ZygoteError:
            return
        up, down = (gradient(loss, *moved(tuple(values), h, tangents)) for h in (1e-5, -1e-5))
    found = found if isinstance(found, tuple) and len(values) > 1 else (found,)
    numeric = mapped(lambda p, q: None if p is None else (np.asarray(p) - np.asarray(q)) / 2e-5, up, down)
    size = max((float(np.max(np.abs(n), initial=0.0)) for n in numeric if n is not None), default=0.0)
    for ours, theirs in zip(found, numeric, strict=True):
        if not np.allclose(ours, theirs, rtol=1e-4, atol=1e-5 * (1.0 + size)):
            raise call.wrong(f"a second derivative is {ours!r}, differences of the gradient give {theirs!r}")


def check_complex(call: Call) -> None:
    """With an imaginary part added, where the function and its rule take that: differences along both parts."""
    rule = registry.lookup(call.fn)
    if rule is None or not (rule.built_in or rule.form == "elementwise"):
        return  # how a rule of a user's treats complex numbers is known to the user
    parts = "np.sum(np.real(y) * np.cos(np.real(y))) + np.sum(np.imag(y) ** 2)"
    made = weighted(call, "x z", ["(x{0} + 1j * z{0})"], parts)
    if made is None or not made[1]:
        return
    loss, values = made
    given = (*values, *(direction(v, 20 + i) for i, v in enumerate(values)))
    if answer(lambda: loss(*given)) is None:
        return
    tangents = tuple(direction(v, 30 + i) for i, v in enumerate(given))
    with options(backend="python"):
        try:
            found = gradient(loss, *given)
        except (ZygoteError, TypeError):
            return
    numeric = (loss(*moved(given, 1e-5, tangents)) - loss(*moved(given, -1e-5, tangents))) / 2e-5
    ours = sum(inner(g, t) for g, t in zip(found, tangents, strict=True))
    if not np.isclose(ours, numeric, rtol=1e-5, atol=1e-6 * (1.0 + abs(numeric))):
        raise call.wrong(f"for complex numbers the derivative is {ours:.10g}, differences give {numeric:.10g}")


__all__ = ["check_broadcasting", "check_complex", "check_second", "check_small"]
