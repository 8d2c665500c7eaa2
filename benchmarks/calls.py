"""What a call from Python costs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

import numpy as np

import zygote_nb as zg
from benchmarks.clock import in_turns
from benchmarks.correct import compiled, require_right
from benchmarks.table import Row
from benchmarks.workloads import BUMP


def scalar_call() -> list[Row]:
    """A gradient of one number against a compiled function of one number."""
    require_right(BUMP, 0)
    zg.options(backend="numba")
    f = BUMP.function
    plain, gradient = compiled(f), zg.grad(f)
    thunks = (lambda: plain(1.3), lambda: gradient(1.3), lambda: zg.grad(f)(1.3), lambda: zg.gradient(f, 1.3))
    base, *others = in_turns(*thunks, calls=1000, budget=5.0)
    whats = ("g = zg.grad(f); g(x)", "zg.grad(f)(x)", "zg.gradient(f, x)")
    rows = []
    for what, target, times in zip(whats, (1.0, None, 1.0), others, strict=True):
        more = [a - b for a, b in zip(times.seconds, base.seconds, strict=True)]
        details = f"{1e6 * times.least:.2f} us a call, plain njit {1e6 * base.least:.2f}"
        rows.append(Row(what, 1e6 * (times.least - base.least), 1e6 * median(more), "us above njit", target, details))
    return rows


def of_one(a):
    return a[0] * a[1]


def of_six(a, b, c, d, e, f):
    return a[0] * b[0] + c[0] * d[0] + e[0] * f[0]


def of_ten(a, b, c, d, e, f, g, h, i, j):
    return a[0] * b[0] + c[0] * d[0] + e[0] * f[0] + g[0] * h[0] + i[0] * j[0]


def of_dict(p):
    first = p["a"][0] * p["b"][0] + p["c"][0] * p["d"][0] + p["e"][0] * p["f"][0]
    return first + p["g"][0] * p["h"][0] + p["i"][0] * p["j"][0]


def containers() -> list[Row]:
    """Gradients of hardly any arithmetic, whose arguments are arrays of three, against a compiled function of them."""
    arrays = [np.random.default_rng(k).random(3) for k in range(10)]
    params = dict(zip("abcdefghij", arrays, strict=True))
    return [
        above("a call with one array", of_one, (arrays[0],), of_one, arrays[:1], 1.0),
        above("a call with six arrays", of_six, tuple(arrays[:6]), of_six, arrays[:6], 2.5),
        above("a call with a dict of ten", of_dict, (params,), of_ten, arrays, 5.0),
    ]


def above(
    what: str, function: Callable[..., Any], args: Any, plain: Callable[..., Any], flat: Any, target: float
) -> Row:
    """Every gradient is a new array, and making these counts."""
    zg.options(backend="numba")
    gradient = zg.grad(function, tuple(range(len(args))))
    zg.check_grads(function, *args)
    ours, base = in_turns(partial(gradient, *args), partial(compiled(plain), *flat), calls=1000, budget=1.0)
    more = [a - b for a, b in zip(ours.seconds, base.seconds, strict=True)]
    details = f"{1e6 * ours.least:.2f} us a call, plain njit {1e6 * base.least:.2f}"
    return Row(what, 1e6 * (ours.least - base.least), 1e6 * median(more), "us above njit", target, details)
