"""Functions lowered: their parameters, their body, their one exit, and what they change."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zygote_nb.errors import Location, ScalarOutputError, UnsupportedSyntaxError
from zygote_nb.frontend.boundary import Receiver, Sender
from zygote_nb.frontend.control import lower_body
from zygote_nb.frontend.exceptions import made_total, total_body
from zygote_nb.frontend.free import Path
from zygote_nb.frontend.growing import same_lists
from zygote_nb.frontend.heap import Obj, Object, get_object
from zygote_nb.frontend.instances import Apart, Instance, Restart
from zygote_nb.frontend.joining import Mixed
from zygote_nb.frontend.jumps import Exits, ends, jumps, store_result, two_kinds
from zygote_nb.frontend.local import Closure
from zygote_nb.frontend.lower import Ended, Lowering
from zygote_nb.frontend.maybe import Maybe, given
from zygote_nb.frontend.origins import NUMBERED, begun, is_elsewhere, takes_columns
from zygote_nb.frontend.pools import begin_pools, enter
from zygote_nb.frontend.raises import ending
from zygote_nb.frontend.source import Source
from zygote_nb.frontend.syntax import mutated_lists, own_nodes, walk
from zygote_nb.frontend.templates import NeedsColumns, Rows, Table
from zygote_nb.frontend.unset import begin_flags
from zygote_nb.frontend.values import none, static
from zygote_nb.ir.core import (
    Function,
    Name,
    Param,
)
from zygote_nb.ir.kinds import (
    Bottom,
    Kind,
    ObjectOf,
    parts_of,
)
from zygote_nb.ir.walk import always_raises, distinct

if TYPE_CHECKING:
    from zygote_nb.frontend.program import Program


def settle(program: Program, instance: Instance, path: Path, note: Closure | None) -> None:
    """Lower a function; again while a recursive call inside it learns more of what it returns, reads and changes."""
    for _ in range(40):
        before = known_of(instance)
        keys, names = set(program.instances), set(program.names)
        try:
            lower_function(program, instance, path, note)
        except Restart as restart:
            if is_elsewhere(program, instance, restart.place):
                raise
            forget(program, keys, names)
            continue
        except NeedsColumns as need:
            if not takes_columns(program, instance, need):
                raise (need.plain() if program.is_outermost(instance) else need) from None
            forget(program, keys, names)
            continue
        if not instance.recursive or before == known_of(instance):
            return
        forget(program, keys, names)
    hint = "let every path return values of one kind"
    at = Location(instance.source.filename, instance.source.tree.lineno, instance.source.tree.col_offset)
    what = f"what the recursive function {instance.shown} returns can't be told"
    raise UnsupportedSyntaxError(what, at=at, hint=hint)


def receive_pools(lo: Lowering, receiver: Receiver, kinds: tuple[Kind, ...]) -> None:
    """The pools that the caller hands on, with objects that are known by number."""
    for kind in kinds:
        assert isinstance(kind, ObjectOf)
        cls = kind.note[0][1]
        stem = f"{cls.__name__.lower()}_pool"
        enter(lo, cls, receiver.value(kind, stem))


def known_of(instance: Instance) -> tuple[Any, ...]:
    """What a caller is told."""
    return instance.function.result_kind, instance.free, instance.after, instance.learned


def forget(program: Program, keys: set[Any], names: set[str]) -> None:
    for key in set(program.instances) - keys:
        del program.instances[key]
    program.names = names


def of_comprehensions(tree: ast.AST) -> set[str]:
    """The variables of comprehensions, which are bound after what is iterated over has been computed."""
    targets = (n.target for n in walk(tree) if isinstance(n, ast.comprehension))
    return {n.id for target in targets for n in walk(target) if isinstance(n, ast.Name)}


def lower_function(program: Program, instance: Instance, path: Path, note: Closure | None) -> None:
    source, tree = instance.source, instance.source.tree
    refuse_special(source)
    lo = Lowering(source, program, path)
    lo.local_names = frozenset(source.code.co_varnames + source.code.co_cellvars)
    lo.mutated = mutated_lists(tree)
    # What is written out here (a method of a dict, a generator) must not bind a name that the function reads elsewhere.
    lo.kept_names |= {n.id for n in walk(tree) if isinstance(n, ast.Name)}
    body = [tree.body] if isinstance(tree.body, ast.expr) else tree.body
    lo.outer_names = written_outside(source)
    program.free_of[id(lo)] = []
    params: list[Param] = []
    receiver = Receiver(lo, lambda name, kind: parameter(lo, params, name, kind))
    if program.is_outermost(instance) and NUMBERED in program.columns:
        receiver.begun = lambda obj, number: begun(lo, tree, obj, number)
    lo.taken |= lo.local_names
    bind_parameters(lo, receiver, tree, instance.kinds, note)
    lo.taken |= of_comprehensions(tree)
    begin_flags(lo, tree, lo.local_names)
    if program.is_outermost(instance):
        begin_pools(lo, tree)
    entry = {number: obj for number, obj in receiver.objects.items() if isinstance(obj, Obj)}
    before = {n: get_object(lo, o) for n, o in entry.items()}
    envs: list[dict[str, Any]] = []
    if instance.total:
        value, envs = total_body(lo, lambda: lower_result(lo, source, body))
    else:
        value = lower_result(lo, source, body)
    if isinstance(value, Maybe) and program.is_outermost(instance) and not instance.recursive:
        value = given(lo, value, ScalarOutputError, f"{instance.shown} returns None here, which has no derivative")
    numbers = {o.ident: n for n, o in entry.items()}
    outermost = program.is_outermost(instance)
    sender = Sender(lo, tree, numbers, [entry.get(i) for i in range(count_objects(entry))], outermost=outermost)
    result_kind = value if isinstance(value, Bottom) else returned(sender, value, instance, outermost)
    if instance.total:
        result_kind = made_total(lo, sender.leaves, result_kind, envs)
    sender.numbers = numbers
    after = changes(lo, sender, entry if instance.recursive or not outermost else {}, before)
    free = tuple(program.free_of.pop(id(lo)))
    free_params = tuple(Param(v.name, v.kind) for v in free)
    instance.function = Function(
        instance.name, (*params, *free_params), distinct(tuple(lo.out)), tuple(sender.leaves), result_kind,
        source.filename, lo.span(tree), lo.span(only_exit(tree, body)),
    )  # fmt: skip
    instance.free, instance.after = free, after
    every = (*params, *free_params)
    instance.learned = tuple((i, lo.rekinded[p.name]) for i, p in enumerate(every) if p.name in lo.rekinded)
    instance.same_lists = same_lists(lo, [*instance.function.result, *(Name(p.name, p.kind) for p in every)])


def written_outside(source: Source) -> frozenset[str]:
    """The variables of others that a function writes to, or a function inside it on the way to them."""
    own = {n for d in own_nodes(source.tree) if isinstance(d, (ast.Global, ast.Nonlocal)) for n in d.names}
    inner = {n for d in walk(source.tree) if isinstance(d, ast.Nonlocal) for n in d.names}
    return frozenset(own | (inner & set(source.code.co_freevars)))


def returned(sender: Sender, value: Any, instance: Instance, outermost: bool) -> Kind:
    """The kind of what a function returns. The outermost one hands over objects in full, even those that it was
    given: nobody else knows what it has changed."""
    if not outermost:
        return sender.kind(value)
    sender.numbers, sender.returned = {}, True
    kind = sender.kind(value)
    sender.returned = False
    if instance.recursive and any(isinstance(k, ObjectOf) for k in parts_of(kind)):
        raise Apart
    return kind


def count_objects(entry: dict[int, Obj]) -> int:
    return max(entry, default=-1) + 1


def changes(
    lo: Lowering, sender: Sender, entry: dict[int, Obj], before: dict[int, Object]
) -> tuple[tuple[int, Kind], ...]:
    """The objects among the arguments and outside that the function leaves otherwise than it found them."""
    found = []
    for number, obj in entry.items():
        changed = sender.changes(obj, before[number])
        if changed is not None:
            found.append((number, changed))
    for key, content in lo.env.items():
        if isinstance(content, Object) and content.outside and content.fields and content.cls not in (Rows, Table):
            ident = int(key[1:])
            changed = sender.changes(lo.program.outside_object(lo, ident), Object(content.cls, (), "", frozenset()))
            if changed is not None:
                found.append((ident, changed))
    return tuple(found)


def refuse_special(source: Source) -> None:
    code = source.code
    if code.co_flags & (inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR):
        lo = Lowering(source, None, ())  # type: ignore[arg-type]
        word = "generator" if code.co_flags & inspect.CO_GENERATOR else "async"
        hint = "write an ordinary function that returns the value"
        raise lo.refuse(source.tree, f"{word} functions are not differentiated", hint)


def lower_result(lo: Lowering, source: Source, body: list[Any]) -> Any:
    """The value that the function returns; Bottom if it never does."""
    tree = source.tree
    if isinstance(tree, ast.Lambda):
        return or_raise(lo, tree, lambda: lo.value(tree.body))
    exit_ = only_exit(tree, body)
    if isinstance(exit_, ast.Return):
        lower_body(lo, body[:-1], Exits(lambda stmt: None))
        last = exit_.value
        return none() if last is None else or_raise(lo, exit_, lambda: lo.value(last))
    return lower_many_returns(lo, source, body, returns_of(tree))


def returns_of(tree: ast.AST) -> list[ast.Return]:
    return [n for n in own_nodes(tree) if isinstance(n, ast.Return)]


def only_exit(tree: ast.AST, body: list[Any]) -> ast.AST:
    """The one `return`, at the end; the function itself where it is left from several places, or from none."""
    returns = returns_of(tree)
    return returns[0] if len(returns) == 1 and body and body[-1] is returns[0] else tree


def or_raise(lo: Lowering, node: ast.AST, value: Callable[[], Any]) -> Any:
    try:
        return value()
    except Ended as end:
        lo.out.append(ending(lo, node, end))
        return Bottom()


def lower_many_returns(lo: Lowering, source: Source, body: list[Any], returns: list[Any]) -> Any:
    """One exit: every ``return`` assigns the result variable, which is the user's own where all name the same."""
    named = {n.value.id if isinstance(n.value, ast.Name) else "" for n in returns}
    shared = named.pop() if len(named) == 1 and not any(map(may_rebind, own_nodes(source.tree))) else ""
    stem = shared or lo.fresh("out")
    lo.env["return"] = static(stem)
    last = ast.copy_location(ast.Return(None), source.tree)
    lower_body(lo, body if ends(body) else [*body, last], Exits(lambda stmt: store_result(lo, stmt)))
    value = lo.env.get("return value")
    if isinstance(value, Mixed):
        raise two_kinds(lo, source.tree)
    return (Bottom() if always_raises(tuple(lo.out)) else none()) if value is None else value


