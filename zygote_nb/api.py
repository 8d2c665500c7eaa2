"""Derivatives: the verbs that act at once, and those that return functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext, redirect_stdout
from io import StringIO
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from zygote_nb.caches import remembered
from zygote_nb.dataclass import dataclass, field, replace
from zygote_nb.display.shown import Shows
from zygote_nb.driver.assembly import assembled
from zygote_nb.driver.bound import Bound, bind, spread
from zygote_nb.driver.facts import Facts, Question
from zygote_nb.driver.fast.call import fast_call, remember
from zygote_nb.driver.fast.writer import Fast
from zygote_nb.driver.params import Grads, Params
from zygote_nb.driver.paths import Path, at_path, chosen
from zygote_nb.driver.ready import Ready, ready
from zygote_nb.driver.repeats import Repeats
from zygote_nb.driver.run import call_arguments, call_plainly, run
from zygote_nb.driver.seeds import seed_leaves
from zygote_nb.driver.values import Mirror, deep_copy, fitted, leaf_kinds
from zygote_nb.errors import ScalarOutputError
from zygote_nb.frontend.free import read, spelled
from zygote_nb.ir.kinds import Kind, TupleOf, describe

if TYPE_CHECKING:
    from zygote_nb.display.document import Document


@dataclass(frozen=True)
class Call:
    """A frozen call: a function with its arguments, and the parameters that gradients are taken by."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any] = field(default_factory=dict)
    wrt: tuple[str, ...] | None = None


class WithGradient(NamedTuple):
    """A value and the gradient there."""

    val: Any
    grad: Any


def call(f: Callable[..., Any], *args: Any, wrt: str | tuple[str, ...] | None = None, **kwargs: Any) -> Call:
    """A frozen call, accepted by every function of zygote_nb in place of ``f, *args``.

    Args:
        f: the function.
        args, kwargs: its arguments.
        wrt: names of the parameters to differentiate by, or paths to something in them (``"params.w"``,
            ``"layers.0.b"``: attributes, keys and positions); nothing is computed for the others. All positional
            arguments if None. Paths are for gradients and pullbacks.

    Raises:
        TypeError: ``wrt`` is something else, for example the position of a parameter.

    Example:
        >>> gradient(call(lambda w, x: w * x, 2.0, 3.0, wrt="w"))
        (3.0,)
        >>> gradient(call(lambda p, x: p["a"] * p["b"] * x, {"a": 2.0, "b": 3.0}, 5.0, wrt="p.b"))
        (10.0,)
    """
    names = (wrt,) if isinstance(wrt, str) else wrt
    if names is None:
        return Call(f, args, kwargs)
    try:
        found: tuple[Any, ...] = tuple(names)
    except TypeError:
        found = (wrt,)
    for name in found:
        if not isinstance(name, str):
            raise TypeError(f"`wrt` is the name of a parameter, or several names, not {name!r}")
    return Call(f, args, kwargs, found)


@dataclass(frozen=True, slots=True)
class Request:
    """A bound call with a flag for each parameter, and the parameters whose gradients are returned, in order.

    In place of a flag stand the paths of what is asked for; ``paths`` are these in order, empty for a whole parameter.
    """

    bound: Bound
    wrt: tuple[Any, ...]
    order: tuple[int, ...]
    paths: tuple[Path, ...] = ()


def request(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any], paths: bool = False) -> Request:
    """Read a call in either form; ``paths`` says that parts of parameters may be asked for."""
    __tracebackhide__ = True
    if not isinstance(f, Call):
        bound = bind(f, args, kwargs)
        return Request(bound, tuple(i in bound.positional for i in range(len(bound.names))), bound.positional)
    if args or kwargs:
        raise TypeError("a frozen call takes no further arguments")
    bound = bind(f.function, f.args, f.kwargs)
    if f.wrt is None:
        return Request(bound, tuple(i in bound.positional for i in range(len(bound.names))), bound.positional)
    named = [name.split(".") for name in f.wrt]
    order = tuple(_position(bound, parts[0]) for parts in named)
    ways = tuple(tuple(parts[1:]) for parts in named)
    if not any(ways):
        return Request(bound, tuple(i in order for i in range(len(bound.names))), order)
    if not paths:
        raise ValueError("a path in `wrt` is for gradients and pullbacks; name the parameter here")
    for i, way in zip(order, ways, strict=True):
        at_path(bound.values[i], way)
        if not any(chosen(bound.kinds[i], frozenset((way,)))):
            path = ".".join((bound.names[i], *way))
            raise ValueError(f"`{path}` holds no numbers, or only what another argument holds as well: name that")
    wanted = tuple(frozenset(w for j, w in zip(order, ways, strict=True) if j == i) for i in range(len(bound.names)))
    return Request(bound, wanted, order, ways)


