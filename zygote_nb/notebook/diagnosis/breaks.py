"""Arguments without influence: the lines where the path from them to the result breaks off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from zygote_nb.api import Call, request
from zygote_nb.dataclass import dataclass, field
from zygote_nb.frontend.instances import Instance
from zygote_nb.ir.callables import Attribute, Method, default_name
from zygote_nb.ir.core import Apply, Assign, Const, Expr, For, If, Invoke, Name, Stmt, Store, Tuple, While
from zygote_nb.ir.kinds import Array, Kind, Scalar
from zygote_nb.ir.walk import blocks, children, expressions, names
from zygote_nb.notebook.graph.copies import assigned
from zygote_nb.notebook.replay.run import looked_at
from zygote_nb.rules import registry

__all__ = ["Break", "breaks"]


@dataclass(frozen=True, slots=True)
class Break:
    """A line of the user's at which a value that depends on an argument stops carrying its derivative, and why."""

    function: str
    line: int
    text: str
    why: str

    def __str__(self) -> str:
        return f"line {self.line} of {self.function}, `{self.text}`: {self.why}"


def breaks(call: Call, argument: str) -> tuple[Break, ...]:
    """Where paths from an argument end, in the order of the program; empty if one reaches the result."""
    req = request(call, (), {})
    instance = looked_at(req)[0].instance
    params = [p.name for p in instance.function.params if p.name.split("[")[0].split(".")[0].startswith(argument)]
    walk = _Walk()
    if walk.function(instance, {n for n in params if n == argument or n[len(argument) :][:1] in "_.[0123456789"}):
        return ()
    return tuple(dict.fromkeys(walk.found)) or (_unused(instance, argument),)


def _unused(instance: Instance, argument: str) -> Break:
    return Break(instance.shown, 1, instance.source.text.splitlines()[0].strip(), f"{argument} is read nowhere")


@dataclass(slots=True)
class _Walk:
    """Follows which variables depend on the argument with a derivative."""

    found: list[Break] = field(default_factory=list)
    stack: list[Instance] = field(default_factory=list)

    def function(self, instance: Instance, live: set[str]) -> bool:
        """Whether the result depends on the variables `live` with a derivative."""
        if instance in self.stack:
            return False
        self.stack.append(instance)
        self.block(instance.function.body, live)
        line = instance.function.exit.line
        reached = any(self.reads(expr, live, line) for expr in instance.function.result)
        if not reached and live and not self.found:
            self.note(line, f"{', '.join(sorted(live)[:3])} never reaches the result")
        self.stack.pop()
        return reached

    def block(self, block: Iterable[Stmt], live: set[str]) -> None:
        for stmt in block:
            self.statement(stmt, live)

    def statement(self, stmt: Stmt, live: set[str]) -> None:
        line = stmt.span.line
        match stmt:
            case If() | For() | While():
                if any(names(e) & live for e in expressions(stmt)):
                    self.note(line, "a condition or a count has no derivative")
                outcomes = []
                for block in blocks(stmt):
                    for _ in range(1 if isinstance(stmt, If) else 2):
                        local = set(live)
                        self.block(block, local)
                        outcomes.append(local)
                        if not isinstance(stmt, If):
                            live |= local
                live |= set().union(*outcomes)
            case Assign(target=target, value=value):
                if self.reads(value, live, line):
                    live.add(target)
                elif target in live:
                    live.discard(target)
                    self.note(line, f"{target} is overwritten")
            case Store(base=base, index=index, value=value):
                if self.reads(value, live, line):
                    live.update(assigned(stmt))
                elif isinstance(base, Name) and base.id in live and not stmt.add and _is_everything(index):
                    live.discard(base.id)
                    self.note(line, f"{base.id} is overwritten")
            case Invoke():
                hit = [bool(names(arg) & live) for arg in stmt.args]
                params = stmt.callee.function.params if isinstance(stmt.callee, Instance) else ()
                inner = {p.name for p, h in zip(params, hit, strict=False) if h}
                if inner and self.function(stmt.callee, inner):
                    live.update(stmt.targets)

    def reads(self, expr: Expr, live: set[str], line: int) -> bool:
        """Whether the value depends on a live variable with a derivative; where it only depends, note why not."""
        reached = False
        for name, why in _paths(expr, live):
            if why:
                self.note(line, why.format(name))
            reached = reached or not why
        return reached

    def note(self, line: int, why: str) -> None:
        source = self.stack[-1].source
        number = line - source.first_line + 1
        lines = source.text.splitlines()
        text = lines[number - 1].strip() if 0 < number <= len(lines) else ""
        self.found.append(Break(self.stack[-1].shown, number, text, why))


def _is_everything(index: Expr) -> bool:
    """`[:]`, `[...]`, `[:, :]`."""
    match index:
        case Apply(args=args) if index.fn is slice:
            return all(isinstance(a, Const) and a.value is None for a in args)
        case Tuple(items=items):
            return all(map(_is_everything, items))
        case Const(value=value):
            return value is Ellipsis or value == slice(None)
    return False


def _paths(expr: Expr, live: set[str], why: str = "") -> Iterator[tuple[str, str]]:
    """Each live variable in an expression, and what cuts it off from the value, if anything does."""
    if isinstance(expr, Name):
        if expr.id in live:
            yield expr.id, why
        return
    if isinstance(expr, Apply):
        why = why or _cuts(expr)
        if not why and expr.fn.__class__.__name__ == "builtin_function_or_method" and expr.fn.__name__ == "getitem":
            yield from _paths(expr.args[0], live, why)
            yield from _paths(expr.args[1], live, "{} is only an index")
            return
    for child in children(expr):
        yield from _paths(child, live, why)


def _cuts(expr: Apply) -> str:
    """What kind of a function without derivative this is, in words; empty if it has one."""
    match expr.fn:
        case Attribute(name=name):
            return f"{{}}.{name} has no derivative" if name in ("shape", "size", "ndim", "dtype") else ""
        case Method(name=name):
            return f"{{}}.{name}() has no derivative" if name in _CONSTANT_METHODS else ""
    name = default_name(expr.fn, expr.text)
    rule = registry.lookup(expr.fn)
    if name in _COMPARISONS:
        return "a comparison of {} has no derivative"
    constant = (rule is not None and rule.form == "constant") or name in ("int", "len", "bool")
    return "" if _real(expr.kind) and not constant else f"{name}({{}}) has no derivative"


_CONSTANT_METHODS = ("argmax", "argmin", "argsort", "round", "any", "all")
_COMPARISONS = {
    "lt",
    "le",
    "gt",
    "ge",
    "eq",
    "ne",
    "np.less",
    "np.greater",
    "np.equal",
    "np.less_equal",
    "np.greater_equal",
}


def _real(kind: Kind) -> bool:
    return not isinstance(kind, Scalar | Array) or kind.dtype[0] in "fc"
