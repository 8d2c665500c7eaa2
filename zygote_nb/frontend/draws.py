"""Random draws, written so that a derivative passes to their parameters, and that what they change is seen to change.

The numbers drawn are those of the plain call: NumPy and Python shift, scale and index in the same way.
"""

from __future__ import annotations

import ast
import inspect
import operator
import random
from collections.abc import Callable
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from zygote_nb.frontend.heap import Obj
from zygote_nb.frontend.values import static
from zygote_nb.ir.callables import Attribute
from zygote_nb.ir.core import Apply, Const, Expr, Tuple
from zygote_nb.ir.kinds import Array, ListOf, Opaque

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

Kwargs = tuple[tuple[str, Any], ...]
SOURCES = {"Generator": np.random.Generator, "RandomState": np.random.RandomState, "Random": random.Random}


def normal(source: Any, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
    return loc + scale * source.standard_normal(size)


def uniform(source: Any, low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Any:
    return low + (high - low) * source.uniform(0.0, 1.0, size)


def laplace(source: Any, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
    return loc + scale * source.laplace(0.0, 1.0, size)


def logistic(source: Any, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
    return loc + scale * source.logistic(0.0, 1.0, size)


def gumbel(source: Any, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
    return loc + scale * source.gumbel(0.0, 1.0, size)


def lognormal(source: Any, mean: Any = 0.0, sigma: Any = 1.0, size: Any = None) -> Any:
    return np.exp(mean + sigma * source.standard_normal(size))


def exponential(source: Any, scale: Any = 1.0, size: Any = None) -> Any:
    return scale * source.standard_exponential(size)


def gamma(source: Any, shape: Any, scale: Any = 1.0, size: Any = None) -> Any:
    return scale * source.standard_gamma(shape, size)


def permutation(source: Any, x: Any) -> Any:
    return x[source.permutation(len(x))]


def choice(source: Any, a: Any, size: Any = None, replace: Any = True, p: Any = None) -> Any:
    return a[source.choice(len(a), size, replace, p)]


def shuffle(source: Any, x: Any) -> None:
    order = source.permutation(len(x))
    before = x.copy()
    for i in range(len(x)):
        x[i] = before[order[i]]


def gauss(source: Any, mu: Any = 0.0, sigma: Any = 1.0) -> Any:
    return mu + sigma * source.gauss(0.0, 1.0)


def normalvariate(source: Any, mu: Any = 0.0, sigma: Any = 1.0) -> Any:
    return mu + sigma * source.normalvariate(0.0, 1.0)


def uniform_between(source: Any, a: Any, b: Any) -> Any:
    return a + (b - a) * source.random()


def expovariate(source: Any, lambd: Any = 1.0) -> Any:
    return source.expovariate(1.0) / lambd


def chosen(source: Any, seq: Any) -> Any:
    return seq[source.randrange(len(seq))]


def swapped(source: Any, x: Any) -> None:
    for i in range(len(x) - 1, 0, -1):
        j = source.randrange(i + 1)
        x[i], x[j] = x[j], x[i]


OF_A_SEQUENCE = (permutation, choice, shuffle, chosen, swapped)
LOCATED = (normal, uniform, laplace, logistic, gumbel, lognormal, exponential, gamma)
OF_NUMPY = {f.__name__: f for f in (*LOCATED, permutation, choice, shuffle)}
OF_PYTHON = {f.__name__: f for f in (gauss, normalvariate, expovariate)} | {
    "uniform": uniform_between, "choice": chosen, "shuffle": swapped,
}  # fmt: skip


def drawn(lo: Lowering, node: ast.AST, fn: Any, args: list[Any], kwargs: Kwargs) -> tuple[Any] | None:
    """The result of a draw that is written in another way, in a tuple; None for any other call."""
    source, name = drawn_from(fn)
    if source is None:
        return None
    named = dict(kwargs)
    if "out" in named and isinstance(named["out"].kind, Array):
        return (into(lo, node, fn, args, named),)
    of_python = (isinstance(source.kind, Opaque) and source.kind.what == "Random") or is_python(source)
    stand_in = (OF_PYTHON if of_python else OF_NUMPY).get(name)
    try:
        given = inspect.signature(stand_in).bind(source, *args, **named).arguments if stand_in else {}
    except TypeError:
        return None
    if stand_in is None or not is_needed(stand_in, [v for k, v in given.items() if k not in ("source", "size")]):
        return None
    if "size" in inspect.signature(stand_in).parameters and stand_in not in OF_A_SEQUENCE:
        given = with_size(lo, node, given)
    return (lo.call_value(node, static(stand_in), list(given.values())[:1], tuple(given.items())[1:]),)


def drawn_from(fn: Any) -> tuple[Expr | None, str]:
    """The source of random numbers of which a function value is a method, and the method's name."""
    match fn:
        case Const(value=value) if isinstance(getattr(value, "__self__", None), tuple(SOURCES.values())):
            return static(value.__self__), value.__name__
        case Apply(fn=Attribute(name=name), args=(base,)) if (
            isinstance(base.kind, Opaque) and base.kind.what in SOURCES
        ):
            return base, name
    return None, ""


def is_python(source: Expr) -> bool:
    return isinstance(source, Const) and isinstance(source.value, random.Random)


def is_needed(stand_in: Callable[..., Any], given: list[Any]) -> bool:
    """Whether a parameter of the distribution is computed, or a sequence is drawn from."""
    if stand_in in OF_A_SEQUENCE:
        first = given[0]
        return isinstance(first, (Obj, Tuple)) or isinstance(first.kind, (Array, ListOf))
    return any(not isinstance(a, Const) for a in given)


def with_size(lo: Lowering, node: ast.AST, given: dict[str, Any]) -> dict[str, Any]:
    """Parameters that are arrays say how many numbers are drawn."""
    parameters = [v for k, v in given.items() if k not in ("source", "size")]
    size = given.get("size")
    named = size is not None and not (isinstance(size, Const) and size.value is None)
    arrays = [p for p in parameters if isinstance(p.kind, Array)]
    if named or not arrays:
        return given
    whole = reduce(lambda a, b: lo.apply(node, operator.add, [a, b]), parameters)
    return {**given, "size": lo.attribute(node, lo.temporary("t", whole, node), "shape")}


def into(lo: Lowering, node: ast.AST, fn: Any, args: list[Any], named: dict[str, Any]) -> Any:
    """``out=z`` is a write to ``z``."""
    from zygote_nb.frontend.foreign import call_foreign
    from zygote_nb.frontend.targets import WHOLE, store

    out = named.pop("out")
    size = lo.attribute(node, out, "shape")
    value = call_foreign(lo, node, fn, args, (*named.items(), ("size", size)), False)
    store(lo, node, out, WHOLE, value)
    return out
