"""The instrumented copy of generated code: after each statement, what it assigned is handed to an observer."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from typing import Any

from zygote_nb.dataclass import dataclass, field
from zygote_nb.frontend.syntax import copied, walk
from zygote_nb.notebook.replay.inside import Opener

__all__ = ["Site", "instrumented", "is_shorthand"]

SEEN, READ, RESULT = "<seen>", "<read>", "<result>"  # no names that a text can hold


@dataclass(frozen=True, slots=True)
class Site:
    """A statement that is observed: its line, its function, and how the values that it assigns are written."""

    line: int
    function: str
    sweep: str
    names: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    appends: bool = False
    returns: bool = False
    uses: tuple[str, ...] = ()


@dataclass(slots=True)
class _Instrumenter:
    """Collects the sites while it rebuilds the statements of one module."""

    sweeps: Sequence[str]
    sites: list[Site] = field(default_factory=list)
    function: str = ""
    opener: Opener | None = None

    def block(self, statements: Iterable[ast.stmt]) -> list[ast.stmt]:
        return [new for statement in statements for new in self.statement(statement)]

    def statement(self, node: ast.stmt) -> list[ast.stmt]:
        match node:
            case ast.FunctionDef():
                outer, self.function = self.function, node.name
                node.body = self.block(node.body)
                self.function = outer
                return [node]
            case ast.For() | ast.While() | ast.With():
                entry = self.header(node)
                node.body = [entry, *self.block(node.body)]
                node.orelse = self.block(getattr(node, "orelse", []))
                return [node]
            case ast.If():
                entry = self.header(node)
                node.body = [entry, *self.block(node.body)]
                node.orelse = [*([] if self.is_elif(node) else [entry]), *self.block(node.orelse)]
                return [node]
            case ast.Try():
                node.body, node.orelse, node.finalbody = map(self.block, (node.body, node.orelse, node.finalbody))
                for handler in node.handlers:
                    handler.body = self.block(handler.body)
                return [node]
            case ast.Return(value=ast.expr() as value):
                parts = value.elts if isinstance(value, ast.Tuple) else [value]
                site = self.site(node, tuple(map(_text, parts)), (), returns=True)
                bind = ast.Assign([ast.Name(RESULT, ast.Store())], value)
                seen = _hand(SEEN, site, [ast.Name(RESULT, ast.Load())])
                return [bind, seen, ast.Return(ast.Name(RESULT, ast.Load()))]
            case ast.Assign() | ast.AugAssign() | ast.AnnAssign() | ast.Expr():
                return self.leaf(node)
            case _:
                return [node]

    def is_elif(self, node: ast.If) -> bool:
        return len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If)

    def header(self, node: ast.For | ast.While | ast.If | ast.With) -> ast.stmt:
        """The observation of a loop's or branch's own line, made at each entry."""
        targets = _targets(node.target) if isinstance(node, ast.For) else []
        return _hand(SEEN, self.site(node, tuple(map(_text, targets))), targets)

    def leaf(self, node: ast.stmt) -> list[ast.stmt]:
        targets, appends = _assigned(node)
        reads = self.adjoints_read(node) if self.sweeps[node.lineno - 1] == "backward" else []
        names = tuple(map(_text, targets))
        site = self.site(node, names, tuple(map(_text, reads)), appends)
        before = [_hand(READ, site, reads)] if reads else []
        if self.opener is not None and self.sweeps[node.lineno - 1] != "backward" and isinstance(node, _VALUED):
            self.opener.open(node)
        return [*before, node, _hand(SEEN, site, targets)]

    def adjoints_read(self, node: ast.stmt) -> list[ast.expr]:
        """Adjoints whose value the statement takes: names, and entries of names, outermost first."""
        found: dict[str, ast.expr] = {}

        def visit(inner: ast.AST) -> None:
            match inner:
                case ast.Subscript(value=ast.Name(id=name), ctx=ast.Load()) if name.startswith("d_"):
                    found.setdefault(ast.unparse(inner), inner)
                case ast.Name(id=name, ctx=ast.Load()) if name.startswith("d_") or is_shorthand(name):
                    found.setdefault(name, inner)
                case ast.Call(func=ast.Attribute(attr="at"), args=[_, *rest]):
                    for argument in rest:
                        visit(argument)
                case ast.Call(func=ast.Attribute(attr="zeros_like" | "empty_like")):
                    pass
                case _:
                    for child in ast.iter_child_nodes(inner):
                        visit(child)

        if isinstance(node, ast.AugAssign) and not isinstance(node.op, (ast.Add, ast.Sub)):
            visit(_load(node.target))  # scaled in place
        visit(node.value)  # type: ignore[attr-defined]
        return list(found.values())

    def site(
        self,
        node: ast.stmt,
        names: tuple[str, ...],
        reads: tuple[str, ...] = (),
        appends: bool = False,
        returns: bool = False,
    ) -> int:
        sweep = self.sweeps[node.lineno - 1]
        uses = () if hasattr(node, "body") else _used(node)
        self.sites.append(Site(node.lineno, self.function, sweep, names, reads, appends, returns, uses))
        return len(self.sites) - 1


_VALUED = (ast.Assign, ast.AugAssign)


def instrumented(
    source: str, sweeps: Sequence[str], opener: Opener | None = None
) -> tuple[ast.Module, tuple[Site, ...]]:
    """The module with observations in it, and the sites that they name by index; `sweeps` has one word for each line.

    With an `opener`, the operations inside the lines are observed too.

    >>> tree, sites = instrumented("def f(x):\\n    y = x * x\\n    return y\\n", ["", "forward", "forward"])
    >>> [(site.line, site.names) for site in sites]
    [(2, ('y',)), (3, ('y',))]
    """
    work = _Instrumenter([*sweeps, "", ""], opener=opener)
    tree = ast.parse(source)
    tree.body = work.block(tree.body)
    return ast.fix_missing_locations(tree), tuple(work.sites)


def _used(node: ast.stmt) -> tuple[str, ...]:
    """Variables that a statement reads; one that it assigns anew or into is otherwise by then, and left out."""
    found = [n for n in walk(node) if isinstance(n, ast.Name)]
    bound = {n.id for n in found if isinstance(n.ctx, ast.Store)} | {t.value.id for t in _entries(node)}
    return tuple(dict.fromkeys(n.id for n in found if n.id not in bound))


def _entries(node: ast.stmt) -> list[Any]:
    """The targets that are entries of an array."""
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return [t for t in targets if isinstance(t, ast.Subscript) and isinstance(t.value, ast.Name)]


def _assigned(node: ast.stmt) -> tuple[list[ast.expr], bool]:
    """The targets of a statement, to be read after it, and whether it appends to a list."""
    match node:
        case ast.Assign(value=ast.Call(func=ast.Attribute(attr="empty" | "empty_like"))):
            return [], False  # what is in it before it is filled is nobody's number
        case ast.Assign(targets=targets):
            return [read for target in targets for read in _targets(target)], False
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
            return _targets(target), False
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=holder, attr="append"))):
            return [ast.Subscript(_load(holder), ast.UnaryOp(ast.USub(), ast.Constant(1)), ast.Load())], True
        case _:
            return [], False


def _targets(target: ast.expr) -> list[ast.expr]:
    if isinstance(target, (ast.Tuple, ast.List)):
        return [read for item in target.elts for read in _targets(item)]
    return [_load(target.value if isinstance(target, ast.Starred) else target)]


def _load(node: ast.expr) -> ast.expr:
    """The expression, as one that is read."""
    made = copied(node)
    for inner in walk(made):
        if hasattr(inner, "ctx"):
            inner.ctx = ast.Load()
    return made


def _text(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ast.unparse(node)


def _hand(observer: str, site: int, values: Sequence[ast.expr]) -> ast.stmt:
    given = ast.Tuple([_load(v) if not isinstance(v, ast.Name) else v for v in values], ast.Load())
    call = ast.Call(ast.Name(observer, ast.Load()), [ast.Constant(site), given], [])
    return ast.Expr(call)


def is_shorthand(name: str) -> bool:
    """`g`, `g1`: how generated code names a product of adjoints that serves several of them."""
    return name[0] == "g" and (len(name) == 1 or name[1:].isdigit())