def _position(bound: Bound, name: str) -> int:
    if name not in bound.names:
        raise ValueError(f"there is no parameter {name!r}; the parameters are {', '.join(bound.names)}")
    return bound.names.index(name)


def gradient(f: Callable[..., Any] | Call, *args: Any, **kwargs: Any) -> tuple[Any, ...] | Grads:
    """The gradient of a real-valued function, one entry for each positional argument.

    Args:
        f: a function that returns a real number, or a frozen call.
        args: numbers, float arrays of any shape, tuples and lists of these. An int is a number; bool, str, None and
            functions have the gradient None.
        kwargs: passed on to ``f``, constant.

    ``gradient(f, zg.Params([W, b]))`` takes gradients by arrays that ``f`` and its callees read as globals, captured
    variables, or entries and attributes of such objects; it returns a :class:`Grads`, ``gs[W]``.

    Returns:
        A tuple that mirrors ``args``: arrays of the same shape and dtype, Python floats for Python numbers. Zeros for
        what has no influence; None for an int without a differentiable path to the result.

    Raises:
        ScalarOutputError: the result is not a real number.
        UnsupportedSyntaxError, NoRuleError, SourceNotFoundError: something in ``f`` has no derivative here.

    Example:
        >>> gradient(lambda x: 5 * x + 3, 10)
        (5.0,)
    """
    __tracebackhide__ = True
    if not kwargs:
        try:
            for fast in _gradient_calls[id(f.__code__)]:  # type: ignore[union-attr]
                known: tuple[Any, ...] | None = fast(f, args)
                if known is not None:
                    return known
        except Exception:
            pass  # the long way gives the plain exception, or the result that compiled code could not give
    if args and isinstance(args[-1], Params):
        return implicit(f, args, kwargs, False)[1]
    req = request(f, args, kwargs, paths=True)
    found = ready(req.bound, Question(req.wrt, loss_only=True))
    if isinstance(found.facts.result_kind, TupleOf):
        raise not_scalar(found, req.bound)
    result = gradients(found.facts, req, run(found, req.bound))
    if not kwargs and not req.paths:
        remember(_gradient_calls, f, fast_call(found, req.bound, (), req.order))
    return result


_gradient_calls: dict[int, list[Fast]] = remembered({})
_withgradient_calls: dict[int, list[Fast]] = remembered({})


def withgradient(f: Callable[..., Any] | Call, *args: Any, **kwargs: Any) -> WithGradient:
    """The value and the gradient of a function; the forward pass runs once.

    Args:
        f, args, kwargs: as for :func:`gradient`. If ``f`` returns a tuple, its first entry is the loss, and the rest
            is carried along in ``val``.

    Returns:
        A named tuple ``(val, grad)``.

    Example:
        >>> withgradient(lambda x: x * x, 3.0)
        WithGradient(val=9.0, grad=(6.0,))
    """
    __tracebackhide__ = True
    if not kwargs:
        try:
            for fast in _withgradient_calls[id(f.__code__)]:  # type: ignore[union-attr]
                known = fast(f, args)
                if known is not None:
                    return tuple.__new__(WithGradient, known)
        except Exception:
            pass  # as above
    if args and isinstance(args[-1], Params):
        return WithGradient(*implicit(f, args, kwargs, True))
    req = request(f, args, kwargs, paths=True)
    found = ready(req.bound, Question(req.wrt, value=True, loss_only=True))
    results = run(found, req.bound)
    kind = found.facts.result_kind
    count = len(leaf_kinds(kind))
    value = assembled(kind, iter(results[:count]))
    result = WithGradient(value, gradients(found.facts, req, results[count:]))
    if not kwargs and not req.paths:
        remember(_withgradient_calls, f, fast_call(found, req.bound, (), req.order))
    return result


def implicit(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any], value: bool) -> tuple[Any, Grads]:
    """The value, if it is asked for, and the gradients by implicit parameters, which come last among the arguments."""
    __tracebackhide__ = True
    params = args[-1]
    req = request(f, args[:-1], kwargs)
    found = ready(req.bound, Question((False,) * len(req.wrt), value, loss_only=True, params=params))
    results = run(found, req.bound)
    kind = found.facts.result_kind
    count = len(leaf_kinds(kind)) if value else 0
    sums = {id(p): np.zeros_like(p) for p in params}
    computed = iter(results[count:])
    names: dict[int, str] = {}
    for variable, asked in zip(found.facts.free, found.facts.by, strict=True):
        if asked:
            param = read(variable.path, req.bound.function, req.bound.values)
            sums[id(param)] = sums[id(param)] + fitted(param, next(computed))
            names.setdefault(id(param), spelled(variable.path) or variable.name)
    y = assembled(kind, iter(results[:count])) if value else None
    return y, Grads(params, sums, names)


