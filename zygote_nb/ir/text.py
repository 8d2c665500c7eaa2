"""Expressions and programs as Python text."""

from __future__ import annotations

import builtins
import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from zygote_nb.ir.callables import Attribute, Method, default_name
from zygote_nb.ir.core import (
    Accumulate,
    Append,
    Apply,
    Assign,
    Attempt,
    Block,
    Break,
    Choice,
    Clause,
    Const,
    Effect,
    Expr,
    For,
    Function,
    If,
    Invoke,
    Name,
    Pop,
    Raise,
    Stmt,
    Store,
    Tuple,
    While,
    logical_and,
    logical_or,
)
from zygote_nb.ir.kinds import Array, Kind, ListOf, Scalar

BINARY = {
    operator.add: ("+", 12), operator.sub: ("-", 12), operator.mul: ("*", 13), operator.truediv: ("/", 13),
    operator.floordiv: ("//", 13), operator.mod: ("%", 13), operator.matmul: ("@", 13), operator.pow: ("**", 15),
    operator.and_: ("&", 10), operator.xor: ("^", 9), operator.or_: ("|", 8), operator.lshift: ("<<", 11),
    operator.rshift: (">>", 11), operator.lt: ("<", 7), operator.le: ("<=", 7), operator.gt: (">", 7),
    operator.ge: (">=", 7), operator.eq: ("==", 7), operator.ne: ("!=", 7), operator.is_: ("is", 7),
    operator.is_not: ("is not", 7),
}  # fmt: skip
UNARY = {operator.neg: ("-", 14), operator.pos: ("+", 14), operator.invert: ("~", 14), operator.not_: ("not ", 6)}
WORDS = {logical_and: (" and ", 5), logical_or: (" or ", 4)}
ATOM, POSTFIX, LOWEST = 20, 18, 0
COMPARISON = 7

MODULES = {"np": np, "numpy": np, "math": math}

NameOf = Callable[[Any, str | None], str]


def show(expr: Expr, name_of: NameOf = default_name, outer: int = LOWEST) -> str:
    """The expression as Python source, in parentheses if it binds less tightly than ``outer`` asks for."""
    text, strength = _show(expr, name_of)
    return f"({text})" if strength < outer else text


def _show(expr: Expr, name_of: NameOf) -> tuple[str, int]:
    match expr:
        case Name(id):
            return id, ATOM
        case Const():
            return _show_const(expr, name_of)
        case Tuple():
            return _show_tuple(expr, name_of)
        case Choice():
            parts = [show(e, name_of, 3) for e in (expr.body, expr.test, expr.orelse)]
            return f"{parts[0]} if {parts[1]} else {parts[2]}", 2
        case Apply():
            return _show_apply(expr, name_of)
    raise TypeError(expr)


def _show_const(expr: Const, name_of: NameOf) -> tuple[str, int]:
    value = expr.value
    if expr.text is not None and expr.text.split(".")[0] in MODULES:
        head, _, rest = expr.text.partition(".")
        name_of(MODULES[head], head)
        return f"{MODULES[head].__name__ if head == 'math' else 'np'}.{rest}", ATOM
    if isinstance(value, float) and not math.isfinite(value):
        return {"inf": "np.inf", "-inf": "-np.inf", "nan": "np.nan"}[str(value)], 14
    if value is Ellipsis:
        return "...", ATOM
    if isinstance(value, (int, float, complex)) and not isinstance(value, bool):
        shown = f"{int(value)}" if isinstance(value, int) else repr(value)
        return shown, ATOM if not shown.startswith("-") else 14
    if isinstance(value, (str, bytes, bool, type(None))):
        return repr(value), ATOM
    return name_of(value, expr.text), ATOM


def _show_tuple(expr: Tuple, name_of: NameOf) -> tuple[str, int]:
    items = ", ".join(show(i, name_of) for i in expr.items)
    if expr.cls is list:
        return f"[{items}]", ATOM
    return f"({items},)" if len(expr.items) == 1 else f"({items})", ATOM


