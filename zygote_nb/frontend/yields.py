"""What stands in place of the yields of a generator, and of the jumps of the loop that consumes it."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable
from typing import Any

from zygote_nb.dataclass import dataclass
from zygote_nb.frontend.jumps import STORED, jumps
from zygote_nb.frontend.lower import Lowering
from zygote_nb.frontend.places import at_place_of, placed
from zygote_nb.frontend.syntax import walk
from zygote_nb.ir.core import TRUE, Assign


class Act(ast.stmt):
    """A statement that lowers itself: what a consumer does at a ``yield``."""

    _fields = ("value",)

    def __init__(self, act: Callable[[Lowering, ast.expr | None], None], value: ast.expr | None = None) -> None:
        super().__init__()
        self.act, self.value = act, value


@dataclass(frozen=True)
class Yields:
    """Puts the consumer's statements in place of each ``yield``; ``return`` ends the generator.

    Exceptions of the consumer pass through the generator only if it is ``managed``, as a context manager.
    """

    lo: Lowering
    consumer: Callable[[ast.expr | None], list[ast.stmt]]
    managed: bool = False

    def block(self, nodes: list[ast.stmt]) -> list[ast.stmt]:
        return [s for node in nodes for s in self.statement(node)]

    def statement(self, node: ast.stmt) -> list[ast.stmt]:
        match node:
            case ast.Nonlocal():
                return []
            case ast.Expr(value=ast.Yield(value=value)):
                return [placed_shallow(s, node) for s in self.consumer(value)]
            case ast.Expr(value=ast.YieldFrom(value=value)):
                item = self.lo.lasting("item")
                again = placed(ast.Expr(ast.Yield(ast.Name(item, ast.Load()))), node)
                return self.statement(placed(ast.For(ast.Name(item, ast.Store()), value, [again], []), node))
            case ast.Return():
                return [at_place_of(node, ast.Return(STORED))]
            case ast.Try() | ast.With() if not self.managed and has_yield(node):
                raise self.lo.refuse(node, "a `yield` inside `try` or `with`", "return a list")
            case ast.FunctionDef():
                return [node]
        return [with_blocks(node, self.block, self.refuse_expression)]

    def refuse_expression(self, node: ast.expr) -> None:
        for inner in walk(node):
            if isinstance(inner, (ast.Yield, ast.YieldFrom)):
                what = "the value of a `yield` is used"
                raise self.lo.refuse(inner, what, "generators are consumed in place, and nothing is sent to them")


def has_yield(node: ast.stmt) -> bool:
    return any(isinstance(n, (ast.Yield, ast.YieldFrom)) for n in walk(node))


@dataclass(frozen=True)
class Jumps:
    """The jumps out of a consumer's loop leave the generator, and say by a flag where to.

    The flags for a ``return`` and a ``break`` are others each time the statements are lowered.
    """

    flags: list[str | None]

    def block(self, nodes: list[ast.stmt], depth: int) -> list[ast.stmt]:
        return [s for node in nodes for s in self.statement(node, depth)]

    def statement(self, node: ast.stmt, depth: int) -> list[ast.stmt]:
        match node:
            case ast.Return():
                return [self.flagged(0, node), node]
            case ast.Break() if depth == 0:
                gone: ast.stmt = at_place_of(node, ast.Return(STORED))
                return [gone] if self.flags[1] is None else [self.flagged(1, node), gone]
            case ast.FunctionDef():
                return [node]
            case ast.For() | ast.While():
                if ast.Return not in jumps([node]) and not jumps(node.orelse):
                    return [node]
                made = copy.copy(node)
                made.body, made.orelse = self.block(node.body, depth + 1), self.block(node.orelse, depth)
                return [made]
        if not jumps([node]):
            return [node]
        return [with_blocks(node, lambda nodes: self.block(nodes, depth), lambda expression: None)]

    def flagged(self, which: int, node: ast.stmt) -> ast.stmt:
        def set_flag(lo: Lowering, _: Any) -> None:
            flag = self.flags[which]
            assert flag is not None
            lo.out.append(Assign(flag, TRUE, lo.span(node)))

        made: ast.stmt = at_place_of(node, Act(set_flag))
        return made


def with_blocks(node: ast.stmt, block: Callable[[Any], Any], expression: Callable[[ast.expr], None]) -> ast.stmt:
    """A statement with other statements inside it; its expressions stay the same nodes."""
    made = copy.copy(node)
    for name, value in ast.iter_fields(node):
        if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
            setattr(made, name, block(value))
        elif isinstance(value, list) and value and isinstance(value[0], (ast.match_case, ast.ExceptHandler)):
            setattr(made, name, [with_blocks(part, block, expression) for part in value])
        elif isinstance(value, ast.expr):
            expression(value)
    return made


def placed_shallow(node: ast.stmt, at: ast.AST) -> ast.stmt:
    return placed(node, at) if isinstance(node, Act) and not hasattr(node, "lineno") else node
