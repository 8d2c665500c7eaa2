"""Arguments of a call matched with the parameters of a function."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zygote_nb.frontend.heap import new_object
from zygote_nb.frontend.values import make_tuple

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

Kwargs = tuple[tuple[str, Any], ...]


def bind_values(
    lo: Lowering, node: ast.AST, spec: ast.arguments, name: str, args: list[Any], kwargs: Kwargs,
    default: Callable[[str], Any],
) -> dict[str, Any]:  # fmt: skip
    """The value of each parameter, in the order of the signature."""
    positional = [a.arg for a in (*spec.posonlyargs, *spec.args)]
    only = {a.arg for a in spec.posonlyargs}
    given: dict[str, Any] = dict(zip(positional, args, strict=False))
    extra: dict[str, Any] = {}
    named = {*positional[len(spec.posonlyargs) :], *(a.arg for a in spec.kwonlyargs)}
    for key, value in kwargs:
        if key in given and key not in only:
            raise lo.raised(node, TypeError, f"{name}() got multiple values for argument {key!r}")
        (given if key in named else extra)[key] = value
    if len(args) > len(positional) and spec.vararg is None:
        raise lo.raised(
            node, TypeError, f"{name}() takes {len(positional)} positional arguments but {len(args)} were given"
        )
    if extra and spec.kwarg is None:
        raise lo.raised(node, TypeError, f"{name}() got an unexpected keyword argument {next(iter(extra))!r}")
    values: dict[str, Any] = {}
    for parameter in positional:
        values[parameter] = filled(lo, node, name, given, parameter, default)
    if spec.vararg is not None:
        values[spec.vararg.arg] = make_tuple(tuple(args[len(positional) :]), tuple)
    for a in spec.kwonlyargs:
        values[a.arg] = filled(lo, node, name, given, a.arg, default)
    if spec.kwarg is not None:
        values[spec.kwarg.arg] = new_object(lo, node, dict, list(extra.items()), spec.kwarg.arg)
    return values


def filled(
    lo: Lowering, node: ast.AST, name: str, given: dict[str, Any], parameter: str, default: Callable[[str], Any]
) -> Any:
    if parameter in given:
        return given[parameter]
    try:
        return default(parameter)
    except KeyError:
        raise lo.raised(node, TypeError, f"{name}() missing a required argument: {parameter!r}") from None
