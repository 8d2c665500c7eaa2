"""Programs whose variables have names that generated code might choose itself: ``q_0`` beside a pair ``q``."""

from __future__ import annotations

import ast

from tests.random_expressions import Pick

MADE_FROM = (
    "{}_0", "{}_1", "{}_2", "{}_x", "{}_v", "{}_a", "{}_b", "{}_0_1", "d_{}", "old_{}", "{}_dot", "{}1", "{}2", "{}_",
    "{}_given", "{}_out", "{}_start", "{}_0_", "{}_keys", "{}_pool", "{}_inner", "{}_rest", "{}_value",
)  # fmt: skip
ALONE = (
    "out", "t", "g", "g1", "tape", "done", "stop", "skip", "caught", "steps", "captured", "captured_s", "raised",
    "error", "d_out", "item", "items", "count", "unbroadcast", "np_", "copied", "element", "part", "left", "right",
    "point_x", "point_v", "link_rest", "pair_x", "pair_v", "values", "key", "i_", "old", "made", "index", "at",
    "x_0", "d_x",
)  # fmt: skip


PAIRS = ("    out = 0.0\n", "    out = 0.0\n    pair = (s, t)\n    nest = ((t, s), out)\n")


def with_pairs(source: str) -> str:
    """A program of few statements with a pair and a pair in a pair, made where it begins and read where it ends."""
    before, _, value = source.rstrip().rpartition("return ")
    read = f"pair = (pair[1], nest[0][0])\n    return {value} + pair[0] * nest[1] + 0.3 * pair[1] + 0.5 * nest[0][1]\n"
    return (before + read).replace(*PAIRS)


def renamed(source: str, pick: Pick) -> str:
    """The module with other names for most variables of its functions; the parameters of ``f`` keep theirs."""
    tree = ast.parse(source)
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.Lambda)]
    used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} | {n.arg for n in ast.walk(tree) if is_named(n)}
    names = sorted(set().union(*map(bound_in, functions)) - fixed(tree))
    found: dict[str, str] = {}
    for name in names:
        stems = [*found.values(), *names, *(["pair", "nest", "pair_0"] * 4 if PAIRS[1] in source else ["x", "y"])]
        made = ALONE[pick(len(ALONE))] if pick(4) == 0 else MADE_FROM[pick(len(MADE_FROM))]
        new = made.format(stems[pick(len(stems))])
        if pick(5) and new not in used and new not in found.values():
            found[name] = new
    return ast.unparse(Renamer(found).visit(tree)) + "\n"


def is_named(node: ast.AST) -> bool:
    return isinstance(node, ast.arg | ast.keyword) and node.arg is not None


def bound_in(function: ast.AST) -> set[str]:
    """Parameters and variables of a function, and of the functions in it."""
    nodes = list(ast.walk(function))
    stored = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return stored | {n.arg for n in nodes if isinstance(n, ast.arg)}


def fixed(tree: ast.Module) -> set[str]:
    """What is known under its name elsewhere: of the module and its classes, keywords, what ``f`` takes."""
    kept = {"self", "cls", "pair", "nest"}
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name="f", args=args):
                kept |= {a.arg for a in args.args}
            case ast.keyword(arg=str(arg)):
                kept.add(arg)
            case ast.Global(names=names):
                kept |= set(names)
            case ast.Module(body=body) | ast.ClassDef(body=body):
                kept |= {
                    n.id for s in body if isinstance(s, ast.Assign | ast.AnnAssign) for n in ast.walk(s) if is_stored(n)
                }
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            kept.add(node.name)
    return kept


def is_stored(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


class Renamer(ast.NodeTransformer):
    """Names, parameters, and what ``nonlocal``, ``except`` and patterns name."""

    def __init__(self, names: dict[str, str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(self.names.get(node.id, node.id), node.ctx)

    def visit_arg(self, node: ast.arg) -> ast.arg:
        return ast.arg(self.names.get(node.arg, node.arg), node.annotation)

    def visit_Nonlocal(self, node: ast.Nonlocal) -> ast.Nonlocal:
        return ast.Nonlocal([self.names.get(n, n) for n in node.names])

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        node.name = self.names.get(node.name or "", node.name)
        return self.generic_visit(node)

    def visit_MatchAs(self, node: ast.MatchAs) -> ast.AST:
        node.name = self.names.get(node.name or "", node.name)
        return self.generic_visit(node)

    def visit_MatchStar(self, node: ast.MatchStar) -> ast.AST:
        node.name = self.names.get(node.name or "", node.name)
        return node