def _show_apply(expr: Apply, name_of: NameOf) -> tuple[str, int]:
    fn, args = expr.fn, expr.args
    if isinstance(fn, Attribute):
        return f"{show(args[0], name_of, POSTFIX)}.{fn.name}", POSTFIX
    if isinstance(fn, Method):
        return f"{show(args[0], name_of, POSTFIX)}.{fn.name}({_arguments(args[1:], expr.kwargs, name_of)})", POSTFIX
    if fn is operator.getitem:
        return f"{show(args[0], name_of, POSTFIX)}[{show_index(args[1], name_of)}]", POSTFIX
    if fn is operator.abs:
        return f"abs({show(args[0], name_of)})", POSTFIX
    if fn in WORDS and args:
        word, strength = WORDS[fn]
        return word.join(show(a, name_of, strength + 1) for a in args), strength
    if fn in UNARY and len(args) == 1:
        return _show_unary(expr, name_of)
    if fn in BINARY and len(args) == 2:
        return _show_binary(expr, name_of)
    return f"{name_of(fn, expr.text)}({_arguments(args, expr.kwargs, name_of)})", POSTFIX


def _show_unary(expr: Apply, name_of: NameOf) -> tuple[str, int]:
    symbol, strength = UNARY[expr.fn]
    if symbol == "-" and is_product(expr.args[0]):
        return symbol + show(expr.args[0], name_of, 13), 13
    return symbol + show(expr.args[0], name_of, strength), strength


def is_product(expr: Expr) -> bool:
    """Whether a minus before the first factor means the same as one before the whole."""
    if not isinstance(expr, Apply) or expr.fn not in (operator.mul, operator.truediv):
        return False
    first = expr.args[0]
    strength = BINARY[first.fn][1] if isinstance(first, Apply) and first.fn in BINARY else ATOM
    return strength != BINARY[operator.mul][1] or is_product(first)


def _show_binary(expr: Apply, name_of: NameOf) -> tuple[str, int]:
    symbol, strength = BINARY[expr.fn]
    left, right = expr.args
    if symbol == "**":
        return f"{show(left, name_of, strength + 1)}**{show(right, name_of, 14)}", strength
    if strength == COMPARISON:
        return f"{show(left, name_of, strength + 1)} {symbol} {show(right, name_of, strength + 1)}", strength
    return f"{show(left, name_of, strength)} {symbol} {show(right, name_of, strength + 1)}", strength


def _arguments(args: tuple[Expr, ...], kwargs: tuple[tuple[str, Expr], ...], name_of: NameOf) -> str:
    shown = [show(a, name_of) for a in args]
    return ", ".join(shown + [f"{k}={show(v, name_of)}" for k, v in kwargs])


def show_index(index: Expr, name_of: NameOf = default_name) -> str:
    match index:
        case Tuple(cls=cls) if cls is not list and index.items:
            shown = ", ".join(show_index(i, name_of) for i in index.items)
            return shown if len(index.items) > 1 else shown + ","
        case Apply(fn=builtins.slice):
            parts = ["" if isinstance(a, Const) and a.value is None else _tight(a, name_of) for a in index.args]
            return f"{parts[0]}:{parts[1]}" + (f":{parts[2]}" if parts[2] else "")
    return show(index, name_of)


def _tight(expr: Expr, name_of: NameOf) -> str:
    return show(expr, name_of)


# Programs


def show_kind(kind: Kind) -> str:
    match kind:
        case Scalar():
            return kind.dtype
        case Array():
            return f"{kind.dtype}[{','.join(map(show_length, kind.dims))}]"
        case ListOf():
            return f"list[{'?' if kind.item is None else show_kind(kind.item)}]"
    return type(kind).__name__.lower()


