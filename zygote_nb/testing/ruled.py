"""One call of a function with a rule, and what must hold of its cotangents whatever the function is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from zygote_nb.api import gradients, request
from zygote_nb.dataclass import dataclass
from zygote_nb.driver.assembly import assembled
from zygote_nb.driver.facts import Question
from zygote_nb.driver.ready import ready
from zygote_nb.driver.run import run
from zygote_nb.driver.seeds import seed_leaves
from zygote_nb.driver.values import deep_copy, leaf_kinds
from zygote_nb.errors import GradientCheckError
from zygote_nb.rules import registry
from zygote_nb.testing.numbers import combined, difference, direction, inner, leaves_of, reals, same, varied

STEP = 1e-4


@dataclass(frozen=True, slots=True)
class Call:
    """The call that a rule is tested on; ``words`` are how it is named in messages."""

    fn: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def plainly(self, args: tuple[Any, ...] | None = None) -> Any:
        return self.fn(*deep_copy(self.args if args is None else args, {}), **deep_copy(self.kwargs, {}))

    def wrong(self, what: str) -> GradientCheckError:
        name = registry.name_of(self.fn)
        rule = registry.lookup(self.fn) or registry.lookup_forward(self.fn)
        place = f"the rule is at {rule.place}" if rule is not None and rule.definition is not None else ""
        return GradientCheckError(f"the rule for `{name}` is wrong: {what}", hint=place)

    @property
    def precision(self) -> float:
        """How far numbers may be apart that should be equal to rounding."""
        eps = max((float(np.finfo(v.dtype).eps) for v in map(np.asarray, reals(self.args))), default=2.3e-16)
        return 1e3 * eps


def cotangents(call: Call, value: Any, seed: Any) -> tuple[Any, ...]:
    """What the rule gives for the seed, after what can be said of it alone."""
    before = deep_copy(call.args, {})
    y, made = value_and_cotangents(call, value, seed)
    check_same(call, y, value, "the value is not that of the plain call", call.precision)
    if not same(before, call.args, 0.0):
        raise call.wrong("it changes an argument")
    for i, (a, c) in enumerate(zip(call.args, made, strict=True)):
        check_mirrors(call, i, a, c)
    held = [x for x in leaves_of((call.args, y)) if isinstance(x, np.ndarray)]
    if any(np.shares_memory(c, x) for c in leaves_of(made) if isinstance(c, np.ndarray) for x in held):
        raise call.wrong("a cotangent shares memory with an argument or with the result")
    return made


def value_and_cotangents(call: Call, value: Any, seed: Any) -> tuple[Any, tuple[Any, ...]]:
    """The value as the derivative computes it, where the rule may have its own way, and the cotangents."""
    req = request(call.fn, call.args, call.kwargs)
    found = ready(req.bound, Question(req.wrt, value=True))
    kind = found.facts.result_kind
    results = run(found, req.bound, tuple(seed_leaves(kind, value, seed, "the result")))
    count = len(leaf_kinds(kind))
    y = assembled(kind, iter(results[:count]))
    return y, gradients(found.facts, req, results[count:])


def check_mirrors(call: Call, position: int, arg: Any, cotangent: Any) -> None:
    for a, c in zip(leaves_of(arg), leaves_of(cotangent), strict=False):
        if c is not None and (np.shape(a) != np.shape(c) or (varied(a) and np.result_type(a) != np.result_type(c))):
            what = f"the cotangent of argument {position + 1} has shape {np.shape(c)} and dtype {np.result_type(c)}"
            raise call.wrong(f"{what}, the argument {np.shape(a)} and {np.result_type(a)}")


def check_same(call: Call, made: Any, wanted: Any, what: str, tolerance: float) -> None:
    if not same(made, wanted, tolerance):
        raise call.wrong(f"{what}: {made!r} against {wanted!r}")


def check_differences(call: Call, seed: Any, made: tuple[Any, ...]) -> None:
    """Along each entry of small arguments, and in directions of all arguments."""
    for i, a in enumerate(call.args):
        for ray in rays(a):
            tangents = tuple(ray if j == i else combined(0.0, b, 0.0, b) for j, b in enumerate(call.args))
            numeric = inner(seed, difference(call.plainly, call.args, tangents, STEP))
            ours = inner(made[i], ray)
            if not np.isclose(ours, numeric, rtol=1e-7 + call.precision, atol=1e-8 + call.precision):
                what = f"by argument {i + 1} the derivative in one direction is {ours:.10g}"
                raise call.wrong(f"{what}, finite differences give {numeric:.10g}")


def rays(arg: Any) -> Iterator[Any]:
    if not reals(arg):
        return
    yield from (direction(arg, k) for k in (3, 4))
    if isinstance(arg, np.ndarray) and arg.size <= 30 and varied(arg):
        for i in range(arg.size):
            one = np.zeros(arg.size, arg.dtype)
            one[i] = 1
            yield one.reshape(arg.shape)
