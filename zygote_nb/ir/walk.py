"""Walking and rebuilding: the few traversals that analyses and transformations share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from zygote_nb.dataclass import replace
from zygote_nb.ir.core import (
    Accumulate,
    Append,
    Apply,
    Assign,
    Attempt,
    Block,
    Break,
    Choice,
    Const,
    Effect,
    Expr,
    For,
    If,
    Invoke,
    Name,
    Pop,
    Raise,
    Stmt,
    Store,
    Tuple,
    While,
    is_getitem,
    logical_and,
    logical_or,
)
from zygote_nb.ir.kinds import Scalar


def children(expr: Expr) -> tuple[Expr, ...]:
    match expr:
        case Apply():
            return expr.args + tuple(value for _, value in expr.kwargs) if expr.kwargs else expr.args
        case Tuple():
            return expr.items
        case Choice():
            return (expr.test, expr.body, expr.orelse)
    return ()


def evaluated(expr: Expr) -> Iterator[Expr]:
    """The expression and all below it that is evaluated whichever way its choices go, parents first."""
    yield expr
    lazy = isinstance(expr, Choice) or (isinstance(expr, Apply) and expr.fn in (logical_and, logical_or))
    for child in children(expr)[:1] if lazy else children(expr):
        yield from evaluated(child)


def subexpressions(expr: Expr) -> Iterator[Expr]:
    """The expression and everything below it, parents first."""
    waiting = [expr]
    while waiting:
        found = waiting.pop()
        yield found
        if not isinstance(found, (Name, Const)):
            waiting.extend(reversed(children(found)))


def names(expr: Expr) -> set[str]:
    return {e.id for e in subexpressions(expr) if isinstance(e, Name)}


def rebuild(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """Replace each expression, children first, by what ``change`` makes of it."""
    match expr:
        case Apply():
            args = tuple(rebuild(a, change) for a in expr.args)
            kwargs = tuple((k, rebuild(v, change)) for k, v in expr.kwargs)
            before = (*expr.args, *(v for _, v in expr.kwargs))
            # Equal expressions may differ in kind and place.
            if any(new is not old for new, old in zip((*args, *(v for _, v in kwargs)), before, strict=True)):
                expr = replace(expr, args=args, kwargs=kwargs)
        case Tuple():
            items = tuple(rebuild(i, change) for i in expr.items)
            expr = replace(expr, items=items)
        case Choice():
            expr = replace(
                expr,
                test=rebuild(expr.test, change),
                body=rebuild(expr.body, change),
                orelse=rebuild(expr.orelse, change),
            )
    return change(expr)


def substitute(expr: Expr, values: dict[str, Expr]) -> Expr:
    if not values:
        return expr
    return rebuild(expr, lambda e: values.get(e.id, e) if isinstance(e, Name) else e)


def blocks(stmt: Stmt) -> tuple[Block, ...]:
    match stmt:
        case If():
            return (stmt.body, stmt.orelse)
        case For() | While():
            return (stmt.body,)
        case Attempt():
            return (stmt.body, stmt.orelse, *(c.body for c in stmt.clauses))
    return ()


def with_blocks(stmt: Stmt, new: tuple[Block, ...]) -> Stmt:
    match stmt:
        case If():
            return replace(stmt, body=new[0], orelse=new[1])
        case For() | While():
            return replace(stmt, body=new[0])
        case Attempt():
            clauses = tuple(replace(c, body=b) for c, b in zip(stmt.clauses, new[2:], strict=True))
            return replace(stmt, body=new[0], orelse=new[1], clauses=clauses)
    return stmt


def distinct(block: Block, seen: set[int] | None = None) -> Block:
    """The block, with an object of its own for every statement: the analyses tell statements apart by identity."""
    seen = set() if seen is None else seen
    out: list[Stmt] = []
    for stmt in block:
        inner = blocks(stmt)
        if inner:
            stmt = with_blocks(stmt, tuple(distinct(b, seen) for b in inner))
        elif id(stmt) in seen:
            stmt = replace(stmt)
        seen.add(id(stmt))
        out.append(stmt)
    return tuple(out)


def statements(block: Block) -> Iterator[Stmt]:
    """Every statement of a block, nested ones too, in program order, parents first."""
    for stmt in block:
        yield stmt
        for inner in blocks(stmt):
            yield from statements(inner)


def expressions(stmt: Stmt) -> tuple[Expr, ...]:
    """The expressions that the statement itself holds, not those of nested blocks."""
    match stmt:
        case Assign() | Append() | Effect():
            return (stmt.value,)
        case Accumulate():
            return tuple(e for e in (stmt.value, stmt.index, stmt.base) if e is not None)
        case Store():
            return (stmt.value, stmt.index, stmt.base)
        case Invoke():
            return stmt.args
        case If() | While():
            return (stmt.test,)
        case For():
            return tuple(e for e in (stmt.start, stmt.stop, stmt.step, stmt.snapshots) if e is not None)
        case Raise():
            return () if stmt.value is None else (stmt.value,)
    return ()


def map_expressions(stmt: Stmt, change: Callable[[Expr], Expr]) -> Stmt:
    """The statement with each of its own expressions changed as a whole."""
    match stmt:
        case Assign() | Append() | Effect():
            return replace(stmt, value=change(stmt.value))
        case Accumulate():
            index = None if stmt.index is None else change(stmt.index)
            base = None if stmt.base is None else change(stmt.base)
            return replace(stmt, value=change(stmt.value), index=index, base=base)
        case Store():
            return replace(stmt, value=change(stmt.value), index=change(stmt.index), base=change(stmt.base))
        case Invoke():
            return replace(stmt, args=tuple(change(a) for a in stmt.args))
        case If() | While():
            return replace(stmt, test=change(stmt.test))
        case For():
            kept = None if stmt.snapshots is None else change(stmt.snapshots)
            start, stop, step = change(stmt.start), change(stmt.stop), change(stmt.step)
            return replace(stmt, start=start, stop=stop, step=step, snapshots=kept)
        case Raise():
            return stmt if stmt.value is None else replace(stmt, value=change(stmt.value))
    return stmt


def bound(stmt: Stmt) -> tuple[str, ...]:
    """The variables that the statement itself binds."""
    match stmt:
        case Assign():
            return (stmt.target,)
        case Accumulate() if stmt.index is None:
            return (stmt.target,)
        case Pop() | Invoke():
            return stmt.targets
        case Effect() if stmt.target is not None:
            return (stmt.target,)
        case For():
            return (stmt.var,)
        case Attempt():
            return outcome(stmt)
    return ()


def outcome(stmt: Attempt) -> tuple[str, ...]:
    """The variables that say how an attempt went; they are bound before everything that it holds."""
    return (stmt.caught, stmt.done, *(c.error for c in stmt.clauses if c.error is not None))


def is_step(attempt: Attempt, stmt: Stmt) -> bool:
    """Whether a statement of the attempt's body is one of its steps."""
    if not isinstance(stmt, If) or not isinstance(stmt.test, Apply):
        return False
    asked = stmt.test.args[0]
    return isinstance(asked, Name) and asked.id in (attempt.caught, attempt.done)