def show_length(dim: object) -> str:
    """An axis: one entry, or a letter for its label."""
    if isinstance(dim, tuple):
        label, less = dim
        return f"{show_length(label)}-{less}" if less >= 0 else f"{show_length(label)}+{-less}"
    if dim is None or dim == 1:
        return "?" if dim is None else "1"
    number, letter = divmod(int(str(dim)) - 2, 26)
    return chr(ord("a") + letter) + (str(number) if number else "")


def show_function(function: Function) -> str:
    """A function of the IR as text; the numbers are lines of the user's file."""
    params = ", ".join(f"{p.name}: {show_kind(p.kind)}" for p in function.params)
    lines = [f"{function.name}({params}):"]
    lines += show_block(function.body, 1)
    mark = f"  # {function.exit.line}" if function.exit.line > function.span.line else ""
    lines.append("    return " + ", ".join(show(e) for e in function.result) + mark)
    return "\n".join(lines)


def show_block(block: Block, depth: int) -> list[str]:
    return [line for stmt in block for line in show_stmt(stmt, depth)] or ["    " * depth + "pass"]


def show_stmt(stmt: Stmt, depth: int) -> list[str]:
    pad = "    " * depth
    mark = f"  # {stmt.span.line}" if stmt.span.line else ""
    match stmt:
        case If():
            lines = [f"{pad}if {show(stmt.test)}:{mark}", *show_block(stmt.body, depth + 1)]
            return lines + ([f"{pad}else:", *show_block(stmt.orelse, depth + 1)] if stmt.orelse else [])
        case For():
            bounds = ", ".join(map(show, (stmt.start, stmt.stop, stmt.step)))
            return [f"{pad}for {stmt.var} in range({bounds}):{mark}", *show_block(stmt.body, depth + 1)]
        case While():
            return [f"{pad}while {show(stmt.test)}:{mark}", *show_block(stmt.body, depth + 1)]
        case Attempt():
            return show_attempt(stmt, depth, mark)
    return [pad + _show_leaf(stmt) + mark]


def show_attempt(stmt: Attempt, depth: int, mark: str) -> list[str]:
    pad = "    " * depth
    lines = [f"{pad}try:{mark}", *show_block(stmt.body, depth + 1)]
    for number, clause in enumerate(stmt.clauses, 1):
        lines += [f"{pad}{show_except(clause)}  # {stmt.caught} = {number}", *show_block(clause.body, depth + 1)]
    return lines + ([f"{pad}else:", *show_block(stmt.orelse, depth + 1)] if stmt.orelse else [])


def show_except(clause: Clause, name_of: NameOf = default_name) -> str:
    classes = ", ".join(show(c, name_of) for c in clause.classes)
    classes = f"({classes})" if len(clause.classes) > 1 else classes
    return f"except {classes} as {clause.error}:" if clause.error else f"except {classes}:"


def _show_leaf(stmt: Stmt) -> str:
    match stmt:
        case Assign():
            return f"{stmt.target} = {show(stmt.value)}"
        case Accumulate():
            place = stmt.target if stmt.base is None else show(stmt.base)
            place += "" if stmt.index is None else f"[{show_index(stmt.index)}]"
            return f"{place} += {show(stmt.value)}"
        case Store():
            return f"{show(stmt.base)}[{show_index(stmt.index)}] = {show(stmt.value)}"
        case Append():
            return f"{stmt.base}.append({show(stmt.value)})"
        case Pop():
            return f"{', '.join(stmt.targets)} = {stmt.base}.pop()"
        case Effect():
            return show(stmt.value)
        case Raise():
            return "raise" if stmt.value is None else f"raise {show(stmt.value)}"
        case Invoke():
            name = stmt.callee if isinstance(stmt.callee, str) else stmt.callee.name
            left = f"{', '.join(stmt.targets)} = " if stmt.targets else ""
            return f"{left}{name}({', '.join(map(show, stmt.args))})"
        case Break():
            return "break"
    raise TypeError(stmt)
