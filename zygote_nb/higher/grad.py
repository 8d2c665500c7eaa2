"""Gradients as functions, as in JAX and autograd."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from zygote_nb.api import Request, gradient, gradients, not_scalar
from zygote_nb.backend.quick import quick
from zygote_nb.caches import remembered
from zygote_nb.driver.assembly import assembled
from zygote_nb.driver.bound import Bound, bind
from zygote_nb.driver.direct import written
from zygote_nb.driver.facts import Question
from zygote_nb.driver.fast.call import LIMIT, fast_call, keep
from zygote_nb.driver.fast.writer import Fast
from zygote_nb.driver.ready import Ready, ready
from zygote_nb.driver.run import run
from zygote_nb.driver.values import leaf_kinds
from zygote_nb.frontend.lowered import MODULES
from zygote_nb.ir.kinds import TupleOf

INSIDE: tuple[str, ...] = (
    "api", "higher.grad", "higher.tangents", "higher.hessians", "higher.jacobians", "higher.inside.composed",
    "higher.checkpoint", "higher.fixed", "higher.forwarded", "trees",
)  # fmt: skip
MODULES.update({f"zygote_nb.{module}": "zygote_nb.higher.inside.verbs" for module in INSIDE})
INTEGRALS = ("_quadpack_py", "_ivp.ivp", "_odepack_py")
MODULES.update({f"scipy.integrate.{module}": "zygote_nb.higher.inside.integrals" for module in INTEGRALS})
MODULES["scipy.sparse.linalg._dsolve.linsolve"] = "zygote_nb.higher.inside.sparse_solutions"
MATRICES = ("_basic", "_decomp", "_decomp_cholesky", "_solvers", "_special_matrices")
MODULES.update({f"scipy.linalg.{module}": "zygote_nb.higher.inside.matrices" for module in MATRICES})
SPLINES = ("_cubic", "_bsplines", "_interpolate", "_fitpack2")
MODULES.update({f"scipy.interpolate.{module}": "zygote_nb.higher.inside.interpolation" for module in SPLINES})
SOLVERS = ("_zeros_py", "_root_scalar", "_root", "_minpack_py", "_minimize")
MODULES.update({f"scipy.optimize.{module}": "zygote_nb.higher.inside.roots" for module in SOLVERS})


def D(f: Callable[..., Any]) -> Callable[[Any], Any]:
    """The derivative of a function of one number, itself a function of one number.

    Example:
        >>> D(lambda x: x ** 3)(2.0)
        12.0
    """

    def derivative(x: Any) -> Any:
        (slope,) = gradient(f, x)
        return slope

    derivative.__name__ = f"D({getattr(f, '__name__', 'f')})"
    return derivative


class Grad:
    """The gradient of a function, as a function; it pickles if the function does."""

    __slots__ = ("__weakref__", "argnums", "buffers", "calls", "function", "has_aux", "out", "with_value")

    def __init__(
        self, function: Callable[..., Any], argnums: int | tuple[int, ...] = 0, has_aux: bool = False, out: Any = None,
        with_value: bool = False,
    ) -> None:  # fmt: skip
        self.function, self.argnums, self.has_aux = function, argnums, has_aux
        self.out, self.with_value = out, with_value
        self.buffers = out if out is None or isinstance(out, (tuple, list)) else (out,)
        self.calls: list[Fast] = calls_of(function, argnums, with_value, out is not None)

    def __reduce__(self) -> tuple[Any, ...]:
        return Grad, (self.function, self.argnums, self.has_aux, self.out, self.with_value)

    @property
    def __name__(self) -> str:
        return f"{getattr(self.function, '__name__', 'f')}_gradient"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Grad) and self.__reduce__() == other.__reduce__()

    def __hash__(self) -> int:
        return hash((self.function, self.with_value, self.has_aux))

    def __repr__(self) -> str:
        name = getattr(self.function, "__name__", "f")
        return f"{'value_and_grad' if self.with_value else 'grad'}({name}, argnums={self.argnums})"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Gradients by the arguments at ``argnums``; ``kwargs`` are constant."""
        __tracebackhide__ = True
        if kwargs:
            return self.slowly(args, kwargs)
        try:
            for fast in self.calls:
                known = fast(self.function, args, self.buffers)
                if known is not None:
                    be_quick()
                    return known
        except Exception:
            pass  # the long way gives the plain exception, or the result that compiled code could not give
        if isinstance(self.function, Grad):
            return self.of_call(len(args))(*args)
        return self.slowly(args, kwargs)

    def of_call(self, positional: int) -> Grad:
        """The same gradient, of a plain function that calls the gradient function: such calls are made fast."""
        return grad_of_call(self.function, positional, self.argnums, self.has_aux, self.out, self.with_value)

    def slowly(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        positions = (self.argnums,) if isinstance(self.argnums, int) else tuple(self.argnums)
        bound = bind(self.function, args, kwargs)
        order = tuple(bound.positional[p] for p in positions)
        req = Request(bound, tuple(i in order for i in range(len(bound.names))), order)
        buffers = self.checked_buffers(req)
        needs_value = self.with_value or self.has_aux
        found = ready(bound, Question(req.wrt, needs_value, True, buffers is not None))
        self.check(found, bound)
        more = in_parameter_order(req, buffers)
        results = run(found, bound, (), more)
        kind = found.facts.result_kind
        count = len(leaf_kinds(kind)) if needs_value else 0
        made = gradients(found.facts, req, results[count:]) if buffers is None else buffers
        grads = made[0] if isinstance(self.argnums, int) else made
        if not kwargs and not self.has_aux:
            keep(self.calls, fast_call(found, bound, more, order, isinstance(self.argnums, int)))
        if not needs_value:
            return grads
        return self.with_aux(assembled(kind, iter(results[:count])), grads)

    def check(self, found: Ready, bound: Bound) -> None:
        kind = found.facts.result_kind
        pair = isinstance(kind, TupleOf) and len(kind.items) == 2
        if self.has_aux and not pair:
            raise TypeError("with has_aux the function must return (loss, aux)")
        if not self.has_aux and isinstance(kind, TupleOf):
            raise not_scalar(found, bound)

    def with_aux(self, value: Any, grads: Any) -> Any:
        if not self.has_aux:
            return value, grads
        return (value, grads) if self.with_value else (grads, value[1])

    def checked_buffers(self, req: Request) -> tuple[Any, ...] | None:
        """The buffers that were given, one for each gradient, checked against the arguments."""
        if self.buffers is None:
            return None
        buffers = tuple(self.buffers)
        if len(buffers) != len(req.order):
            raise ValueError(f"out has {len(buffers)} buffers for {len(req.order)} gradients")
        for i, (buffer, position) in enumerate(zip(buffers, req.order, strict=True)):
            check_buffer(buffer, req.bound.values[position], req.bound.names[position])
            check_apart(buffer, (*buffers[:i], *req.bound.values), req.bound.names[position])
        return buffers


@cache
def be_quick() -> None:
    """From now on, calls of gradient functions are tried in machine code first, where it can be had."""
    method = quick(Grad, ("calls", "function", "buffers"), Grad.__call__)
    if method is not None:
        Grad.__call__ = method  # type: ignore[method-assign]


def grad_of_call(function: Any, positional: int, argnums: Any, has_aux: bool, out: Any, with_value: bool) -> Grad:
    key = function, positional, argnums, has_aux, id(out), with_value
    known = _of_calls.get(key)
    if known is None or known.out is not out:
        if len(_of_calls) >= LIMIT:
            del _of_calls[next(iter(_of_calls))]
        known = _of_calls[key] = Grad(written(function, positional, (), ()), argnums, has_aux, out, with_value)
    return known


_of_calls: dict[Any, Grad] = remembered({})


def check_buffer(buffer: Any, value: Any, name: str) -> None:
    if not isinstance(buffer, np.ndarray) or not isinstance(value, np.ndarray):
        raise TypeError(
            f"out takes float64 arrays, for arguments that are arrays; `{name}` is a {type(value).__name__}"
        )
    if buffer.shape != value.shape or buffer.dtype != np.float64 or value.dtype != np.float64:
        what = f"the buffer for `{name}` is {buffer.dtype} of shape {buffer.shape}"
        raise ValueError(f"{what}, and the argument {value.dtype} of shape {value.shape}; both must be float64")


def check_apart(buffer: np.ndarray[Any, Any], others: tuple[Any, ...], name: str) -> None:
    if any(isinstance(other, np.ndarray) and np.shares_memory(buffer, other) for other in others):
        raise ValueError(f"the buffer for `{name}` shares memory with an argument, or with another buffer")


def in_parameter_order(req: Request, buffers: tuple[Any, ...] | None) -> tuple[Any, ...]:
    """Buffers in the order of the parameters, as the generated code takes them."""
    if buffers is None:
        return ()
    return tuple(b for _, b in sorted(zip(req.order, buffers, strict=True), key=lambda pair: pair[0]))


_calls: dict[Any, list[Fast]] = remembered({})


def calls_of(function: Any, argnums: Any, with_value: bool, into: bool) -> list[Fast]:
    """What was written for calls of the gradient of a function, by all objects that stand for this gradient."""
    code = getattr(function, "__code__", None)
    if code is None or isinstance(argnums, list):
        return []
    key = id(code), argnums, with_value, into
    if key not in _calls and len(_calls) >= LIMIT:
        del _calls[next(iter(_calls))]
    return _calls.setdefault(key, [])


def grad(f: Callable[..., Any], argnums: int | tuple[int, ...] = 0, has_aux: bool = False, out: Any = None) -> Grad:
    """The gradient of ``f`` as a function, as in JAX.

    Args:
        f: a function that returns a real number, or ``(loss, aux)`` if ``has_aux``.
        argnums: the positions of the arguments to differentiate by; an int gives one gradient, a tuple a tuple.
        has_aux: whether ``f`` returns ``(loss, aux)``; the function then returns ``(gradient, aux)``.
        out: float64 buffers of the shapes of the gradients, one for each of ``argnums``, that every call overwrites
            and returns.

    Example:
        >>> grad(lambda x, y: x * y, argnums=1)(2.0, 3.0)
        2.0
    """
    return Grad(f, argnums, has_aux, out)


def value_and_grad(
    f: Callable[..., Any], argnums: int | tuple[int, ...] = 0, has_aux: bool = False, out: Any = None
) -> Grad:
    """Like :func:`grad`, but the function returns ``(value, gradient)``; with ``has_aux``, ``((loss, aux), gradient)``.

    Example:
        >>> value_and_grad(lambda x: x * x)(3.0)
        (9.0, 6.0)
    """
    return Grad(f, argnums, has_aux, out, True)
