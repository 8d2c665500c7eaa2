"""Which variables statements bind, and which they read before they do."""

from __future__ import annotations

import ast


def assigned_names(nodes: list[ast.stmt]) -> set[str]:
    """The variables that the statements could bind."""
    found: set[str] = set()
    for node in nodes:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, (ast.Store, ast.Del)):
                found.add(inner.id)
            elif isinstance(inner, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and inner.name:
                found.add(inner.name)
            elif isinstance(inner, ast.MatchMapping) and inner.rest:
                found.add(inner.rest)
    return found


def read_before_bound(loop: ast.AST) -> set[str]:
    """The variables of which an iteration may read the value that one before it has bound."""
    bodies = loop.body if isinstance(loop, ast.For | ast.While) else []
    found: set[str] = set()
    bound_after(bodies, assigned_names([ast.Expr(loop.target)]) if isinstance(loop, ast.For) else set(), found)
    return found & assigned_names(bodies)


def bound_after(nodes: list[ast.stmt], known: set[str], found: set[str]) -> set[str]:
    """The variables that are bound after the statements on every path; to ``found`` come those read before that."""
    for node in nodes:
        if isinstance(node, ast.If):
            known = heard(node.test, known, found)
            known = bound_after(node.body, known, found) & bound_after(node.orelse, known, found)
        elif blocks_of := [b for b in (getattr(node, f, []) for f in ("body", "orelse", "finalbody")) if b]:
            # Whatever it is, its blocks may not be run, or not as far as their ends.
            inside = known
            for part in ast.iter_child_nodes(node):
                if not isinstance(part, ast.stmt):
                    inside = heard(part, inside, found)
            for block in blocks_of:
                bound_after(block, inside, found)
        else:
            known = heard(node, known, found)
        if isinstance(node, ast.Return | ast.Raise | ast.Continue | ast.Break):
            return known | set(assigned_names(nodes))
    return known


def heard(node: ast.AST, known: set[str], found: set[str]) -> set[str]:
    """The same for a statement without blocks, or an expression: a value comes before what it is assigned to."""
    if isinstance(node, ast.Name):
        if isinstance(node.ctx, ast.Load) and node.id not in known:
            found.add(node.id)
        return known | ({node.id} if isinstance(node.ctx, ast.Store) else set())
    parts = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) and node.value is not None:
        parts = [node.value, *(p for p in parts if p is not node.value)]
    for part in parts:
        known = heard(part, known, found)
    return known
