"""Arrays that are made for compiled code: expressions of Python's as steps of a program."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np

from zygote_nb.backend.fresh import MAKERS
from zygote_nb.backend.program import Program, maker
from zygote_nb.backend.words import LENGTHS

OPERATORS = {ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply"}
CHOICES = {"max": "larger", "min": "smaller"}


class Unknown(Exception):
    """There are no steps for the expression."""


Variables = dict[str, tuple[int, int]]
"""Registers of variables, and how many axes they have; 0 for what is no array."""


def made_array(p: Program, source: str, known: Variables) -> tuple[int, int]:
    """The register of a new array, and how many axes it has."""
    match ast.parse(source, mode="eval").body:
        case ast.Call(ast.Attribute(ast.Name("np"), how), [shape, *dtype], []) if how in MAKERS and len(dtype) < 2:
            to, words = p.register(), (maker(how), p.constant(np.dtype(dtype_of(*dtype))))
        case _:
            raise Unknown(source)
    match shape:
        case ast.Attribute(ast.Name(array), "shape") if array in known and known[array][1]:
            p.do("new like", to, *words, known[array][0])
            return to, known[array][1]
        case ast.Tuple(axes):
            lengths = [size(p, axis, known) for axis in axes]
        case _:
            lengths = [size(p, shape, known)]
    if len(lengths) > LENGTHS:
        raise Unknown(source)
    p.do("new", to, *words, len(lengths), *lengths)
    return to, len(lengths)


def dtype_of(dtype: ast.expr | None = None) -> Any:
    match dtype:
        case None:
            return np.float64
        case ast.Attribute(ast.Name("np"), name):
            return getattr(np, name)
    raise Unknown(ast.unparse(dtype))


def size(p: Program, expr: ast.expr, known: Variables) -> int:
    """The integer that holds the value of the expression."""
    to = p.integer()
    match expr:
        case ast.Constant(int(value)):
            p.do("constant", to, value)
        case ast.Name(name) if name in known and not known[name][1]:
            p.do("integer", to, known[name][0])
        case ast.Subscript(ast.Attribute(ast.Name(name), "shape"), ast.Constant(int(axis))) if axis in range(
            known.get(name, (0, 0))[1]
        ):
            p.do("length", to, known[name][0], axis)
        case ast.BinOp(one, operator, other) if type(operator) in OPERATORS:
            p.do(OPERATORS[type(operator)], to, size(p, one, known), size(p, other, known))
        case ast.Call(ast.Name(choice), [one, other], []) if choice in CHOICES:
            p.do(CHOICES[choice], to, size(p, one, known), size(p, other, known))
        case _:
            raise Unknown(ast.unparse(expr))
    return to
