"""What a function does that can't be undone: it must not run more often than a person asked for."""

from __future__ import annotations

from typing import Any

from zygote_nb.errors import Location, ZygoteError
from zygote_nb.frontend.instances import Instance
from zygote_nb.frontend.program import Program
from zygote_nb.ir.callables import Attribute, Method
from zygote_nb.ir.core import Apply, Const, Effect, Expr
from zygote_nb.ir.walk import statements, subexpressions
from zygote_nb.runtime.libraries import read_only

__all__ = ["OnceOnly", "refuse_lasting"]

_HARMLESS = frozenset(
    {"builtins", "time", "datetime", "math", "cmath", "operator", "itertools", "functools", "collections", "re", "json",
     "string", "random", "numpy", "scipy", "numba", "warnings", "logging", "tqdm", "copy", "inspect", "typing", "types",
     "contextlib", "platform", "zygote_nb", "posixpath", "ntpath", "genericpath", "enum", "dataclasses", "statistics"}
)  # fmt: skip
_LASTING = frozenset({"input", "open", "exec", "eval", "breakpoint", "save", "savez", "savetxt", "tofile", "dump"})
_LASTING_METHODS = frozenset(
    {"write", "writelines", "write_text", "write_bytes", "send", "sendall", "post", "put", "delete", "execute",
     "commit", "mkdir", "unlink", "rename", "touch", "rmdir", "save", "savefig", "to_csv", "to_sql", "to_parquet",
     "to_excel", "dump", "tofile", "plot", "scatter", "hist", "imshow", "bar", "step", "fill_between", "contour",
     "contourf", "errorbar", "semilogx", "semilogy", "loglog", "quiver", "annotate", "text", "axhline",
     "axvline", "add_subplot"}
)  # fmt: skip


class OnceOnly(ZygoteError):
    """A function that can't be run again as if it had not run."""


def refuse_lasting(program: Program) -> None:
    """Raise for the first call whose effect stays: prints, random draws and what is captured are undone."""
    for instance in program.instances.values():
        for stmt in statements(instance.function.body):
            if isinstance(stmt, Effect) and (name := _lasting(stmt.value)):
                raise _refusal(instance, stmt, name)


def _lasting(expr: Expr) -> str:
    """The name of a call in an expression that can't be undone; empty if there is none."""
    for inner in subexpressions(expr):
        if isinstance(inner, Apply) and (name := _name_if_lasting(_called(inner))):
            return name
    return ""


def _called(call: Apply) -> Any:
    """The function; of a library's that is handed read-only arrays, that one."""
    match call.args:
        case (Const(value=fn), *_) if call.fn is read_only:
            return fn
        case (Apply(fn=Attribute(name=name)), *_) if call.fn is read_only:
            return Method(name)
    return call.fn


def _name_if_lasting(fn: Any) -> str:
    if isinstance(fn, Method):
        return f".{fn.name}" if fn.name in _LASTING_METHODS else ""
    if isinstance(fn, Attribute):
        return ""
    name = getattr(fn, "__name__", "")
    module = getattr(fn, "__module__", None) or type(fn).__module__
    return name if name in _LASTING or module.split(".")[0] not in _HARMLESS else ""


def _refusal(instance: Instance, stmt: Effect, name: str) -> OnceOnly:
    span = stmt.span
    at = Location(instance.source.filename, span.line, span.col, span.end_col if span.end_line == span.line else None)
    what = f"what `{name}` does can't be undone, and the function would have to run again"
    return OnceOnly(what, at=at, hint="take it out of the function, or look at one that only computes")
