"""Make a failing program small: drop statements, unwrap blocks, replace expressions by their parts."""

from __future__ import annotations

import ast
import copy
import time
from collections.abc import Callable, Iterator


def shrink(source: str, fails: Callable[[str], bool], seconds: float = 60.0) -> str:
    """The smallest text found within the time for which `fails` still holds."""
    deadline = time.monotonic() + seconds
    source = ast.unparse(ast.parse(source))
    progress = True
    while progress:
        progress = False
        for smaller in candidates(source):
            if time.monotonic() > deadline:
                return source
            if len(smaller) < len(source) and fails(smaller):
                source, progress = smaller, True
                break
    return source


def candidates(source: str) -> Iterator[str]:
    """Every text that is one step simpler, the boldest steps first."""
    tree = ast.parse(source)
    for edit in [*statement_edits(tree), *expression_edits(tree)]:
        twin = copy.deepcopy(tree)
        edit(twin)
        try:
            yield ast.unparse(ast.fix_missing_locations(twin))
        except (ValueError, AttributeError):
            continue


Edit = Callable[[ast.AST], None]


def bodies(tree: ast.AST) -> list[tuple[ast.AST, str]]:
    """(node, field) of every list of statements."""
    return [
        (node, name)
        for node in ast.walk(tree)
        for name, value in ast.iter_fields(node)
        if isinstance(value, list) and value and isinstance(value[0], ast.stmt)
    ]


def statement_edits(tree: ast.AST) -> list[Edit]:
    """Drop one statement; put a block's body in its place; drop an else."""
    edits: list[Edit] = []
    for b, (node, name) in enumerate(bodies(tree)):
        if name == "orelse":
            edits.append(lambda t, b=b: setattr(bodies(t)[b][0], "orelse", []))
        for i, statement in enumerate(getattr(node, name)):
            edits.append(lambda t, b=b, i=i: replace_statement(t, b, i, []))
            for part in ("body", "orelse"):
                if not isinstance(statement, ast.FunctionDef) and getattr(statement, part, []):
                    edits.append(lambda t, b=b, i=i, part=part: unwrap(t, b, i, part))
    return edits


def replace_statement(tree: ast.AST, b: int, i: int, by: list[ast.stmt]) -> None:
    """In the `b`th body, the `i`th statement."""
    node, name = bodies(tree)[b]
    body = getattr(node, name)
    body[i : i + 1] = by
    if not body and name == "body" and not isinstance(node, ast.Module):
        body.append(ast.Pass())


def unwrap(tree: ast.AST, b: int, i: int, part: str) -> None:
    """A block's own statements in its place."""
    node, name = bodies(tree)[b]
    replace_statement(tree, b, i, getattr(getattr(node, name)[i], part))


def slots(tree: ast.AST) -> list[tuple[ast.AST, str, int | None]]:
    """Where an expression that is read stands: (parent, field, index in a list or None)."""
    found: list[tuple[ast.AST, str, int | None]] = []
    for node in ast.walk(tree):
        for name, value in ast.iter_fields(node):
            items = enumerate(value) if isinstance(value, list) else [(None, value)]
            found += [(node, name, i) for i, item in items if replaceable(node, name, item)]
    return found


def replaceable(parent: ast.AST, name: str, item: object) -> bool:
    """A compound expression that isn't a target, a callee or an index."""
    if not isinstance(
        item, (ast.BinOp, ast.UnaryOp, ast.Call, ast.IfExp, ast.BoolOp, ast.Compare, ast.Subscript, ast.Tuple)
    ):
        return False
    return name not in ("targets", "target", "func", "slice", "iter") and isinstance(
        getattr(item, "ctx", ast.Load()), ast.Load
    )


def expression_edits(tree: ast.AST) -> list[Edit]:
    """An expression by one of its operands, or by a constant."""
    edits: list[Edit] = []
    for s, (parent, name, i) in enumerate(slots(tree)):
        item = getattr(parent, name) if i is None else getattr(parent, name)[i]
        for k, _ in enumerate(parts(item)):
            edits.append(lambda t, s=s, k=k: put(t, s, lambda e, k=k: parts(e)[k]))
        edits.append(lambda t, s=s: put(t, s, lambda _: ast.Constant(0.5)))
    return edits


def parts(item: ast.AST) -> list[ast.expr]:
    """The expressions directly inside."""
    inside = [e for e in ast.iter_child_nodes(item) if isinstance(e, ast.expr)]
    return [e for e in inside if not isinstance(e, (ast.Slice, ast.Attribute)) and getattr(item, "func", None) is not e]


def put(tree: ast.AST, s: int, make: Callable[[ast.AST], ast.expr]) -> None:
    """Replace what stands in the `s`th slot."""
    parent, name, i = slots(tree)[s]
    if i is None:
        setattr(parent, name, make(getattr(parent, name)))
    else:
        getattr(parent, name)[i] = make(getattr(parent, name)[i])