def may_rebind(node: ast.AST) -> bool:
    """Whether something runs after a `return` in there: what is returned isn't what has its name by then."""
    if isinstance(node, ast.Try) and not node.finalbody:
        return False
    return isinstance(node, ast.Try | ast.With) and ast.Return in jumps([node])


def parameter(lo: Lowering, params: list[Param], name: str, kind: Kind) -> Name:
    """One more parameter: of ``{"a": {"b": 1.0}, "a_b": 2.0}``, two would have one name."""
    while name in lo.taken and name not in lo.local_names:
        name += "_"
    lo.taken.add(name)
    params.append(Param(name, kind))
    return Name(name, kind)


def bind_parameters(lo: Lowering, receiver: Receiver, tree: Any, kinds: tuple[Kind, ...], note: Closure | None) -> None:
    spec = tree.args
    ordered = [a.arg for a in (*spec.posonlyargs, *spec.args)]
    ordered += ([spec.vararg.arg] if spec.vararg else []) + [a.arg for a in spec.kwonlyargs]
    ordered += [spec.kwarg.arg] if spec.kwarg else []
    if note is not None:
        kind, *rest = kinds
        lo.closure = receiver.value(kind, "captured")
        lo.env["captured variables"] = lo.closure
        kinds = tuple(rest)
    own, pools = kinds[: len(ordered)], kinds[len(ordered) :]
    for name, kind in zip(ordered, own, strict=True):
        lo.env[name] = receiver.value(kind, name)
    receive_pools(lo, receiver, pools)
