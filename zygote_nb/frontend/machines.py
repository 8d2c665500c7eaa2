"""A generator function as one that goes on: each call takes it from where it stopped to its next ``yield``.

Its variables become entries of the generator object, and its statements blocks with numbers: the entry ``PLACE`` says
which block is next. Blocks end where a ``yield`` stands, and where a loop or an ``if`` with a ``yield`` in it branches.
"""

from __future__ import annotations

import ast
import types
from typing import Any

from zygote_nb.dataclass import dataclass, field
from zygote_nb.frontend import loops
from zygote_nb.frontend.elsewhere import COMPREHENSIONS, Name, Scope
from zygote_nb.frontend.local import parameter_set
from zygote_nb.frontend.lower import Lowering
from zygote_nb.frontend.places import placed
from zygote_nb.frontend.syntax import walk
from zygote_nb.frontend.yields import has_yield, with_blocks

# Entries of the generator object beside its variables.
PLACE, ITEM, OVER = "next_place", "next_item", "over_"
AT_END = -1
BINDING = (
    ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.NamedExpr, ast.ExceptHandler, ast.MatchAs,
    ast.MatchStar, ast.MatchMapping,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Machine:
    """The function that goes on, whose parameter is the generator object, and the entries that it needs at first."""

    tree: ast.FunctionDef
    entries: tuple[str, ...]
    yields_values: bool


def machine_of(lo: Lowering, node: ast.AST, tree: ast.FunctionDef, own: set[str]) -> Machine:
    """That of a generator function whose free names are settled; ``own`` are its variables."""
    for part in (p for s in tree.body for p in walk(s)):
        if isinstance(part, BINDING) and getattr(part, "name", "") is not None:
            what = "a generator goes on later in which a variable is bound other than by an assignment or a loop"
            raise lo.refuse(part, what, "make a list of its items, or bind the variable by an assignment")
    for name in sorted(own):
        if name in (PLACE, ITEM) or name.startswith(OVER) or hasattr(types.GeneratorType, name):
            raise lo.refuse(node, f"a generator with a variable `{name}` goes on later", "give it another name")
    state, going = lo.lasting("state"), lo.lasting("going")
    entries = Entries(state, own, set_to_none(tree))
    body = [entries.visit(s) for s in tree.body if not isinstance(s, ast.Nonlocal)]
    blocks = Blocks(lo, state, going)
    last = blocks.all_of(body, 0, None)
    blocks.write(last, blocks.end())
    test = ast.Compare(blocks.entry(PLACE), [ast.NotEq()], [ast.Constant(AT_END)])
    start = ast.Assign([ast.Name(going, ast.Store())], test)
    loop = ast.While(ast.Name(going, ast.Load()), blocks.in_order(), [])
    spec = ast.arguments([], [ast.arg(state)], None, [], [], None, [])
    made = ast.FunctionDef(tree.name, spec, [start, loop, ast.Return(test)], [])
    return Machine(placed(made, tree), (*sorted(own), *blocks.iterators), yields_values(tree))


def set_to_none(tree: ast.FunctionDef) -> set[str]:
    """The variables that the function itself sets to None."""
    found: set[str] = {a.arg for a in walk(tree.args) if isinstance(a, ast.arg)}
    for node in walk(tree):
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and is_none(node.value):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {n.id for t in targets for n in walk(t) if isinstance(n, ast.Name)}
    return found


def is_none(node: ast.expr | None) -> bool:
    return node is None or (isinstance(node, ast.Constant) and node.value is None)


def yields_values(tree: ast.FunctionDef) -> bool:
    """Whether none of the items is written as None."""
    return not any(isinstance(n, ast.Yield) and is_none(n.value) for n in walk(tree))


def called(function: str, value: ast.expr) -> ast.expr:
    """A call of a function of ``loops``."""
    name = Name(function, ast.Load())
    name.scope = Scope(loops.going_on, (("constant", loops.going_on),))
    return ast.Call(name, [value], [])


class Entries(ast.NodeTransformer):
    """Variables as entries of the generator object, which are None before they are set.

    A read says that it needs a value, except of those variables that ``may_be_none`` where Python says it.
    """

    def __init__(self, state: str, own: set[str], may_be_none: set[str]) -> None:
        self.state, self.own, self.may_be_none = state, own, may_be_none

    def visit_Name(self, node: ast.Name) -> Any:
        if node.id not in self.own or type(node) is not ast.Name:
            return node
        made: ast.expr = ast.Attribute(ast.Name(self.state, ast.Load()), node.id, node.ctx)
        if isinstance(node.ctx, ast.Load) and node.id not in self.may_be_none:
            made = called("there", made)
        return placed(made, node)

    def visit_BinOp(self, node: ast.BinOp) -> Any:
        made: ast.BinOp = self.generic_visit(node)
        made.left, made.right = self.operand(made.left), self.operand(made.right)
        return made

    def operand(self, value: ast.expr) -> ast.expr:
        return placed(called("there", value), value) if isinstance(value, ast.Attribute) else value

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        target = node.target
        made = self.generic_visit(node)
        if not isinstance(target, ast.Name) or target.id not in self.own - self.may_be_none:
            return made
        read = placed(ast.Expr(self.visit(ast.Name(target.id, ast.Load()))), node)
        return placed(ast.If(ast.Constant(True), [read, made], []), node)

    def without(self, names: set[str]) -> Entries:
        return Entries(self.state, self.own - names, self.may_be_none)

    def visit_Lambda(self, node: ast.Lambda) -> Any:
        node.args.defaults = [self.visit(d) for d in node.args.defaults]
        node.args.kw_defaults = [d and self.visit(d) for d in node.args.kw_defaults]
        node.body = self.without(parameter_set(node.args)).visit(node.body)
        return node

    def generic_visit(self, node: ast.AST) -> Any:
        if not isinstance(node, COMPREHENSIONS):
            return super().generic_visit(node)
        first = node.generators[0]
        first.iter = self.visit(first.iter)
        held, first.iter = first.iter, ast.Constant(None)
        targets = {n.id for g in node.generators for n in walk(g.target) if isinstance(n, ast.Name)}
        ast.NodeTransformer.generic_visit(self.without(targets), node)
        first.iter = held
        return node


@dataclass(frozen=True, slots=True)
class Loop:
    """Where ``continue`` and ``break`` lead."""

    head: int
    after: int


@dataclass(slots=True)
class Blocks:
    """The statements of the blocks. A block that is being written is told by its number; None stands for one that is
    never reached."""

    lo: Lowering
    state: str
    going: str
    blocks: list[list[ast.stmt]] = field(default_factory=lambda: [[]])
    iterators: list[str] = field(default_factory=list)
    order: list[int] = field(default_factory=list)
    reached: set[int] = field(default_factory=lambda: {0})

    def entry(self, name: str, ctx: Any = None) -> Any:
        return ast.Attribute(ast.Name(self.state, ast.Load()), name, ctx or ast.Load())

    def put(self, name: str, value: ast.expr) -> ast.stmt:
        return ast.Assign([self.entry(name, ast.Store())], value)

    def to(self, block: int) -> list[ast.stmt]:
        self.reached.add(block)
        return [self.put(PLACE, ast.Constant(block))]

    def stop(self) -> ast.stmt:
        return ast.Assign([ast.Name(self.going, ast.Store())], ast.Constant(False))

    def end(self) -> list[ast.stmt]:
        return [*self.to(AT_END), self.stop()]

    def new(self) -> int:
        self.blocks.append([])
        return len(self.blocks) - 1

    def write(self, block: int | None, nodes: list[ast.stmt], at: ast.AST | None = None) -> None:
        if block is not None:
            self.order += [block] if block not in self.order else []
            self.blocks[block] += [n if at is None or hasattr(n, "lineno") else placed(n, at) for n in nodes]

    def in_order(self) -> list[ast.stmt]:
        """Each block if its number is that of the place: what one leads to mostly stands after it."""
        return [self.one(number) for number in self.order if number in self.reached]

    def one(self, number: int) -> ast.stmt:
        here = ast.Compare(self.entry(PLACE), [ast.Eq()], [ast.Constant(number)])
        return ast.If(ast.BoolOp(ast.And(), [ast.Name(self.going, ast.Load()), here]), self.blocks[number], [])

    def all_of(self, nodes: list[ast.stmt], block: int | None, loop: Loop | None) -> int | None:
        """The statements from a block on, and the block that they end in."""
        for node in nodes:
            if block is None:
                return None
            block = self.statement(node, block, loop)
        return block

    def statement(self, node: ast.stmt, block: int, loop: Loop | None) -> int | None:
        match node:
            case ast.Expr(value=ast.Yield(value=value)):
                after = self.new()
                item = self.put(ITEM, ast.Constant(None) if value is None else value)
                self.write(block, [item, *self.to(after), self.stop()], node)
                return after
            case ast.Expr(value=ast.YieldFrom(value=value)):
                name = self.held()
                again = ast.Expr(ast.Yield(self.entry(name)))
                return self.statement(
                    placed(ast.For(self.entry(name, ast.Store()), value, [again], []), node), block, loop
                )
            case ast.Return():
                self.write(block, self.end(), node)
                return None
            case ast.Break() | ast.Continue():
                assert loop is not None
                self.write(block, self.to(loop.after if isinstance(node, ast.Break) else loop.head), node)
                return None
        if not has_yield(node):
            self.write(block, self.plain(node, loop, True))
            return block
        match node:
            case ast.If():
                return self.branch(node, block, loop)
            case ast.While():
                head = self.new()
                self.write(block, self.to(head), node)
                return self.loop(node, head, node.test, [], loop)
            case ast.For():
                return self.each(node, block, loop)
        what = "the value of a `yield` is used" if isinstance(node, (ast.Assign, ast.Expr)) else "a `yield` stands here"
        raise self.lo.refuse(node, f"{what}, in a generator that goes on later", "make a list of its items")

    def branch(self, node: ast.If, block: int, loop: Loop | None) -> int:
        then, other, after = self.new(), self.new(), self.new()
        self.write(block, [ast.If(node.test, self.to(then), self.to(other))], node)
        self.write(self.all_of(node.body, then, loop), self.to(after), node)
        self.write(self.all_of(node.orelse, other, loop), self.to(after), node)
        return after

    def loop(
        self, node: ast.While | ast.For, head: int, test: ast.expr, start: list[ast.stmt], outer: Loop | None
    ) -> int:
        if isinstance(test, ast.Constant) and test.value:
            after = self.new()
            self.write(self.all_of(node.body, head, Loop(head, after)), self.to(head), node)
            return after
        inside, done, after = self.new(), self.new(), self.new()
        self.write(head, [ast.If(test, self.to(inside), self.to(done))], node)
        self.write(inside, start, node)
        self.write(self.all_of(node.body, inside, Loop(head, after)), self.to(head), node)
        self.write(self.all_of(node.orelse, done, outer), self.to(after), node)
        return after

    def each(self, node: ast.For, block: int, loop: Loop | None) -> int:
        name, head = self.held(), self.new()
        over = called("iter", node.iter)
        self.write(block, [self.put(name, over), *self.to(head)], node)
        item = ast.Assign([node.target], called("item_of", self.entry(name)))
        return self.loop(node, head, called("more", self.entry(name)), [item], loop)

    def held(self) -> str:
        """A new entry of the object."""
        self.iterators.append(f"{OVER}{len(self.iterators)}")
        return self.iterators[-1]

    def plain(self, node: ast.stmt, loop: Loop | None, outermost: bool) -> list[ast.stmt]:
        """A statement without a ``yield``; the jumps in it lead out of the block."""
        match node:
            case ast.Return():
                return [placed(n, node) for n in (*self.to(AT_END), ast.Return(ast.Constant(False)))]
            case ast.Break() | ast.Continue() if loop is not None:
                to = self.to(loop.after if isinstance(node, ast.Break) else loop.head)
                return [placed(n, node) for n in (*to, ast.Continue())]
            case ast.For() | ast.While():
                loop = None
        return [with_blocks(node, lambda nodes: [p for n in nodes for p in self.plain(n, loop, False)], lambda e: None)]
