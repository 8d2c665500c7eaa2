"""From a function to its syntax tree, with the positions that the user's file or cell has."""

from __future__ import annotations

import ast
import dis
import inspect
import linecache
from collections.abc import Iterable
from functools import lru_cache
from importlib.machinery import SourceFileLoader
from types import CodeType, FunctionType, MethodType
from typing import Any, TypeAlias

from zygote_nb.dataclass import dataclass
from zygote_nb.errors import Location, SourceNotFoundError, locate
from zygote_nb.frontend.files import File, FunctionNode, around, compiles_to, file_of, with_nested

__all__ = ["FreeNames", "FunctionNode", "Source", "capture", "free_names", "source_key", "underlying"]


@dataclass(frozen=True, slots=True)
class Source:
    """A function and where it is written.

    tree: the def or lambda; its positions are those of the file. Shared by all who ask: don't change it.
    text: what a person would read: the def without decorators, or the lambda, dedented.
    first_line: line of the def or lambda in `filename`.
    function: the plain Python function under methods and dispatchers; `code` is its code object.
    """

    tree: FunctionNode
    filename: str
    text: str
    first_line: int
    qualname: str
    function: FunctionType
    code: CodeType

    def covers(self, place: tuple[Any, ...]) -> bool:
        """Whether a place, which ends with file, line and column, is in the function."""
        filename, line, _ = place[-3:]
        return bool(filename == self.filename and self.tree.lineno <= line <= (self.tree.end_lineno or line))


@dataclass(frozen=True, slots=True)
class FreeNames:
    """Names that a function takes from outside: cells of its closure; globals (or builtins), nested functions' too."""

    cells: tuple[str, ...]
    globals: tuple[str, ...]


def capture(fn: object) -> Source:
    """The source of a function, method, lambda, callable object or `@njit` function.

    A function with a decorator is what the decorator made of it. Raises SourceNotFoundError where
    there is no Python source, or where it changed since the function was made.

    >>> import textwrap
    >>> capture(textwrap.dedent).text.splitlines()[0]
    'def dedent(text):'
    """
    function = underlying(fn)
    code = function.__code__
    file = file_of(code.co_filename, _lines(function))
    node = _find(function, file)
    if node is None:
        raise _changed(code)
    text = _text(node, file.lines)
    return Source(node, code.co_filename, text, node.lineno, function.__qualname__, function, code)


def source_key(fn: object) -> tuple[str, CodeType]:
    """Equal for functions that were made by the same source at the same place; captures and defaults don't count.

    >>> source_key(lambda x: x) == source_key(lambda x: -x)
    False
    """
    code = underlying(fn).__code__
    return code.co_filename, code


def free_names(source: Source) -> FreeNames:
    """The names that a captured function reads or sets outside of itself, in order of appearance.

    >>> import textwrap
    >>> free_names(capture(textwrap.indent)).cells
    ()
    """
    return FreeNames(source.code.co_freevars, _global_names(source.code))


def underlying(fn: object) -> FunctionType:
    """The plain Python function that a call of `fn` runs: of a method its function, of a dispatcher its `py_func`.

    >>> underlying("".join)
    Traceback (most recent call last):
    zygote_nb.errors.SourceNotFoundError: str.join has no Python source: it is a builtin_function_or_method
    Write a rule for it with @zg.rrule(...), or write the computation in Python.
    """
    inner = fn
    while isinstance(inner, MethodType | staticmethod | classmethod):
        inner = inner.__func__
    if isinstance(inner, type) or isinstance(getattr(inner, "nin", None), int):  # ufuncs, numba's have a __call__
        raise _not_python(inner)
    call = inspect.getattr_static(type(inner), "__call__", None)
    for function in (inner, getattr(inner, "py_func", None), call):
        if isinstance(function, FunctionType):
            return function
    raise _not_python(inner)


def _lines(function: FunctionType) -> list[str]:
    code = function.__code__
    linecache.checkcache(code.co_filename)
    lines = linecache.getlines(code.co_filename, function.__globals__)
    if not lines and (of_code := getattr(linecache, "_getlines_from_code", None)):
        lines = of_code(code)  # the interactive prompt from Python 3.13 on
    if not lines:
        raise _no_text(code)
    return lines


def _find(function: FunctionType, file: File) -> FunctionNode | None:
    code = function.__code__
    known = file.found.get(id(code))
    if known is not None and known[0] is code:
        return known[1]
    node = _among(function, file, file.part(code.co_firstlineno)) or _among(function, file, file.whole())
    if node is not None:
        file.found[id(code)] = code, node
    return node


def _among(function: FunctionType, file: File, body: list[ast.stmt]) -> FunctionNode | None:
    """The node in these statements that is what runs."""
    code = function.__code__
    nodes = [node for node in file.named(code, body) if _parameters_match(node, code)]
    node = nodes[0] if len(nodes) == 1 else _tell_apart(nodes, code)
    return node if node is not None and (_is_rewritten(function) or _is_current(node, code, file, body)) else None


def _parameters_match(node: FunctionNode, code: CodeType) -> bool:
    a = node.args
    stars = [star for star in (a.vararg, a.kwarg) if star]
    written = [arg.arg for arg in (*a.posonlyargs, *a.args, *a.kwonlyargs, *stars)]
    compiled = code.co_varnames[: len(written)]
    counts = (len(a.posonlyargs), len(a.posonlyargs) + len(a.args), len(a.kwonlyargs))
    return counts == (code.co_posonlyargcount, code.co_argcount, code.co_kwonlyargcount) and all(
        c == w or (w.startswith("__") and c.endswith(w))  # in a class, __x becomes _Class__x
        for w, c in zip(written, compiled, strict=False)
    )


