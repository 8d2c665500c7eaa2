"""Walking and rebuilding: the few traversals that analyses and transformations share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from operator import is_not

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

NO_NAMES: frozenset[str] = frozenset()
keep = object.__setattr__


def children(expr: Expr) -> tuple[Expr, ...]:
    kind = type(expr)
    if kind is Apply:
        return expr.args + tuple([value for _, value in expr.kwargs]) if expr.kwargs else expr.args
    if kind is Tuple:
        return expr.items
    if kind is Choice:
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
        kind = type(found)
        if kind is Apply and not found.kwargs:
            waiting += found.args[::-1]
        elif kind is not Name and kind is not Const:
            waiting += children(found)[::-1]


@lru_cache(4096)
def alone(name: str) -> frozenset[str]:
    return frozenset((name,))


def names(expr: Expr) -> frozenset[str]:
    """The variables that it reads."""
    kind = type(expr)
    if kind is Name:
        return alone(expr.id)
    if kind is not Apply and kind is not Tuple and kind is not Choice:
        return NO_NAMES
    try:
        return expr.found_names
    except AttributeError:
        found = together([names(child) for child in children(expr)])
        keep(expr, "found_names", found)
        return found


def together(sets: list[frozenset[str]]) -> frozenset[str]:
    """The union, which is one of the sets where it holds all others."""
    found = NO_NAMES
    for each in sets:
        if not each <= found:
            found = each if found <= each else found | each
    return found


def rebuild(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """Replace each expression, children first, by what ``change`` makes of it."""
    kind = type(expr)
    if kind is Apply:
        old = expr.args
        args = tuple([rebuild(a, change) for a in old])
        kwargs = tuple([(k, rebuild(v, change)) for k, v in expr.kwargs]) if expr.kwargs else ()
        # Equal expressions may differ in kind and place.
        if any(map(is_not, args, old)) or any(n[1] is not o[1] for n, o in zip(kwargs, expr.kwargs, strict=True)):
            expr = Apply(expr.fn, args, kwargs, expr.kind, expr.text, expr.span)
    elif kind is Tuple:
        items = tuple([rebuild(i, change) for i in expr.items])
        if any(map(is_not, items, expr.items)):
            expr = Tuple(items, expr.cls, expr.kind)
    elif kind is Choice:
        test, body, orelse = rebuild(expr.test, change), rebuild(expr.body, change), rebuild(expr.orelse, change)
        if test is not expr.test or body is not expr.body or orelse is not expr.orelse:
            expr = Choice(test, body, orelse, expr.kind)
    return change(expr)


def substitute(expr: Expr, values: dict[str, Expr]) -> Expr:
    if not values or values.keys().isdisjoint(names(expr)):
        return expr
    return rebuild(expr, lambda e: values.get(e.id, e) if isinstance(e, Name) else e)


def blocks(stmt: Stmt) -> tuple[Block, ...]:
    kind = type(stmt)
    if kind is If:
        return (stmt.body, stmt.orelse)
    if kind is For or kind is While:
        return (stmt.body,)
    if kind is Attempt:
        return (stmt.body, stmt.orelse, *(c.body for c in stmt.clauses))
    return ()


def with_blocks(stmt: Stmt, new: tuple[Block, ...]) -> Stmt:
    match stmt:
        case If():
            return If(stmt.test, new[0], new[1], stmt.span)
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


REGIONS = frozenset((If, For, While, Attempt))


def statements(block: Iterable[Stmt]) -> list[Stmt]:
    """Every statement of a block, nested ones too, in program order, parents first."""
    found: list[Stmt] = []
    for stmt in block:
        found += (stmt, *statements_within(stmt)) if type(stmt) in REGIONS else (stmt,)
    return found


def statements_within(stmt: Stmt) -> tuple[Stmt, ...]:
    try:
        return stmt.found_statements
    except AttributeError:
        found = tuple([s for block in blocks(stmt) for s in statements(block)])
        keep(stmt, "found_statements", found)
        return found


def expressions(stmt: Stmt) -> tuple[Expr, ...]:
    """The expressions that the statement itself holds, not those of nested blocks."""
    kind = type(stmt)
    if kind is Assign or kind is Append or kind is Effect:
        return (stmt.value,)
    if kind is Accumulate:
        return tuple([e for e in (stmt.value, stmt.index, stmt.base) if e is not None])
    if kind is Store:
        return (stmt.value, stmt.index, stmt.base)
    if kind is Invoke:
        return stmt.args
    if kind is If or kind is While:
        return (stmt.test,)
    if kind is For:
        return tuple([e for e in (stmt.start, stmt.stop, stmt.step, stmt.snapshots) if e is not None])
    if kind is Raise:
        return () if stmt.value is None else (stmt.value,)
    return ()


def map_expressions(stmt: Stmt, change: Callable[[Expr], Expr]) -> Stmt:
    """The statement with each of its own expressions changed as a whole."""
    match stmt:
        case Assign():
            return Assign(stmt.target, change(stmt.value), stmt.span)
        case Append() | Effect():
            return replace(stmt, value=change(stmt.value))
        case Accumulate():
            index = None if stmt.index is None else change(stmt.index)
            base = None if stmt.base is None else change(stmt.base)
            return Accumulate(stmt.target, change(stmt.value), index, base, stmt.memory, stmt.kind, stmt.span)
        case Store():
            value, index = change(stmt.value), change(stmt.index)
            return Store(change(stmt.base), index, value, stmt.add, stmt.span)
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
    kind = type(stmt)
    if kind is Assign:
        return (stmt.target,)
    if kind is Accumulate:
        return (stmt.target,) if stmt.index is None else ()
    if kind is Pop or kind is Invoke:
        return stmt.targets
    if kind is Effect:
        return (stmt.target,) if stmt.target is not None else ()
    if kind is For:
        return (stmt.var,)
    if kind is Attempt:
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


def read(stmt: Stmt) -> frozenset[str]:
    """The variables whose value the statement itself reads."""
    try:
        return stmt.found_read
    except AttributeError:
        sets = [names(e) for e in expressions(stmt)]
        kind = type(stmt)
        if kind is Accumulate:
            sets.append(alone(stmt.target))
        elif kind is Append or kind is Pop:
            sets.append(alone(stmt.base))
        found = together(sets)
        keep(stmt, "found_read", found)
        return found


def all_bound(block: Block) -> set[str]:
    found: set[str] = set()
    for stmt in block:
        found.update(bound_within(stmt) if type(stmt) in REGIONS else bound(stmt))
    return found


def bound_within(stmt: Stmt) -> frozenset[str]:
    try:
        return stmt.found_all_bound
    except AttributeError:
        found = frozenset(bound(stmt)).union(*map(all_bound, blocks(stmt)))
        keep(stmt, "found_all_bound", found)
        return found


def all_read(block: Block) -> set[str]:
    found: set[str] = set()
    for stmt in block:
        found.update(read_within(stmt) if type(stmt) in REGIONS else read(stmt))
    return found


def read_within(stmt: Stmt) -> frozenset[str]:
    try:
        return stmt.found_all_read
    except AttributeError:
        found = read(stmt).union(*map(all_read, blocks(stmt)))
        keep(stmt, "found_all_read", found)
        return found


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