def step_blocks(attempt: Attempt) -> tuple[Block, ...]:
    """The body of an attempt as the blocks that follow one another, each of which may be the last that happens."""
    return tuple(s.body if is_step(attempt, s) and isinstance(s, If) else (s,) for s in attempt.body)


def read(stmt: Stmt) -> set[str]:
    """The variables whose value the statement itself reads."""
    found = set().union(*(names(e) for e in expressions(stmt)))
    match stmt:
        case Accumulate():
            found.add(stmt.target)
        case Append() | Pop():
            found.add(stmt.base)
    return found


def all_bound(block: Block) -> set[str]:
    return {name for stmt in statements(block) for name in bound(stmt)}


def all_read(block: Block) -> set[str]:
    return set().union(*(read(stmt) for stmt in statements(block)))


def breaks(block: Block) -> bool:
    """Whether a break in the block leaves a loop around the block."""
    return any(
        isinstance(stmt, Break) or (isinstance(stmt, If | Attempt) and any(map(breaks, blocks(stmt)))) for stmt in block
    )


def always_raises(block: Block) -> bool:
    """Whether the block ends with a raise on every path that reaches its end."""
    match block[-1:]:
        case (If() as last,):
            return always_raises(last.body) and always_raises(last.orelse)
        case (last,):
            return isinstance(last, Raise)
    return False


def root(expr: Expr) -> str | None:
    """The variable at which a chain of indices starts: ``x`` in ``x[i][j]``."""
    while isinstance(expr, Apply):
        if not expr.args:
            return None
        expr = expr.args[0]
    return expr.id if isinstance(expr, Name) else None


def is_basic(index: Expr) -> bool:
    """Whether indexing gives a view: integers, slices, ``None`` and ``...`` only."""
    if isinstance(index, Tuple):
        return index.cls is tuple and all(map(is_basic, index.items))
    if isinstance(index, Const):
        return True
    if isinstance(index, Apply) and index.fn is slice:
        return True
    return isinstance(index.kind, Scalar) and index.kind.dtype != "bool"


def is_part(expr: Expr) -> bool:
    """Whether what indices select is memory of the variable, and no copy, as what arrays of indices select."""
    while isinstance(expr, Apply) and is_getitem(expr):
        if not is_basic(expr.args[1]):
            return False
        expr = expr.args[0]
    return True


def rename(block: Block, change: Callable[[str], str]) -> Block:
    """The block with every variable renamed, where it is bound and where it is read."""

    def of_expr(expr: Expr) -> Expr:
        return rebuild(expr, lambda e: replace(e, id=change(e.id)) if isinstance(e, Name) else e)

    return tuple(_rename(stmt, change, of_expr) for stmt in block)


def _rename(stmt: Stmt, change: Callable[[str], str], of_expr: Callable[[Expr], Expr]) -> Stmt:
    stmt = map_expressions(stmt, of_expr)
    stmt = with_blocks(stmt, tuple(rename(b, change) for b in blocks(stmt)))
    match stmt:
        case Assign() | Accumulate():
            return replace(stmt, target=change(stmt.target))
        case Append():
            return replace(stmt, base=change(stmt.base))
        case Pop():
            return replace(stmt, base=change(stmt.base), targets=tuple(map(change, stmt.targets)))
        case Invoke():
            return replace(stmt, targets=tuple(map(change, stmt.targets)))
        case Effect():
            return replace(stmt, target=stmt.target and change(stmt.target))
        case For():
            return replace(stmt, var=change(stmt.var), count=stmt.count and change(stmt.count))
        case While():
            return replace(stmt, count=change(stmt.count))
        case Attempt():
            return renamed_outcome(stmt, change)
    return stmt


def renamed_outcome(stmt: Attempt, change: Callable[[str], str]) -> Attempt:
    clauses = tuple(replace(c, error=c.error and change(c.error)) for c in stmt.clauses)
    return replace(stmt, caught=change(stmt.caught), done=change(stmt.done), clauses=clauses)
