"""From a call that was typed to the gradients that were asked for."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable
from typing import Any

import numpy as np
from IPython.core.error import UsageError

import zygote_nb as zg
from zygote_nb.api import Call as Frozen
from zygote_nb.api import request
from zygote_nb.display.document import Say
from zygote_nb.frontend.layout import is_library_name
from zygote_nb.notebook.cell.values import is_float
from zygote_nb.notebook.diagnosis.breaks import breaks
from zygote_nb.notebook.line import Call
from zygote_nb.notebook.results import Gradients

__all__ = ["argument_names", "frozen", "gradients", "identifier", "remarks_on"]


def frozen(call: Call, wrt: list[str] | None = None) -> Frozen:
    """The call as zygote_nb takes it, with respect to some of its parameters."""
    __tracebackhide__ = True
    names = argument_names(call)
    wanted = {"wrt": tuple(_parameter(name, call, names) for name in wrt)} if wrt else {}
    return zg.call(call.fn, *call.args, **wanted, **call.kwargs)


def gradients(call: Call, wrt: list[str] | None, value: bool, check: bool) -> Gradients:
    """The gradients of a call, by the function's own names for its arguments."""
    __tracebackhide__ = True
    asked = frozen(call, wrt)
    result, grads = zg.withgradient(asked)
    remarks = (*_on_what(call, result), *remarks_on(asked, grads))
    if check:
        zg.check_grads(asked)
        remarks = (*remarks, Say("agrees with finite differences"))
    by_name = dict(zip(asked.wrt or argument_names(call), grads, strict=True))
    return Gradients(by_name, result if value else None, "value" if value else "", remarks)


def _on_what(call: Call, result: Any) -> tuple[Say, ...]:
    """A word where a library's function was called with something computed: its argument has no name of the user's.
    And one where there are several results."""
    if isinstance(result, tuple):
        return (Say(f"{getattr(call.fn, '__name__', 'the function')} returns several values: this is by the first"),)
    typed = ast.parse(call.text, mode="eval").body
    computed = isinstance(typed, ast.Call) and any(isinstance(a, ast.Call | ast.BinOp) for a in typed.args)
    if not computed or not is_library_name(getattr(call.fn, "__module__", None) or ""):
        return ()
    fn = getattr(call.fn, "__name__", "the function")
    return (Say(f"by the argument of {fn}; a cell with %%grad differentiates an expression by the variables in it"),)


def argument_names(call: Call) -> tuple[str, ...]:
    """One name for each positional argument: the parameter's; by position where the function doesn't tell."""
    try:
        signature = inspect.signature(call.fn)
    except (TypeError, ValueError):
        return tuple(f"argument {i}" for i in range(len(call.args)))
    try:
        bound = signature.bind(*call.args, **call.kwargs)
    except TypeError as error:
        raise UsageError(f"{call.text}: {error}") from None
    names: list[str] = []
    for name in bound.arguments:
        if bound.signature.parameters[name].kind is inspect.Parameter.VAR_POSITIONAL:
            names += [f"{name}[{i}]" for i in range(len(bound.args) - len(names))]
        else:
            names.append(name)
    return tuple(names[: len(call.args)])


def remarks_on(call: Frozen, grads: Iterable[Any]) -> tuple[Say, ...]:
    """A word for each float argument that has no influence: the lines where the path from it to the result ends."""
    try:
        req = request(call, (), {})
        dead = [req.bound.names[i] for i, g in zip(req.order, grads, strict=True) if _is_dead(req.bound.values[i], g)]
        return tuple(Say(f"{name} has no influence: {found}") for name in dead for found in breaks(call, name)[:3])
    except Exception as error:  # a remark is never worth a gradient
        return (Say(f"no word on arguments without influence: {error!r}"),)


def _is_dead(value: Any, gradient: Any) -> bool:
    """A float or an array of floats whose gradient is zero throughout."""
    return is_float(value) and not isinstance(value, list | tuple | dict) and not np.any(gradient)


def _parameter(name: str, call: Call, names: tuple[str, ...]) -> str:
    """A wanted name, refused in one line if the call has no such argument."""
    if name not in names and name not in call.kwargs:
        known = ", ".join((*names, *call.kwargs))
        of = getattr(call.fn, "__name__", "the function")
        raise UsageError(
            f"{of} has no argument {name!r}; " + (f"it is called with {known}" if known else _NO_ARGUMENTS)
        )
    return name


_NO_ARGUMENTS = "it is called without arguments. %%grad differentiates an expression by the variables in it"


def identifier(name: str) -> str:
    if not name.isidentifier():
        raise UsageError(f"{name!r} is not a name")
    return name
