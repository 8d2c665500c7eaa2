"""What kind of thing a statement of a cell is: its loss, a preparation, or something only to be looked at."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

from zygote_nb.notebook.cell.names import binds, root

__all__ = ["hidden_code", "is_definition", "is_effect", "is_import", "onlooker_names", "result_of"]

_ONLOOKERS = frozenset({"print", "display", "get_ipython"})
_ONLOOKING_PACKAGES = frozenset(
    {
        "matplotlib",
        "seaborn",
        "plotly",
        "bokeh",
        "altair",
        "IPython",
        "ipywidgets",
        "tqdm",
        "logging",
        "warnings",
        "time",
    }
)
_RETURN_NOTHING = frozenset({"append", "extend", "insert", "clear", "remove", "sort", "reverse", "update"})


def result_of(statement: ast.stmt) -> ast.expr | None:
    """The expression, or the one name that the statement assigns, which may be the loss of a cell.

    A block assigns what its last statement assigns, on every path that it has.

    >>> ast.unparse(result_of(ast.parse("if c:\\n    y = a\\nelse:\\n    y = b").body[0]))
    'y'
    """
    match statement:
        case ast.Expr(value=value):
            return value
        case ast.Assign(targets=[ast.Name() as name]) | ast.AugAssign(target=ast.Name() as name):
            return ast.Name(name.id, ast.Load())
        case ast.AnnAssign(target=ast.Name() as name, value=ast.expr()):
            return ast.Name(name.id, ast.Load())
        case ast.If() | ast.For() | ast.While() | ast.With() | ast.Try():
            return _assigned_on_every_path(statement)
        case _:
            return None


def _assigned_on_every_path(block: ast.If | ast.For | ast.While | ast.With | ast.Try) -> ast.expr | None:
    handlers = [handler.body for handler in getattr(block, "handlers", [])]
    *_, last = (block.body, getattr(block, "orelse", []) if isinstance(block, ast.Try) else [])
    paths = [last or block.body, *handlers]
    if isinstance(block, ast.If) and block.orelse:
        paths.append(block.orelse)
    found = [result_of(path[-1]) for path in paths if not isinstance(path[-1], ast.Expr | ast.Raise | ast.Continue)]
    names = {name.id for name in found if isinstance(name, ast.Name)}
    return ast.Name(names.pop(), ast.Load()) if len(names) == 1 and None not in found else None


def is_import(statement: ast.stmt) -> bool:
    """`import a`, `from a import b`."""
    return isinstance(statement, ast.Import | ast.ImportFrom)


def is_definition(statement: ast.stmt) -> bool:
    """A function or a class, or a name for a lambda."""
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return True
        case ast.Assign(targets=[ast.Name()], value=ast.Lambda()):
            return True
        case _:
            return False


def onlooker_names(statements: Sequence[ast.stmt], namespace: Mapping[str, Any]) -> frozenset[str]:
    """Names that stand for printing, plotting, logging: from the notebook, and those that the cell itself makes."""
    names = set(_ONLOOKERS) | {name for name, value in namespace.items() if _package(value) in _ONLOOKING_PACKAGES}
    for statement in statements:
        match statement:
            case ast.Import(names=aliases):
                names |= {a.asname or a.name for a in aliases if a.name.split(".")[0] in _ONLOOKING_PACKAGES}
            case ast.ImportFrom(module=str(module), names=aliases) if module.split(".")[0] in _ONLOOKING_PACKAGES:
                names |= {a.asname or a.name for a in aliases}
            case ast.Assign(value=ast.Call() as call) if root(call) in names:
                names |= binds(statement)
    return frozenset(names)


def is_effect(statement: ast.stmt, onlookers: frozenset[str]) -> bool:
    """A bare call that is made for what it does: `print(loss)`, a line magic, `plt.plot(h)`, `losses.append(loss)`."""
    match statement:
        case ast.Pass():
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr=method))) if method in _RETURN_NOTHING:
            return True
        case ast.Expr(value=ast.Call() as call):
            return root(call) in onlookers
        case _:
            return False


def hidden_code(statement: ast.stmt) -> str:
    """Why a line magic can't stand where a cell is differentiated, if it may bind variables; empty if it doesn't.

    >>> hidden_code(ast.parse("get_ipython().run_line_magic('time', 'y = f(x)')").body[0])
    '%time hides what it runs: write `y = f(x)` without it'
    """
    match statement:
        case ast.Expr(
            value=ast.Call(
                func=ast.Attribute(attr="run_line_magic"), args=[ast.Constant(str(name)), ast.Constant(str(text))]
            )
        ):
            if name in _RUN_FILES:
                return f"%{name} may bind variables: give it a cell of its own"
            if name in _RUN_CODE and _may_bind(text):
                return f"%{name} hides what it runs: write `{text}` without it"
    return ""


_RUN_FILES = frozenset({"run", "load", "loadpy", "pylab", "store", "reset", "reset_selective", "sql", "R", "cython"})
_RUN_CODE = frozenset({"time", "prun", "debug", "lprun", "mprun", "memit", "snakeviz"})


def _may_bind(text: str) -> bool:
    try:
        return any(map(binds, ast.parse(text).body))
    except SyntaxError:
        return False


def _package(value: Any) -> str:
    name = value.__name__ if isinstance(value, ModuleType) else getattr(type(value), "__module__", None)
    if callable(value) and not isinstance(value, type):
        name = getattr(value, "__module__", None) or name
    return name.split(".")[0] if isinstance(name, str) else ""