def not_scalar(found: Ready, bound: Bound) -> ScalarOutputError:
    from zygote_nb.driver.result import place_of_result

    instance = found.derived(bound).instance
    what = f"{instance.shown} returns {describe(found.facts.result_kind)}, and a gradient is that of a real number"
    hint = "use zg.pullback, or zg.withgradient if the first entry is the loss"
    return ScalarOutputError(what, at=place_of_result(instance), hint=hint)


def gradients(facts: Facts, req: Request, results: tuple[Any, ...]) -> tuple[Any, ...]:
    """The gradients in the image of the arguments, in the order asked for."""
    leaves = leaf_gradients(facts, results)
    made: dict[int, Any] = {}
    mirror = Mirror(leaves)
    for i, (kind, value) in enumerate(zip(req.bound.kinds, req.bound.values, strict=True)):
        found = mirror.of(kind, value)
        if req.wrt[i]:
            made[i] = found
    if req.paths:
        return tuple(at_path(made[i], way) for i, way in zip(req.order, req.paths, strict=True))
    parts = [made[i] if spread(req.bound, i) else (made[i],) for i in req.order]
    return tuple(g for part in parts for g in part)


def leaf_gradients(facts: Facts, results: tuple[Any, ...]) -> Iterator[Any]:
    """One gradient for each leaf parameter: None where none was computed."""
    computed = iter(results)
    for active, none in zip(facts.wrt, facts.none, strict=True):
        value = next(computed) if active else None
        yield None if none else value


def pullback(f: Callable[..., Any] | Call, *args: Any, **kwargs: Any) -> tuple[Any, Pullback]:
    """The value of a function and its pullback.

    Args:
        f: a function that returns a number, an array, or a tuple or list of these.
        args, kwargs: as for :func:`gradient`.

    Returns:
        ``(y, back)``: ``back(dy)`` takes a cotangent of the structure and shapes of ``y`` and returns one cotangent
        for each positional argument. It is linear, and may be called any number of times, from any thread. What
        ``f`` reads outside of its arguments is remembered; what it changes there is changed once.

    Raises:
        UnsupportedSyntaxError: ``f`` draws random numbers or asks for input, which would be others in ``back``.

    Example:
        >>> y, back = pullback(lambda x: x * x, np.array([1.0, 2.0]))
        >>> back(np.array([1.0, 0.0]))[0].tolist()
        [2.0, 0.0]
    """
    __tracebackhide__ = True
    req = request(f, args, kwargs, paths=True)
    found = ready(req.bound, Question(req.wrt))
    memo: dict[int, Any] = {}
    values = tuple(deep_copy(v, memo) for v in req.bound.values)
    frozen = replace(req, bound=replace(req.bound, values=values))
    if found.facts.has_effects:
        from zygote_nb.driver.derived import refuse_drawn_values

        refuse_drawn_values(found.derived(req.bound))
    held = tuple(deep_copy(leaf, memo) for leaf in call_arguments(found.facts, frozen.bound))
    y = call_plainly(frozen.bound)

    return y, Pullback(found, frozen, y, Repeats(found, frozen.bound, held))


@dataclass(frozen=True, slots=True, repr=False)
class Pullback(Shows):
    """Takes a cotangent of a result to cotangents of the arguments."""

    found: Ready
    request: Request
    result: Any
    sweep: Repeats

    def __call__(self, dy: Any) -> tuple[Any, ...]:
        """One cotangent for each positional argument, from one of the structure and shapes of the result."""
        __tracebackhide__ = True
        facts = self.found.facts
        seeds = tuple(seed_leaves(facts.result_kind, self.result, dy, "the result"))
        with quiet(facts.has_effects):
            return gradients(facts, self.request, self.sweep(seeds))

    def document(self) -> Document:
        """What it takes and what it gives."""
        from zygote_nb.display.document import Row, Table

        bound, order = self.request.bound, self.request.order
        rows = [Row("takes", described(self.found.facts.result_kind, self.result), "a cotangent of the result")]
        none, count = self.found.facts.none, [len(leaf_kinds(k)) for k in bound.kinds]
        for i in order:
            flags = none[sum(count[:i]) : sum(count[: i + 1])]
            given = "None" if flags and all(flags) else described(bound.kinds[i], bound.values[i])
            rows.append(Row(f"gives d {bound.names[i]}", given))
        return (Table(tuple(rows), f"pullback of {bound.plain.__name__}"),)


def described(kind: Kind, value: Any) -> str:
    return f"{describe(kind)} of shape {value.shape}" if isinstance(value, np.ndarray) else describe(kind)


def quiet(has_effects: bool) -> AbstractContextManager[Any]:
    """What the function prints was printed when its value was computed."""
    return redirect_stdout(StringIO()) if has_effects else nullcontext()
