"""Running a derivation: interpreted or compiled, with the user's own exception where there is one."""

from __future__ import annotations

from typing import Any

import numpy as np

from zygote_nb.backend.module import interpreted
from zygote_nb.driver.derived import Bound, Derived, call_arguments
from zygote_nb.driver.values import deep_copy, leaf_kinds
from zygote_nb.errors import CompileError, Location, ZygoteError
from zygote_nb.ir.kinds import Scalar
from zygote_nb.options import current


def run(derived: Derived, bound: Bound, seeds: tuple[Any, ...], buffers: tuple[Any, ...] = ()) -> tuple[Any, ...]:
    """The results of the generated function: values first if they were asked for, then gradients."""
    leaves = call_arguments(derived, bound)
    done = run_compiled(derived, (*leaves, *seeds, *buffers))
    if done is not None:
        return with_kinds(derived, as_tuple(done[0]))
    try:
        with np.errstate(all="ignore"):
            return as_tuple(interpreted(derived.module)(*leaves, *seeds, *buffers))
    except ZygoteError:
        raise
    except Exception as error:
        raise own_exception(derived, bound, error) from None


def with_kinds(derived: Derived, results: tuple[Any, ...]) -> tuple[Any, ...]:
    """Values as the interpreter gives them: Numba makes Python numbers of NumPy's scalars."""
    if not derived.value:
        return results
    kinds = list(leaf_kinds(derived.result_kind))
    values = [
        np.dtype(k.dtype).type(v) if isinstance(k, Scalar) and k.weak is not True else v
        for k, v in zip(kinds, results, strict=False)
    ]
    return (*values, *results[len(kinds) :])


def run_compiled(derived: Derived, args: tuple[Any, ...]) -> tuple[Any] | None:
    """The compiled function's result, if the options ask for it and it can be had."""
    backend = current().backend
    module = derived.module
    if backend == "python" or (backend == "auto" and (module.obstacle is not None or not module.has_loops)):
        return None
    if module.obstacle is not None:
        raise refused(derived, module.obstacle)
    from zygote_nb.backend import numba

    try:
        return (numba.compiled(module)(*args),)
    except numba.Unsupported as error:
        module.obstacle = str(error)
        if backend == "numba":
            raise refused(derived, module.obstacle) from None
        return None
    except Exception:
        # The interpreter decides what happens: the plain exception, or a result that Numba could not give.
        return None


def refused(derived: Derived, why: str) -> CompileError:
    function = derived.instance.function
    at = Location(function.filename, function.span.line, function.span.col, None)
    return CompileError(
        f"{function.name} is not compiled: {why}", at=at, hint='use zg.options(backend="auto") or "python"'
    )


def own_exception(derived: Derived, bound: Bound, error: Exception) -> BaseException:
    """The exception that the plain call raises; if it raises none, the fault is in the generated code."""
    if derived.has_effects:
        return error
    try:
        call_plainly(bound)
    except Exception as own:
        return own
    what = f"the derivative of {derived.instance.name} failed where the function itself does not"
    fault = ZygoteError(f"{what}: {type(error).__name__}: {error}", hint="please report this with the function")
    fault.__cause__ = error
    return fault


def call_plainly(bound: Bound) -> Any:
    """The function itself, on copies of the arguments."""
    import inspect

    function = bound.function
    values = dict(zip(bound.names, map(deep_copy, bound.values), strict=True))
    from zygote_nb.frontend.free import plain

    signature = inspect.signature(plain(function))
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    for name, parameter in signature.parameters.items():
        if parameter.kind is parameter.VAR_POSITIONAL:
            args.extend(values[name])
        elif parameter.kind is parameter.KEYWORD_ONLY:
            kwargs[name] = values[name]
        elif parameter.kind is not parameter.VAR_KEYWORD:
            args.append(values[name])
    return plain(function)(*args, **kwargs)


def as_tuple(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)
