"""Lowering of list comprehensions and generator expressions, as the loops that they stand for."""

from __future__ import annotations

import ast
from collections.abc import Callable

from zygote_nb.frontend.calls import append
from zygote_nb.frontend.control import Exits, both, write_range
from zygote_nb.frontend.iteration import of_value, range_bounds, sequence, write_sequence
from zygote_nb.frontend.lower import Lowering, make_tuple
from zygote_nb.ir.core import Apply, Assign, Const, Expr, Name, Tuple
from zygote_nb.ir.kinds import ListOf

NO_EXITS = Exits(lambda stmt: None)


def lower_comprehension(lo: Lowering, node: ast.ListComp | ast.GeneratorExp) -> Expr:
    """A list, its entries known one by one where everything that is iterated over is a tuple."""
    if len(node.generators) == 1 and not node.generators[0].ifs and not is_range(node.generators[0].iter):
        seq = sequence(lo, node.generators[0].iter)
        if seq.items is not None:
            return unrolled(lo, node, seq.items)
    return grown(lo, node)


def is_range(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range"


def unrolled(lo: Lowering, node: ast.ListComp | ast.GeneratorExp, items: tuple[Expr, ...]) -> Expr:
    from zygote_nb.frontend.targets import assign_to

    made: list[Expr] = []
    with_scope(lo, node, lambda: made.extend(entry(lo, node, item, assign_to) for item in items))
    return make_tuple(tuple(made), list)


def entry(lo: Lowering, node: ast.ListComp | ast.GeneratorExp, item: Expr, assign_to: Callable[..., None]) -> Expr:
    assign_to(lo, node.generators[0].target, item, node)
    value = lo.expr(node.elt)
    return lo.evaluated(value, node)


def grown(lo: Lowering, node: ast.ListComp | ast.GeneratorExp) -> Expr:
    name = lo.fresh("items")
    lo.out.append(Assign(name, Tuple((), list, ListOf(None)), lo.span(node)))
    lo.env[name] = Name(name, ListOf(None))

    def add(item: Expr) -> None:
        current = lo.env[name]
        assert isinstance(current, Name)
        append(lo, node, current, item)

    each_item(lo, node, add)
    result = lo.env.pop(name)
    assert isinstance(result, Name)
    return result


def each_item(lo: Lowering, over: ast.expr, use: Callable[[Expr], None]) -> None:
    """Write what is done with each item of an iterable."""
    if isinstance(over, (ast.ListComp, ast.GeneratorExp)):
        with_scope(lo, over, lambda: nest(lo, over, 0, use))
        return
    bounds = range_bounds(lo, over)
    if bounds is not None:
        write_range(lo, over, bounds, lo.fresh("i"), use, set())
        return
    seq = sequence(lo, over) if isinstance(over, ast.Call) else of_value(lo, over, lo.expr(over))
    if seq.items is not None:
        for item in seq.items:
            use(item)
        return
    write_range(lo, over, (Const(0), seq.length, Const(1)), lo.fresh("i"), lambda i: use(seq.item(i)), set())


def nest(lo: Lowering, node: ast.ListComp | ast.GeneratorExp, depth: int, use: Callable[[Expr], None]) -> None:
    """The loops and conditions of a comprehension, from ``depth`` inward."""
    if depth == len(node.generators):
        use(lo.expr(node.elt))
        return
    generator = node.generators[depth]

    def inside() -> None:
        guarded(lo, node, list(generator.ifs), lambda: nest(lo, node, depth + 1, use))

    bounds = range_bounds(lo, generator.iter)
    if bounds is not None and isinstance(generator.target, ast.Name):
        target = generator.target.id

        def write(index: Name) -> None:
            lo.env[target] = index
            inside()

        write_range(lo, node, bounds, lo.fresh(target), write, set())
        return
    write_sequence(lo, node, generator.target, sequence(lo, generator.iter), inside, [])


def guarded(lo: Lowering, node: ast.expr, tests: list[ast.expr], body: Callable[[], None]) -> None:
    if not tests:
        body()
        return
    test = lo.condition(tests[0])
    if isinstance(test, Const):
        if test.value:
            guarded(lo, node, tests[1:], body)
        return
    both(lo, node, test, lambda: guarded(lo, node, tests[1:], body), lambda: None)  # type: ignore[arg-type]


def with_scope(lo: Lowering, node: ast.ListComp | ast.GeneratorExp, write: Callable[[], None]) -> None:
    """A comprehension's variables are its own: they are renamed where the function has variables of the same name."""
    targets = {n.id for g in node.generators for n in ast.walk(g.target) if isinstance(n, ast.Name)}
    hidden = {name: lo.env.pop(name) for name in targets if name in lo.env}
    if hidden:
        raise_if_memory(lo, node, hidden)
    write()
    for name in targets:
        lo.env.pop(name, None)
    lo.env.update(hidden)


def raise_if_memory(lo: Lowering, node: ast.expr, hidden: dict[str, object]) -> None:
    names = ", ".join(f"`{n}`" for n in sorted(hidden))
    what = f"the comprehension's variable {names} is also a variable of the function"
    raise lo.refuse(node, what, "use another name in the comprehension")


__all__ = ["NO_EXITS", "Apply", "Tuple", "each_item", "lower_comprehension"]
