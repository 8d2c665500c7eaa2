"""Lowering of comprehensions and generator expressions, as the loops that they stand for."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from zygote_nb.frontend import rows, tables
from zygote_nb.frontend.displays import known_key
from zygote_nb.frontend.heap import Obj, new_object
from zygote_nb.frontend.iteration import bind_item, either, known_range, one_by_one, write_sequence
from zygote_nb.frontend.lists import append
from zygote_nb.frontend.local import Renamer
from zygote_nb.frontend.lower import Lowering
from zygote_nb.frontend.repetition import write_range
from zygote_nb.frontend.sequences import Sequence, iterated, of_value, range_bounds, sequence
from zygote_nb.frontend.syntax import copied, walk
from zygote_nb.frontend.targets import assign_to
from zygote_nb.frontend.unset import UNSURE, note_set, unsure
from zygote_nb.frontend.values import make_tuple
from zygote_nb.ir.core import Apply, Assign, Const, Expr, Name, Tuple
from zygote_nb.ir.kinds import INT, ListOf
from zygote_nb.runtime.lists import slice_bounds

Comprehension = ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp


def lower_comprehension(lo: Lowering, node: Any) -> Any:
    """A list: its entries known one by one where all that is iterated over is, or one that grows."""
    node = scoped(lo, node)
    if is_tuple_like(lo, node):
        made = written_out(lo, node)
    else:
        made = either(lo, lambda: grown(lo, node), lambda: written_out(lo, node))
    leave_scope(lo, node)
    return made


def lower_items(lo: Lowering, node: Any) -> Any:
    """The same where the items are spread: known one by one if that can be."""
    node = scoped(lo, node)
    made = either(lo, lambda: written_out(lo, node), lambda: grown(lo, node))
    leave_scope(lo, node)
    return made


def targets_of(node: Any) -> set[str]:
    return {n.id for g in node.generators for n in walk(g.target) if isinstance(n, ast.Name)}


def leave_scope(lo: Lowering, node: Any) -> None:
    left = targets_of(node) - captured_targets(node)
    for name in left:
        lo.env.pop(name, None)
    lo.env[UNSURE] = unsure(lo.env) - left


def captured_targets(node: Any) -> set[str]:
    """The variables of a comprehension that functions made in it read: they keep their last values."""
    inner = [n for n in walk(node) if isinstance(n, ast.Lambda)]
    return targets_of(node) & {n.id for fn in inner for n in walk(fn.body) if isinstance(n, ast.Name)}


def is_tuple_like(lo: Lowering, node: Any) -> bool:
    """Whether one thing is iterated over that is known item by item, and is no range."""
    first = node.generators[0]
    if len(node.generators) > 1 or first.ifs or is_range(first.iter):
        return False
    state = dict(lo.env), list(lo.out), set(lo.taken)
    found = iterated(lo, first.iter)
    lo.env, lo.out[:], lo.taken = state
    return not isinstance(found, Obj) and found.items is not None


def is_range(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range"


def lower_dict_comprehension(lo: Lowering, node: ast.DictComp) -> Any:
    label, lo.label = lo.label, None
    if tables.is_place_of_table(lo, node):
        return table_comprehension(lo, node, label)
    return either(lo, lambda: known_dict(lo, node, label), lambda: table_comprehension(lo, node, label))


def table_comprehension(lo: Lowering, node: ast.DictComp, label: str | None) -> Any:
    """A dict of which the keys, or how many there are, are known only when the program runs."""
    tree = scoped(lo, node)
    table = tables.new_table(lo, node, label, lo.program.place(lo, node))

    def add(pair: Any) -> None:
        key, value = pair.items
        tables.put(lo, node, table, key, value)

    pairs = ast.copy_location(ast.GeneratorExp(ast.Tuple([tree.key, tree.value], ast.Load()), tree.generators), node)
    nest(lo, pairs, 0, add)
    leave_scope(lo, tree)
    return table


def known_dict(lo: Lowering, node: ast.DictComp, label: str | None) -> Any:
    tree = scoped(lo, node)
    found: dict[Any, Any] = {}

    def add() -> None:
        key, value = lo.held([tree.key, tree.value])
        found[known_key(lo, node, lo.snapshot(key))] = lo.evaluated(value, node)

    nest_known(lo, tree, 0, add)
    leave_scope(lo, tree)
    return new_object(lo, node, dict, list(found.items()), label, lo.program.place(lo, node))


def written_out(lo: Lowering, node: Any) -> Tuple:
    made: list[Any] = []
    nest_known(lo, node, 0, lambda: made.append(lo.evaluated(lo.value(node.elt), node)))
    return make_tuple(tuple(made), list)


def nest_known(lo: Lowering, node: Any, depth: int, use: Callable[[], None]) -> None:
    """The items of a comprehension, one by one; its conditions must be known as well."""
    if depth == len(node.generators):
        use()
        return
    generator = node.generators[depth]
    bounds = range_bounds(lo, generator.iter)
    found = sequence(lo, generator.iter) if bounds is None else None
    items = known_range(bounds) if found is None else found.items and one_by_one(lo, node, found)
    if items is None:
        what = "how many entries this has is known only when the program runs"
        raise lo.refuse(node, what, "use a list of numbers or arrays")
    for item in items:
        bind_item(lo, generator.target, item, node)
        tests = [lo.condition(t) for t in generator.ifs]
        if not all(isinstance(t, Const) for t in tests):
            raise lo.refuse(node, "which entries this has is known only when the program runs", "use a loop")
        if all(t.value for t in tests):  # type: ignore[union-attr]
            nest_known(lo, node, depth + 1, use)


def grown(lo: Lowering, node: Any) -> Expr:
    name, current = growing_list(lo, node)

    def add(item: Any) -> None:
        append(lo, node, lo.env[name], item)

    nest(lo, node, 0, add)
    del current
    result: Expr = lo.env.pop(name)
    return result


def growing_list(lo: Lowering, node: ast.AST, maker: str = "list") -> tuple[str, Any]:
    """An empty list that grows, held under a name; with the node, ``maker`` tells it apart from others."""
    name = lo.fresh("items")
    place = (maker, *lo.program.place(lo, node))
    if place in lo.program.columns:
        lo.env[name] = made = rows.new_rows(lo, node, lo.program.columns[place], name, place)
        lo.unshared.update(c.id for c in rows.column_names(lo, made))
        return name, lo.env[name]
    lo.unshared.add(name)
    kind = ListOf(None, place)
    lo.out.append(Assign(name, Tuple((), list, kind), lo.span(node)))
    lo.env[name] = Name(name, kind)
    return name, lo.env[name]


def listed(lo: Lowering, node: ast.AST, value: Any) -> Expr:
    """``list(value)`` of an array, a list or a range: a list of its own."""
    return listed_items(lo, node, of_value(lo, node, value))  # type: ignore[arg-type]


def listed_items(lo: Lowering, node: ast.AST, over: Sequence) -> Expr:
    name, _ = growing_list(lo, node)
    bounds = (Const(0), over.length, Const(1))
    write_range(lo, node, bounds, lo.fresh("i"), lambda i: append(lo, node, lo.env[name], over.item(i)), set())
    result: Expr = lo.env.pop(name)
    return result


def sliced_list(lo: Lowering, node: ast.AST, base: Expr, index: Apply) -> Expr:
    """``items[a:b:c]`` of a list that grows: a list of its own."""
    name, _ = growing_list(lo, node)
    held = base if isinstance(base, (Name, Obj)) else lo.temporary("t", base, node)
    bounds = slice_bounds_of(lo, node, rows.length_of(lo, held), index)
    write_range(
        lo, node, bounds, lo.fresh("i"), lambda i: append(lo, node, lo.env[name], lo.getitem(node, held, i)), set()
    )
    result: Expr = lo.env.pop(name)
    return result


def slice_bounds_of(lo: Lowering, node: ast.AST, count: Expr, index: Apply) -> tuple[Expr, Expr, Expr]:
    lower, upper, step = index.args
    plain = all(isinstance(p, Const) and p.value is None for p in (upper, step))
    if plain and isinstance(lower, Const) and (lower.value is None or lower.value >= 0):
        return Const(lower.value or 0, INT), count, Const(1, INT)
    bounds = lo.apply(node, slice_bounds, [count, lower, upper, step])
    return tuple(lo.temporary("t", b, node) for b in bounds.items)  # type: ignore[return-value]


def each_item(lo: Lowering, over: ast.expr, use: Callable[[Any], None]) -> None:
    """Write what is done with each item of an iterable."""
    if isinstance(over, (ast.ListComp, ast.GeneratorExp)):
        over = scoped(lo, over)
        nest(lo, over, 0, use)
        leave_scope(lo, over)
        return
    bounds = range_bounds(lo, over)
    if bounds is not None:
        write_range(lo, over, bounds, lo.fresh("i"), use, set())
        return
    seq = iterated(lo, over)
    if isinstance(seq, Obj):
        from zygote_nb.frontend.generators import each

        each(lo, over, seq, use)
        return
    if seq.items is not None:
        for item in one_by_one(lo, over, seq):
            use(item)
        return
    write_range(lo, over, (Const(0), seq.length, Const(1)), lo.fresh("i"), lambda i: use(seq.item(i)), set())


def nest(lo: Lowering, node: Any, depth: int, use: Callable[[Any], None]) -> None:
    """The loops and conditions of a comprehension, from ``depth`` inward."""
    if depth == len(node.generators):
        use(lo.value(node.elt))
        return
    generator = node.generators[depth]

    def inside() -> None:
        guarded(lo, node, list(generator.ifs), lambda: nest(lo, node, depth + 1, use))

    bounds = range_bounds(lo, generator.iter)
    if bounds is not None and isinstance(generator.target, ast.Name):
        target = generator.target.id

        def write(index: Name) -> None:
            lo.env[target] = index
            note_set(lo, node, target)
            inside()

        write_range(lo, node, bounds, lo.fresh(target), write, set())
        return
    seq = iterated(lo, generator.iter)
    if isinstance(seq, Obj):
        from zygote_nb.frontend.generators import each

        def take(item: Any) -> None:
            assign_to(lo, generator.target, item, node)
            inside()

        each(lo, generator.iter, seq, take)
        return
    write_sequence(lo, node, generator.target, seq, inside, [])


def guarded(lo: Lowering, node: ast.expr, tests: list[ast.expr], body: Callable[[], None]) -> None:
    if not tests:
        body()
        return
    test = lo.condition(tests[0])
    if isinstance(test, Const):
        if test.value:
            guarded(lo, node, tests[1:], body)
        return
    lo.branch(node, test, lambda: guarded(lo, node, tests[1:], body), lambda: None)


def scoped(lo: Lowering, node: Any) -> Any:
    """The comprehension with variables of its own: renamed where the function has variables of the same name."""
    kept = captured_targets(node)
    moved = [n for n in sorted(targets_of(node)) if n in lo.env or n in lo.outer_names or n in kept]
    outer = {name: lo.fresh(name) for name in moved}
    if not outer:
        return node
    tree = copied(node)
    first = tree.generators[0].iter
    tree.generators[0].iter = ast.copy_location(ast.Constant(None), first)
    Renamer(outer).rename([tree])
    tree.generators[0].iter = first
    lo.trees.append(tree)
    return tree


__all__ = ["each_item", "listed", "lower_comprehension", "lower_dict_comprehension"]
