"""From the IR of a function and the record of one run to the graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from zygote_nb.api import Call, request
from zygote_nb.dataclass import dataclass, field, replace
from zygote_nb.driver.derived import Derived
from zygote_nb.driver.run import call_arguments
from zygote_nb.driver.values import leaf_kinds
from zygote_nb.frontend.instances import Instance
from zygote_nb.ir.core import Apply, Assign, Expr, For, If, Invoke, Name, Stmt, Store, While
from zygote_nb.ir.kinds import Kind, is_float
from zygote_nb.ir.walk import blocks, children, expressions, names, statements, subexpressions
from zygote_nb.notebook.annotate import bytes_text, kind_text, recorded
from zygote_nb.notebook.graph.copies import Copies, assigned, folded, place
from zygote_nb.notebook.graph.folding import SECTION, grouped, opened, sections, summed, whole
from zygote_nb.notebook.graph.model import Edge, Model, Node, walk
from zygote_nb.notebook.graph.thumbnail import thumbnail
from zygote_nb.notebook.graph.words import gradient_words, kind_words, operation_name, returned
from zygote_nb.notebook.replay.cotangents import Cotangents, is_observable, watched
from zygote_nb.notebook.replay.inside import MOST, text_of
from zygote_nb.notebook.replay.paths import leaf_paths
from zygote_nb.notebook.replay.record import Line, LineView, Record
from zygote_nb.notebook.replay.run import looked_at
from zygote_nb.notebook.replay.values import Seen, is_bad, seen

__all__ = ["build"]

MANY = 4  # values of one argument, which are folded
SHORT = 14  # characters of an entry that fit into its node
FAINT = 1e-8  # of the largest norm: a gradient that has vanished

Definitions = dict[str, frozenset[int]]  # where the value of a variable comes from


def build(call: Call, budget: float, typed: str = "") -> Model:
    """The graph of a call: arguments, lines, and the operations in them; loops, branches and calls are groups.

    `typed` is the text of the cell that the outermost function was made of.
    """
    req = request(call, (), {})
    derived, _ = looked_at(req)
    record, said = recorded(call, budget, inside=True)
    arguments = tuple(call_arguments(derived.facts, req.bound))
    lengths = {label: n for n, label in req.bound.reader.labels.items()} | {1: 1}
    leaves = tuple((name, len(leaf_kinds(kind))) for name, kind in zip(req.bound.names, req.bound.kinds, strict=True))
    paths = leaf_paths(req.bound, derived.facts.parameters)
    builder = _Builder(derived, record, arguments, lengths, typed, watched(req, derived, record), leaves, paths)
    root = builder.function(derived.instance)
    return Model(derived.instance.name, root, opened(root), said)


@dataclass(slots=True)
class _Builder:
    """Numbers the nodes, and follows which of them define the variables."""

    derived: Derived
    record: Record | None
    arguments: tuple[Any, ...]
    lengths: dict[Any, int]
    typed: str
    watched: Cotangents | None
    leaves: tuple[tuple[str, int], ...]
    paths: Mapping[str, str]
    edges: list[Edge] = field(default_factory=list)
    count: int = 0
    operations: int = 0
    counters: set[str] = field(default_factory=set)
    stack: list[Instance] = field(default_factory=list)
    largest: float = 0.0
    inside: int = 0  # the line of the loop that is being written out
    copies: int = 1  # how many iterations the nodes stand for that are being made
    passing: set[int] = field(default_factory=set)  # nodes that a gradient passes
    alias: dict[int, int] = field(default_factory=dict)  # from a line to the last operation in it

    def number(self) -> int:
        self.count += 1
        return self.count

    # Functions

    def function(self, instance: Instance) -> Node:
        """The outermost group, with a node for each argument and one for the result."""
        views = self.record.lines.values() if self.record else ()
        self.largest = max((v.norm for v in views if v.norm and v.norm < float("inf")), default=0.0)
        nodes, env = [], {}
        for param, active, value in zip(instance.function.params, self.derived.wrt, self.arguments, strict=True):
            node = self.argument(param.name, param.kind, active, seen(value))
            env[param.name] = frozenset([node.number])
            nodes.append(self.noted(node))
        nodes = self.containers(nodes)
        nodes += self.body(instance, env)
        result = self.result(instance, env)
        return grouped(Node(0, "function", instance.name, children=(*nodes, result)), self.edges, self.alias)

    def containers(self, leaves: list[Node]) -> list[Node]:
        """Arguments that hold several values, as groups of these."""
        found: list[Node] = []
        for name, count in self.leaves:
            part, leaves = leaves[:count], leaves[count:]
            if count < MANY:
                found += part
                continue
            group = Node(self.number(), "arguments", name, 0, f"{count} values", detail=f"argument {name}")
            found.append(summed(replace(group, children=tuple(part))))
        return [*found, *leaves]

    def argument(self, name: str, kind: Kind, active: bool, value: Seen | None) -> Node:
        gradient = self.record.gradients.get(name) if self.record else None
        shown = kind_text(value) if value and not value.scalar else f"{value or kind_words(kind, self.lengths)}"
        state = self.state(gradient.norm if gradient else None, active and gradient is not None)
        path = self.paths.get(name, name)
        return Node(
            self.number(), "input", path, 0, shown, gradient_words([gradient]), state, "",
            thumbnail(value), thumbnail(gradient), detail=f"argument {path}\n{value or shown}", bad=is_bad(value),
        )  # fmt: skip

    def result(self, instance: Instance, env: Definitions) -> Node:
        """What is returned, with its operations; the seed of the backward sweep starts here."""
        number = self.number()
        for expr in instance.function.result:
            self.read(names(expr), env, number)
        value = (
            kind_text(self.record.results[0]) if self.record and self.record.results and self.record.results[0] else ""
        )
        title = returned(instance, self.source_text(instance))
        node = Node(number, "output", title, 0, value, "1", detail=f"{title}\n{value}")
        line = instance.source.filename, instance.function.exit.line
        return self.with_operations(node, instance.function.result, line)

    def body(self, instance: Instance, env: Definitions) -> list[Node]:
        self.stack.append(instance)
        inner = list(statements(instance.function.body))
        self.counters |= {s.count for s in inner if isinstance(s, For | While) and s.count}
        nodes = self.block(instance.function.body, env)
        self.stack.pop()
        return nodes

    # Blocks

    def block(self, block: Sequence[Stmt], env: Definitions) -> list[Node]:
        """The nodes of a block: one for each line, and long blocks in sections."""
        nodes: list[Node] = []
        block = [s for s in block if not (isinstance(s, Assign) and s.target in self.counters)]
        parts = folded(block, self.stack[-1].source.tree, self.inside)
        for (_, alone), group in groupby(parts, place):
            stmts: list[Any] = list(group)
            if isinstance(stmts[0], Copies):
                nodes.append(self.written_out(stmts[0], env))
            else:
                nodes.append(self.compound(stmts[0], env) if alone else self.line(stmts, env))
        return sections(nodes, self.number) if len(nodes) > SECTION else nodes

    def written_out(self, copies: Copies, env: Definitions) -> Node:
        """A loop that was written out, as the group of the lines of its first iteration; the others join in."""
        head, state = self.number(), self.handed(copies.heads, env)
        text, line, count = self.text(copies.heads[0]), self.relative(copies.heads[0]), len(copies.iterations)
        first = self.noted(Node(head, "head", text.rstrip(":"), line, state=state, detail=text))
        for stmt in copies.heads:
            self.read({n for e in expressions(stmt) for n in names(e)}, env, head)
            env |= {name: frozenset([head]) for name in assigned(stmt)}
        outer, self.inside, self.copies = self.inside, copies.line, self.copies * count
        nodes = self.block(copies.bodies[0], env)
        self.inside, self.copies = outer, self.copies // count
        order = {n.number: k for k, node in enumerate(nodes) for n in walk(node)}
        by_line = {node.line: node.number for node in nodes}
        for stmt in (s for body in copies.bodies[1:] for s in body):
            number = by_line.get(self.relative(stmt), head)
            within = [stmt, *(s for block in blocks(stmt) for s in statements(block))]
            for name in sorted({n for s in within for e in expressions(s) for n in names(e)}):
                self.edges += [
                    Edge(source, number, name, order.get(source, -1) >= order.get(number, 0))
                    for source in sorted(env.get(name, ()))
                ]
            env |= {name: frozenset([number]) for s in within for name in assigned(s)}
        group = Node(self.number(), "loop", text, line, f"×{count}", hits=count, detail=text)
        return summed(replace(group, children=(first, *nodes)))

    def compound(self, stmt: Stmt, env: Definitions) -> Node:
        kind = "branch" if isinstance(stmt, If) else "loop"
        first = self.count + 1
        head = self.head(stmt, env)
        entry = dict(env)
        inside: list[Node] = []
        outcomes: list[Definitions] = []
        for block in blocks(stmt):
            local = dict(entry)
            inside += self.block([s for s in block if s not in self.own(stmt)], local)
            outcomes.append(local)
        if kind == "loop":
            self.carry(first, entry, outcomes[0])
        for local in outcomes:
            for name, where in local.items():
                env[name] = env.get(name, frozenset()) | where if where != entry.get(name) else env.get(name, where)
        view = self.view(stmt)
        hits = view.hits if view else 0
        number = self.number()
        shown = (head, *inside)
        node = Node(number, kind, self.text(stmt), self.relative(stmt), f"×{hits}" if hits else "", hits=hits)
        return summed(replace(node, children=shown, detail=self.text(stmt)))

    def noted(self, node: Node) -> Node:
        if node.has_gradient:
            self.passing.add(node.number)
        return node

    def handed(self, stmts: Sequence[Stmt], env: Definitions) -> str:
        """The state of a node that only gives names to values: whether a gradient passes them."""
        values = [s.value for s in stmts if isinstance(s, Assign) and is_float(s.value.kind)]
        sources = {source for value in values for n in names(value) for source in env.get(n, ())}
        return "" if sources & self.passing else "none"

    def head(self, stmt: Stmt, env: Definitions) -> Node:
        """The node of a loop's or branch's own line, and of what it binds in each iteration."""
        number = self.number()
        state = self.handed(self.own(stmt), env)
        for expr in expressions(stmt):
            self.read(names(expr), env, number)
        if isinstance(stmt, For):
            env[stmt.var] = frozenset([number])
        for own in self.own(stmt):
            self.read({n for e in expressions(own) for n in names(e)} - {stmt.var}, env, number)
            for name in assigned(own):
                env[name] = frozenset([number])
        text = self.text(stmt)
        return self.noted(Node(number, "head", text.rstrip(":"), self.relative(stmt), state=state, detail=text))

    def own(self, stmt: Stmt) -> list[Assign]:
        """Statements in a loop that its own line stands for: `t = v[i]` in `for t in v`."""
        if not isinstance(stmt, For):
            return []
        return [s for s in stmt.body if isinstance(s, Assign) and s.span.line == stmt.span.line]

    def carry(self, first: int, entry: Definitions, after: Definitions) -> None:
        """Edges to the next iteration: from what the body assigned last to those in it that read the entry's value."""
        inside = [e for e in self.edges if e.target >= first and e.source in entry.get(e.name, ())]
        for name, where in after.items():
            last = where - entry.get(name, frozenset())
            self.edges += [Edge(s, e.target, name, True) for e in inside if e.name == name for s in sorted(last)]

    def line(self, stmts: list[Stmt], env: Definitions) -> Node:
        """The node of a line without blocks; a call of a function with source is a group of that function's nodes."""
        calls = [s for s in stmts if isinstance(s, Invoke) and isinstance(s.callee, Instance)]
        inner = [self.called(s, env) for s in calls if s.callee not in self.stack]
        number = self.number()
        before, handed = dict(env), self.handed(stmts, env)
        for stmt in stmts:
            if stmt in calls and stmt.callee not in self.stack:
                continue
            self.read({n for e in expressions(stmt) for n in names(e)}, before, number)
            for name in assigned(stmt):
                env[name] = before[name] = frozenset([number])
        node = self.described(Node(number, "line", self.text(stmts[0]), self.relative(stmts[0])), stmts[0])
        if self.view(stmts[0]) is None and all(isinstance(s, Assign) and isinstance(s.value, Name) for s in stmts):
            node = replace(node, state=handed)
        self.noted(node)
        if inner:
            rest = [] if len(stmts) == len(calls) else [node]
            if not rest and len(inner) == 1:
                return replace(inner[0], title=node.title, line=node.line, norm=node.norm, state=node.state)
            group = Node(self.number(), "line", node.title, node.line, node.value, node.norm, node.state)
            return replace(group, children=(*inner, *rest), detail=node.detail)
        return self.with_operations(node, [s.value for s in stmts if isinstance(s, Assign | Store)], self.key(stmts[0]))

    def called(self, stmt: Invoke, env: Definitions) -> Node:
        instance: Instance = stmt.callee
        local: Definitions = {}
        for param, arg in zip(instance.function.params, stmt.args, strict=False):
            local[param.name] = frozenset().union(*(env.get(n, frozenset()) for n in names(arg)))
        inside = self.body(instance, local)
        for target, expr in zip(stmt.targets, instance.function.result, strict=False):
            env[target] = frozenset().union(*(local.get(n, frozenset()) for n in names(expr)))
        node = Node(self.number(), "call", instance.name, self.relative(stmt), children=tuple(inside))
        return summed(replace(node, detail=f"call of {instance.name}"))

    # Operations

    def with_operations(self, node: Node, trees: Sequence[Expr], line: Line | None) -> Node:
        """The line with its operations inside, if it has several."""
        applied = sum(isinstance(e, Apply) and e.fn is not slice for t in trees for e in subexpressions(t))
        if applied < 2 or self.operations + applied > MOST:
            return node
        self.operations += applied
        inside: list[Node] = []
        reads: dict[int, set[str]] = {}
        for tree in trees:
            self.operation(tree, inside, reads, line)
        if len(trees) == 1:
            inside[-1] = whole(inside[-1], node, self.value_of(trees[0], line) is None)
        last = self.alias[node.number] = inside[-1].number
        into = [e for e in self.edges if e.target == node.number]
        self.edges = [e for e in self.edges if e.target != node.number]
        for edge in into:
            readers = [number for number, read in reads.items() if edge.name in read] or [last]
            self.edges += [replace(edge, target=number) for number in readers]
        return replace(node, children=tuple(inside))

    def value_of(self, expr: Expr, line: Line | None) -> Seen | None:
        return self.record.inside.get(line, {}).get(text_of(expr)) if self.record and line else None

    def operation(self, expr: Expr, out: list[Node], reads: dict[int, set[str]], line: Line | None) -> int | None:
        """Nodes of an expression tree, operands first; the number of the outermost."""
        if not isinstance(expr, Apply) or expr.fn is slice:
            return None
        operands = [self.operation(e, out, reads, line) for e in children(expr)]
        number = self.number()
        self.edges += [Edge(operand, number, "") for operand in operands if operand is not None]
        reads[number] = {n for e, o in zip(children(expr), operands, strict=True) if o is None for n in names(e)}
        text = text_of(expr)
        title = text if operation_name(expr) == "[ ]" and len(text) < SHORT else operation_name(expr)
        value = self.value_of(expr, line)
        words = kind_text(value) if value else kind_words(expr.kind, self.lengths)
        detail = f"{text or title}\n{value or words}"
        node = Node(
            number,
            "operation",
            title,
            value=words,
            thumb=thumbnail(value),
            detail=detail,
            bad=is_bad(value),
        )
        earlier = sum(n.detail.split("\n")[0] == (text or title) for n in out)
        out.append(self.with_gradient(node, expr, (line, text), earlier))
        return number

    def with_gradient(self, node: Node, expr: Expr, key: Any, earlier: int) -> Node:
        """The operation with the cotangents that reached it, where these were watched."""
        if self.watched is None:
            return node
        found = self.watched.get(key, ())
        stride = max(1, len(found) // self.copies)
        gradients = [g for one in found[earlier::stride] for g in one] if earlier < stride else []
        if not gradients:
            return replace(node, state="" if node.thumb and not is_observable(expr) else "none")
        worst = max(g.norm if g.norm == g.norm else float("inf") for g in gradients)
        return replace(
            node,
            norm=gradient_words(gradients),
            state=self.state(worst, True),
            gradient_thumb=thumbnail(gradients[-1]),
        )

    # What is known of lines

    def read(self, used: Iterable[str], env: Definitions, target: int) -> None:
        for name in sorted(used):
            self.edges += [Edge(source, target, name) for source in sorted(env.get(name, ()))]

    def text(self, stmt: Stmt) -> str:
        lines = self.source_text(self.stack[-1]).splitlines()
        index = stmt.span.line - self.stack[-1].source.first_line
        return lines[index].strip() if 0 <= index < len(lines) else ""

    def source_text(self, instance: Instance) -> str:
        return self.typed if self.typed and instance is self.derived.instance else instance.source.text

    def relative(self, stmt: Stmt) -> int:
        return max(0, stmt.span.line - self.stack[-1].source.first_line + 1)

    def view(self, stmt: Stmt) -> LineView | None:
        return self.record.lines.get(self.key(stmt)) if self.record else None

    def key(self, stmt: Stmt) -> Line:
        return self.stack[-1].source.filename, stmt.span.line

    def described(self, node: Node, stmt: Stmt) -> Node:
        view = self.view(stmt)
        if view is None:
            return replace(node, detail=node.title, state="none")
        events = view.events(node.title)
        value = events[-1].values[0] if events else None
        times = f" ×{view.hits}" if view.hits > 1 else ""
        return replace(
            node,
            value=(kind_text(value) if value else "") + times,
            norm=gradient_words([e.values[0] for e in reversed(view.gradient)]),
            state=self.state(view.norm, view.reversed or view.norm is not None),
            kept=bytes_text(view.nbytes) if view.nbytes else "",
            thumb=thumbnail(value),
            gradient_thumb=thumbnail(view.gradient[-1].values[0]) if view.gradient else "",
            hits=view.hits,
            detail=f"{node.title}\n{value if value else ''}",
            bad=is_bad(value),
        )

    def state(self, norm: float | None, known: bool) -> str:
        if norm is not None and not norm < float("inf"):
            return "nan"
        if norm is None:
            return "" if known else "none"
        if norm == 0.0:
            return "zero"
        return "faint" if norm < FAINT * self.largest else ""
