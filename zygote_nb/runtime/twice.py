"""Second derivatives of helpers of gradients: their own source is differentiated, when the program runs.

What differentiates stands in a room above this one, and is found by its name.
"""

from __future__ import annotations

import ast
import inspect
import linecache
import math
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from itertools import count
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from zygote_nb.errors import ZygoteError
from zygote_nb.runtime.called import RuleError

VERBS = {"jvp": "zygote_nb.higher.tangents", "pullback": "zygote_nb.api"}
Check = Callable[..., None]
DATA = object()
NUMBERS = count(1)


@cache
def verb(name: str) -> Any:
    return getattr(import_module(VERBS[name]), name)


class BySource:
    """A rule of a helper: ``check`` raises for arguments at which it does not hold."""

    def __init__(self, helper: FunctionType, has_rule: Callable[[Any], bool], check: Check | None) -> None:
        self.helper, self.has_rule, self.check = helper, has_rule, check
        self.__name__, self.__code__, self.__module__ = helper.__name__, helper.__code__, helper.__module__

    @contextmanager
    def named(self) -> Iterator[None]:
        """What the source of the helper does that has no derivative is of no use to who has never seen it."""
        try:
            yield
        except ZygoteError as error:
            what = f"`{self.__name__}`, a part of the gradient, has no forward rule for this call"
            hint = f"there is no second derivative here yet ({error.what}); zg.frule writes one"
            raise RuleError(what, hint=hint) from error

    def admit(self, args: tuple[Any, ...]) -> None:
        if self.check is not None:
            self.check(*args)


class Forward(BySource):
    def __call__(self, tangents: tuple[Any, ...], *args: Any, **kwargs: Any) -> Any:
        self.admit(args)
        call, places = written(self.helper, settings(args), tuple(sorted(kwargs.items())), self.has_rule)
        moved = tuple(tangents[i] if varies(args[i]) else None for i in places)
        with self.named():
            return verb("jvp")(call, tuple(args[i] for i in places), moved)


class Reverse(BySource):
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.admit(args)
        call, places = written(self.helper, settings(args), tuple(sorted(kwargs.items())), self.has_rule)
        with self.named():
            value, back = verb("pullback")(call, *(args[i] for i in places))

        def pullback(dy: Any) -> tuple[Any, ...]:
            by_place = dict(zip(places, back(dy), strict=True))
            return tuple(by_place.get(i) for i in range(len(args)))

        return value, pullback


def settings(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments that the text of a call holds; ``DATA`` for the others."""
    return tuple(a if is_setting(a) else DATA for a in args)


def is_setting(value: Any) -> bool:
    if type(value) is tuple:
        return all(map(is_setting, value))
    return value is None or type(value) in (bool, int, str) or (type(value) is float and math.isinf(value))


def shown(setting: Any) -> str:
    """A setting as Python: infinity has no literal of its own."""
    if type(setting) is tuple:
        return f"({''.join(f'{shown(s)}, ' for s in setting)})"
    return repr(setting).replace("inf", "1e999") if type(setting) is float else repr(setting)


@cache
def written(
    fn: Any, given: tuple[Any, ...], named: tuple[tuple[str, Any], ...], has_rule: Callable[[Any], bool]
) -> tuple[Any, tuple[int, ...]]:
    """A function of the data that does what ``fn`` does with them and the settings, and the places of the data.

    It defines the helper, and those that the helper calls, inside: a setting is then known wherever it is read.
    """
    places = tuple(i for i, g in enumerate(given) if g is DATA)
    words = [f"x{i}" if g is DATA else shown(g) for i, g in enumerate(given)]
    words += [f"{name}={shown(value)}" for name, value in named]
    helpers = called_by(fn, has_rule)
    lines = [f"def call({', '.join(f'x{i}' for i in places)}):"]
    lines += [f"    {line}" for helper in helpers for line in ast.unparse(bare(helper)).splitlines()]
    lines.append(f"    return {fn.__name__}({', '.join(words)})")
    text = "\n".join(lines) + "\n"
    filename = f"<zygote_nb call {next(NUMBERS)} of {fn.__name__}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    scope: dict[str, Any] = {"__name__": __name__}
    for helper in helpers:
        scope |= {n: v for n, v in helper.__globals__.items() if n not in scope}
    for helper in helpers:
        scope.pop(helper.__name__, None)
    exec(compile(text, filename, "exec"), scope)
    return scope["call"], places


def called_by(fn: FunctionType, has_rule: Callable[[Any], bool]) -> list[FunctionType]:
    """The helpers without rules that a helper calls, and those that they call; itself last."""
    found: dict[FunctionType, None] = {}

    def visit(helper: FunctionType) -> None:
        for name in names_in(helper.__code__):
            other = helper.__globals__.get(name)
            ours = isinstance(other, FunctionType) and other.__module__.startswith("zygote_nb.runtime.")
            if ours and other is not helper and other not in found and not has_rule(other):
                visit(other)
        found[helper] = None

    visit(fn)
    return list(found)


def names_in(code: CodeType) -> list[str]:
    return [*code.co_names, *(n for c in code.co_consts if isinstance(c, CodeType) for n in names_in(c))]


def bare(fn: FunctionType) -> ast.FunctionDef:
    """The definition without what stands around it: decorators, annotations, the words on it."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(fn))).body
    assert isinstance(tree, ast.FunctionDef)
    tree.decorator_list, tree.returns = [], None
    for parameter in (*tree.args.posonlyargs, *tree.args.args, *tree.args.kwonlyargs):
        parameter.annotation = None
    if ast.get_docstring(tree) is not None:
        tree.body = tree.body[1:]
    return tree


def varies(value: Any) -> bool:
    if isinstance(value, (tuple, list)):
        return any(map(varies, value))
    return isinstance(value, (float, complex, np.ndarray, np.generic)) and np.result_type(value).kind in "fc"


# Where the order of values decides, equal ones have no second derivative


def distinct_singular_values(position: int) -> Check:
    def check(*args: Any) -> None:
        refuse_equal(np.linalg.svd(args[position], compute_uv=False))

    return check


def distinct_where_needed(x: Any, y: Any, order: Any, axis: Any) -> None:
    """Of the norms of matrices, those that are made of singular values."""
    axes = tuple(range(np.ndim(x))) if axis is None else axis
    if order in (2, -2, "nuc") and isinstance(axes, tuple) and len(axes) == 2:
        refuse_equal(np.linalg.svd(np.moveaxis(x, axes, (-2, -1)), compute_uv=False))


def distinct_eigenvalues(position: int) -> Check:
    def check(*args: Any) -> None:
        a = args[position]
        refuse_equal(np.linalg.eigvalsh(0.5 * (a + np.conj(np.swapaxes(a, -1, -2)))))

    return check


def distinct_values(position: int) -> Check:
    """Of eigenvalues that are an argument themselves."""
    return lambda *args: refuse_equal(args[position])


def refuse_equal(values: Any) -> None:
    values = np.sort(values, -1)
    gaps, size = np.diff(values, axis=-1), np.max(np.abs(values), initial=1.0)
    if np.size(gaps) and np.min(gaps) <= 1e-6 * size:
        raise RuleError(
            "a second derivative is taken where two eigenvalues, or singular values, are equal",
            hint="it depends on how they part; use finite differences of a gradient, or another formula",
        )
