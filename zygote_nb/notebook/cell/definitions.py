"""A cell of definitions: each function annotated, at arguments that the notebook already has."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import zygote_nb as zg
from zygote_nb.display.document import Code, Document, Line, Part, Say
from zygote_nb.notebook.annotate import annotated_document
from zygote_nb.notebook.replay.run import BUDGET

__all__ = ["definitions_document"]


def definitions_document(names: Iterable[str], namespace: Mapping[str, Any], budget: float = BUDGET) -> Document:
    """The annotated source of functions, each at variables of the notebook that have its parameters' names."""
    return tuple(part for name in names for part in _definition(name, namespace[name], namespace, budget))


def _definition(name: str, fn: Callable[..., Any], namespace: Mapping[str, Any], budget: float) -> Iterable[Part]:
    args, absent = _arguments(fn, namespace)
    if absent:
        yield _source(name, fn)
        yield Say(
            f"{name} has no values yet: there is no variable {', '.join(absent)}. %adjoint {name}(...) shows them"
        )
        return
    try:
        yield from annotated_document(zg.call(fn, *args), name, budget)
        if args:
            yield Say(f"{name} is shown at the notebook's {', '.join(inspect.signature(fn).parameters)}")
    except zg.ZygoteError as error:
        yield _source(name, fn)
        yield Say(str(error))


def _arguments(fn: Callable[..., Any], namespace: Mapping[str, Any]) -> tuple[list[Any], list[str]]:
    args, absent = [], []
    for parameter in inspect.signature(fn).parameters.values():
        if parameter.default is not parameter.empty or parameter.kind not in _POSITIONAL:
            break
        if parameter.name in namespace:
            args.append(namespace[parameter.name])
        else:
            absent.append(parameter.name)
    return args, absent


_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def _source(name: str, fn: Callable[..., Any]) -> Code:
    text = inspect.getsource(fn).rstrip()
    return Code(name, tuple(Line(line, number) for number, line in enumerate(text.splitlines(), 1)))
