"""Which names a piece of a cell reads, binds and writes into; answers are remembered, since trees don't change."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterable, Sequence
from functools import lru_cache

from zygote_nb.dataclass import dataclass
from zygote_nb.frontend.syntax import copied, walk

__all__ = ["Flow", "binds", "flow", "reads", "root", "writes"]


@dataclass(frozen=True, slots=True)
class Flow:
    """What statements read before they bind it, and what they have bound, whatever path they take, in order."""

    free: frozenset[str]
    bound: frozenset[str]


@lru_cache(maxsize=2048)
def reads(node: ast.stmt | ast.expr) -> frozenset[str]:
    """Names that a piece of code looks up around itself, also from nested functions.

    >>> sorted(reads(ast.parse("y = [a * i for i in x]").body[0]))
    ['a', 'x']
    """
    found = _used(_table(node), outermost=True)
    # symtable counts the target of `x += 1` as written only.
    return found | {n.target.id for n in walk(node) if isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Name)}


@lru_cache(maxsize=2048)
def binds(node: ast.stmt | ast.expr) -> frozenset[str]:
    """Names that a piece of code may bind around itself.

    >>> sorted(binds(ast.parse("for i in x: a, b = i").body[0]))
    ['a', 'b', 'i']
    """
    if isinstance(node, ast.AnnAssign) and node.value is None:
        return frozenset()  # `x: float` alone
    return _bound(_table(node), outermost=True)


@lru_cache(maxsize=2048)
def writes(node: ast.stmt) -> frozenset[str]:
    """Names whose object a statement may change: element, slice and attribute stores, `+=`, bare calls.

    >>> sorted(writes(ast.parse("hs.append(h)").body[0])), sorted(writes(ast.parse("scale(h)").body[0]))
    (['hs'], ['h', 'scale'])
    """
    found: set[str | None] = set()
    for inner in walk(node):
        match inner:
            case ast.Subscript(ctx=ast.Store() | ast.Del()) | ast.Attribute(ctx=ast.Store() | ast.Del()):
                found.add(root(inner))
            case ast.AugAssign(target=target):
                found.add(root(target))
            case ast.Expr(value=ast.Call(func=ast.Name(id="print" | "display"))):
                pass
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr="append" | "extend" | "insert" | "add") as method)):
                found.add(root(method))
            case ast.Expr(value=ast.Call() as call):
                found |= {root(part) for part in (call.func, *call.args)}
    return frozenset(name for name in found if name)


def root(node: ast.expr) -> str | None:
    """The name that a chain of attributes, subscripts and calls starts from.

    >>> root(ast.parse("a.b[0].c()", mode="eval").body)
    'a'
    """
    while True:
        match node:
            case ast.Name(id=name):
                return name
            case (
                ast.Attribute(value=inner)
                | ast.Subscript(value=inner)
                | ast.Starred(value=inner)
                | ast.Call(func=inner)
            ):
                node = inner
            case _:
                return None


def flow(statements: Sequence[ast.stmt], bound: Iterable[str] = ()) -> Flow:
    """Follow a block, given the names that are bound before it."""
    here, free = set(bound), set()

    def read(*nodes: ast.stmt | ast.expr | None, also: Iterable[str] = ()) -> None:
        for node in nodes:
            if node is not None:
                free.update(reads(node) - here - set(also))

    def branch(block: Sequence[ast.stmt], also: Iterable[str] = ()) -> set[str]:
        inner = flow(block, here.union(also))
        free.update(inner.free)
        return set(inner.bound)

    for statement in statements:
        match statement:
            case ast.If(test=test, body=body, orelse=orelse):
                read(test)
                here |= binds(test)
                here |= branch(body) & branch(orelse)
            case ast.For(target=target, iter=iterable, body=body, orelse=orelse):
                read(iterable)
                read(_assignment(target))
                branch(body, binds(_assignment(target)))
                branch(orelse)
            case ast.While(test=test, body=body, orelse=orelse):
                read(test)
                branch(body, binds(test))
                branch(orelse)
            case ast.With(items=items, body=body):
                for item in items:
                    read(item.context_expr)
                    here |= binds(_assignment(item.optional_vars)) if item.optional_vars else set()
                here |= branch(body)
            case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final):
                done = branch(body)
                branch(orelse, done)
                for handler in handlers:
                    read(handler.type)
                    branch(handler.body, [handler.name] if handler.name else [])
                here |= branch(final)
            case _:
                read(statement)
                here |= binds(statement)
    return Flow(frozenset(free), frozenset(here))


def _assignment(target: ast.expr) -> ast.stmt:
    return ast.Assign([target], ast.Constant(None), lineno=1)


def _table(node: ast.stmt | ast.expr) -> symtable.SymbolTable:
    if any(isinstance(n, ast.ListComp | ast.SetComp | ast.DictComp) for n in walk(node)):
        node = _Generators().visit(copied(node))
    text = ast.unparse(node)
    return symtable.symtable(text, "<cell>", "exec")


class _Generators(ast.NodeTransformer):
    """Comprehensions as generator expressions, whose variables Python doesn't merge into the names around them."""

    def visit_ListComp(self, node: ast.ListComp | ast.SetComp) -> ast.AST:
        return self.generic_visit(ast.GeneratorExp(node.elt, node.generators))

    visit_SetComp = visit_ListComp

    def visit_DictComp(self, node: ast.DictComp) -> ast.AST:
        pair = ast.Tuple([node.key, node.value], ast.Load())
        return self.generic_visit(ast.GeneratorExp(pair, node.generators))


def _used(table: symtable.SymbolTable, outermost: bool = False) -> frozenset[str]:
    own = (s.get_name() for s in table.get_symbols() if s.is_referenced() and (outermost or s.is_global()))
    return frozenset(own).union(*map(_used, table.get_children()))


def _bound(table: symtable.SymbolTable, outermost: bool = False) -> frozenset[str]:
    own = (
        s.get_name()
        for s in table.get_symbols()
        if (s.is_assigned() or s.is_imported() or s.is_namespace()) and (outermost or s.is_declared_global())
    )
    return frozenset(own).union(*map(_bound, table.get_children()))