def _tell_apart(nodes: list[FunctionNode], code: CodeType) -> FunctionNode | None:
    """Which of several lambdas that begin on one line: the innermost around all that the code executes."""
    if not nodes:
        return None
    spans = _spans(code)
    if spans:
        around = [node for node in nodes if all(_contains(node, span) for span in spans)]
        return max(around, key=lambda node: (node.lineno, node.col_offset), default=None)
    for node in nodes:
        if isinstance(node, ast.Lambda) and compiles_to([_statement(node)], code):
            return node
    raise _ambiguous(nodes, code)


def _statement(node: ast.expr) -> ast.stmt:
    return ast.copy_location(ast.Expr(node), node)


_Span: TypeAlias = tuple[int, int, int, int]


def _spans(code: CodeType) -> list[_Span]:
    """Places of the instructions; those without columns of their own (entry, a constant result) say nothing."""
    return [
        (line, column, end_line, end_column)
        for line, end_line, column, end_column in code.co_positions()
        if line is not None and end_line is not None and column is not None and end_column
    ]


def _contains(node: FunctionNode, span: _Span) -> bool:
    body = node.body if isinstance(node, ast.Lambda) else node
    end = body.end_lineno or 0, body.end_col_offset or 0
    return (body.lineno, body.col_offset) <= span[:2] and span[2:] <= end


def _is_rewritten(function: FunctionType) -> bool:
    """Import hooks (pytest's asserts, run-time type checkers) compile something else than what is written."""
    module = function.__globals__
    loader = module.get("__loader__")
    is_own = function.__code__.co_filename == module.get("__file__")
    return is_own and loader is not None and type(loader) is not SourceFileLoader


def _is_current(node: FunctionNode, code: CodeType, file: File, body: list[ast.stmt]) -> bool:
    """Whether what is written there now is what runs."""
    # A file is compiled whole, a notebook cell statement by statement, which makes other code of `np.sin(x)`.
    own = around(body, node.lineno, node.end_lineno or node.lineno)
    return file.has(code, own) or file.has(code, body)


def _text(node: FunctionNode, lines: list[str]) -> str:
    first, *rest = lines[node.lineno - 1 : node.end_lineno]
    indent = first[: len(first) - len(first.lstrip())]
    if not isinstance(node, ast.Lambda):
        return "".join(line.removeprefix(indent) for line in (first, *rest)).rstrip() + "\n"
    last = (rest or [first])[-1].encode()[: node.end_col_offset].decode()
    whole = [first, *rest[:-1], last] if rest else [last]
    whole[0] = whole[0].encode()[node.col_offset :].decode()
    return "".join(line.removeprefix(indent) for line in whole)


_GLOBAL = {"LOAD_GLOBAL", "STORE_GLOBAL", "DELETE_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"}


@lru_cache(maxsize=1024)
def _global_names(code: CodeType) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for inner in with_nested(code):
        instructions = list(dis.get_instructions(inner))
        local = {i.argval for i in instructions if i.opname == "STORE_NAME"}  # of a class body
        names |= dict.fromkeys(i.argval for i in instructions if i.opname in _GLOBAL and i.argval not in local)
    return tuple(name for name in names if name.isidentifier())  # pytest's own are not


_ELSEWHERE = "Define it in a file that you import or in a notebook cell, or write a rule for it with @zg.rrule(...)."
_ORIGINS = {
    "<stdin>": "it was typed at a plain interactive prompt",
    "<string>": "it was made by exec, eval or python -c",
    "<timed exec>": "it was defined in a %%time cell",
    "<magic-timeit>": "it was defined under %timeit",
}


def _not_python(fn: object) -> SourceNotFoundError:
    name = getattr(fn, "__qualname__", None) or type(fn).__qualname__
    if isinstance(fn, type):
        return SourceNotFoundError(
            f"{name} is a class, not a function", hint="Differentiate a function that makes and uses its objects."
        )
    if not callable(fn):
        return SourceNotFoundError(f"{fn!r} is not a function", hint="Give the function itself, not its result.")
    if callable(getattr(fn, "__wrapped__", None)):
        return SourceNotFoundError(
            f"{name} has no Python source: a decorator made it a {type(fn).__qualname__}",
            hint=f"Use {name}.__wrapped__, the function without it, or write a rule for it with @zg.rrule(...).",
        )
    return SourceNotFoundError(
        f"{name} has no Python source: it is a {type(fn).__qualname__}",
        hint="Write a rule for it with @zg.rrule(...), or write the computation in Python.",
    )


def _no_text(code: CodeType) -> SourceNotFoundError:
    filename = code.co_filename
    generated = filename.startswith("<") and filename.endswith(">")
    unknown = "its text was compiled without being kept" if generated else "its file is gone or empty"
    return SourceNotFoundError(
        f"{code.co_qualname} has no source: {_ORIGINS.get(filename, unknown)}",
        at=Location(filename, code.co_firstlineno),
        hint=_ELSEWHERE,
    )


def _changed(code: CodeType) -> SourceNotFoundError:
    if (
        code.co_filename in _ORIGINS
    ):  # what is kept under this name is another text: Python 3.13 keeps that of `python -c`
        return _no_text(code)
    return SourceNotFoundError(
        f"the source of {code.co_qualname} is no longer the one that runs",
        at=Location(code.co_filename, code.co_firstlineno),
        hint="It was edited after it was imported: import it again (importlib.reload, or %autoreload 2), "
        "or run its cell again.",
    )


def _ambiguous(nodes: Iterable[FunctionNode], code: CodeType) -> SourceNotFoundError:
    return SourceNotFoundError(
        "several lambdas begin on this line, and Python was told not to keep columns (PYTHONNODEBUGRANGES)",
        at=locate(min(nodes, key=lambda node: node.col_offset), code.co_filename),
        hint="Write one lambda a line, or use def.",
    )
