"""Running a derivation: interpreted or compiled, with the user's own exception where there is one."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import CellType
from typing import Any

import numpy as np

from zygote_nb.backend.module import interpreted
from zygote_nb.driver.derived import Bound, Derived, call_arguments
from zygote_nb.driver.values import blank, deep_copy, leaf_kinds
from zygote_nb.errors import CompileError, Location, ZygoteError
from zygote_nb.frontend.boundary import UNCHANGED, WHOLE
from zygote_nb.frontend.free import read
from zygote_nb.frontend.maybe import Given
from zygote_nb.ir.kinds import Kind, ObjectOf, Scalar, Shared, Static, TupleOf
from zygote_nb.options import current
from zygote_nb.runtime.steering import HookError


def run(derived: Derived, bound: Bound, seeds: tuple[Any, ...], buffers: tuple[Any, ...] = ()) -> tuple[Any, ...]:
    """The results of the generated function: values first if they were asked for, then gradients."""
    leaves = call_arguments(derived, bound)
    done = run_compiled(derived, (*leaves, *seeds, *buffers))
    if done is not None:
        return written_back(derived, bound, with_kinds(derived, as_tuple(done[0])))
    try:
        with np.errstate(all="ignore"):
            results = as_tuple(interpreted(derived.module)(*leaves, *seeds, *buffers))
        return written_back(derived, bound, results)
    except ZygoteError:
        raise
    except HookError as error:
        raise error.error from None
    except Exception as error:
        raise own_exception(derived, bound, error) from None


def written_back(derived: Derived, bound: Bound, results: tuple[Any, ...]) -> tuple[Any, ...]:
    """What the function changed outside of its arguments is as after one plain call; the results without it."""
    if not derived.outside and not derived.captured:
        return results
    first = len(leaf_kinds(derived.result_kind)) if derived.value else 0
    queue = iter(results[first:])
    for ident, kind in derived.outside:
        assert isinstance(kind, ObjectOf)
        path = derived.program.outside.paths[ident]
        holder = read(path, bound.function, bound.values)
        parts = {
            key: entry(holder, key) if item == UNCHANGED else assembled(item, queue)
            for key, item in zip(kind.keys, kind.items, strict=True)
        }
        if kind.note is WHOLE:
            replace_all(holder, parts)
        for key, item in zip(kind.keys, kind.items, strict=True):
            if item != UNCHANGED:
                put(holder, key, parts[key])
    start = len(derived.instance.function.params) - len(derived.free)
    for position in derived.captured:
        target = read(derived.free[position - start].path, bound.function, bound.values)
        target[...] = next(queue)
    return (*results[:first], *queue)


def entry(holder: Any, key: Any) -> Any:
    if isinstance(holder, (dict, list)):
        return holder[key]
    return holder.cell_contents if isinstance(holder, CellType) else getattr(holder, key)


def replace_all(holder: Any, parts: dict[Any, Any]) -> None:
    """Entries were added in between, or taken away."""
    match holder:
        case list():
            holder[:] = parts.values()
        case dict():
            holder.clear()
            holder.update(parts)
        case _:
            for name in [n for n in vars(holder) if n not in parts]:
                delattr(holder, name)


def put(holder: Any, key: Any, value: Any) -> None:
    match holder:
        case dict() | list():
            holder[key] = value
        case CellType():
            holder.cell_contents = value
        case _:
            setattr(holder, key, value)


def assembled(kind: Kind, values: Iterator[Any], objects: dict[int, Any] | None = None) -> Any:
    """A value from its leaves; ``objects`` are those of the arguments by number, and those made so far."""
    objects = {} if objects is None else objects
    match kind:
        case TupleOf():
            items = [assembled(k, values, objects) for k in kind.items]
            if kind.cls is Given:
                return items[1] if items[0] else None
            if hasattr(kind.cls, "_fields"):
                return kind.cls(*items)
            return items if kind.cls is list else tuple(items)
        case ObjectOf():
            return assembled_object(kind, values, objects)
        case Shared():
            return objects.get(kind.ident)
        case Static():
            return kind.value
    return next(values)


def assembled_object(kind: ObjectOf, values: Iterator[Any], objects: dict[int, Any]) -> Any:
    made: Any = {} if kind.cls is dict else [] if kind.cls is list else blank(kind.cls)
    objects[kind.ident] = made
    for key, item in zip(kind.keys, kind.items, strict=True):
        part = assembled(item, values, objects)
        if kind.cls is dict:
            made[key] = part
        elif kind.cls is list:
            made.append(part)
        else:
            object.__setattr__(made, key, part)
    return made


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
    memo: dict[int, Any] = {}
    values = dict(zip(bound.names, (deep_copy(v, memo) for v in bound.values), strict=True))
    signature = inspect.signature(bound.plain, follow_wrapped=False)
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    for name, parameter in signature.parameters.items():
        if parameter.kind is parameter.VAR_POSITIONAL:
            args.extend(values[name])
        elif parameter.kind is parameter.KEYWORD_ONLY:
            kwargs[name] = values[name]
        elif parameter.kind is parameter.VAR_KEYWORD:
            kwargs.update(values[name])
        else:
            args.append(values[name])
    return bound.plain(*args, **kwargs)


def as_tuple(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)
