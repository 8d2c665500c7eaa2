"""Objects while a function is lowered: what a dict, a list of fixed structure, an object or a closure holds.

An object has no counterpart in the IR. Its entries are variables of the IR, called after it (``state.x`` is
``state_x``), and a reference to it is a number. The heap is part of the environment, under keys that no variable has,
so that branches and loops treat it like variables. Two names for one object are one number: what is written through one
is read through the other.
"""

from __future__ import annotations

import ast
from types import GeneratorType
from typing import TYPE_CHECKING, Any

from zygote_nb.dataclass import dataclass, field, replace
from zygote_nb.frontend.chosen import Chosen
from zygote_nb.frontend.maybe import Maybe, given
from zygote_nb.frontend.parts import is_single, leaf_names
from zygote_nb.frontend.records import plain_class
from zygote_nb.ir.core import Assign, Const, Expr, Name, Tuple
from zygote_nb.ir.kinds import Kind, Reference, Static
from zygote_nb.ir.walk import names

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

ABSENT = object()
# The note of an object that is a row of a pool.
POOLED = "pooled"


@dataclass(frozen=True, slots=True)
class Obj:
    """A reference to an object of the heap."""

    ident: int
    kind: Kind = field(default=Reference(object), compare=False)

    @property
    def cls(self) -> type:
        assert isinstance(self.kind, Reference)
        return plain_class(self.kind.cls)


@dataclass(frozen=True, slots=True)
class Object:
    """What the heap holds: the entries in order, and the variables' stem.

    ``origins`` are the objects that this may be, where paths that made different ones have met. ``outside`` marks an
    object that existed before the call: entries that were not written are read from there, unless the object is
    ``whole`` here. ``note`` says more of the class: of a closure, its function.
    """

    cls: type
    fields: tuple[tuple[Any, Any], ...]
    label: str
    origins: frozenset[Any]
    outside: bool = False
    note: Any = None
    whole: bool = False

    @property
    def is_read_outside(self) -> bool:
        """Whether entries that are not here may be there still."""
        return self.outside and not self.whole

    def get(self, key: Any) -> Any:
        """The entry, or ABSENT."""
        for name, value in self.fields:
            if same_key(name, key):
                return value
        return ABSENT

    def keys(self) -> tuple[Any, ...]:
        return tuple(k for k, _ in self.fields)

    def values(self) -> tuple[Any, ...]:
        return tuple(v for _, v in self.fields)

    def put(self, key: Any, value: Any) -> Object:
        if self.get(key) is ABSENT:
            return replace(self, fields=(*self.fields, (key, value)))
        return replace(self, fields=tuple((k, value if same_key(k, key) else v) for k, v in self.fields))

    def without(self, key: Any) -> Object:
        return replace(self, fields=tuple((k, v) for k, v in self.fields if not same_key(k, key)))


@dataclass(frozen=True, slots=True)
class AttributesOf:
    """The note of a dict that stands for the attributes of an object."""

    owner: Obj


def same_key(a: Any, b: Any) -> bool:
    return bool(a is b or (hash(a) == hash(b) and a == b))


def slot(ident: int) -> str:
    """The key of the environment under which an object stands."""
    return f"@{ident}"


def is_slot(name: str) -> bool:
    return name.startswith("@")


def get_object(lo: Lowering, obj: Obj) -> Object:
    found = lo.env[slot(obj.ident)]
    assert isinstance(found, Object)
    return found


def put_object(lo: Lowering, obj: Obj, content: Object) -> None:
    lo.env[slot(obj.ident)] = content


def new_object(
    lo: Lowering, node: ast.AST, cls: type, entries: list[tuple[Any, Any]], label: str | None = None, note: Any = None,
    rebinds: bool = False,
) -> Obj:  # fmt: skip
    """An object made here; its entries are evaluated now.

    ``rebinds`` says that it is about to get the name ``label``, as is what an assignment makes in the end.
    """
    obj = Obj(lo.new_ident(), Reference(cls))
    stem = label or lo.label or cls.__name__.lower().strip("_")
    last = rebinds or lo.rebinding == (stem, node)
    free = usable(lo, stem, [value for _, value in entries]) if last else set()
    targets = [(key, field_name(lo, stem, key, free)) for key, _ in entries]
    pairs = [(name, value) for (_, name), (_, value) in zip(targets, entries, strict=True)]
    held = assign_apart(lo, node, pairs, free)
    lo.taken.update(*map(leaf_names_of, held))
    fields = tuple((key, value) for (key, _), value in zip(targets, held, strict=True))
    put_object(lo, obj, Object(cls, fields, stem, frozenset((obj.ident,)), note=note))
    lo.recent.append(obj)
    return obj


def list_object(lo: Lowering, node: ast.AST, name: str, value: Tuple, rebinds: bool = False) -> Obj:
    """A list of fixed structure that has a name, or is kept."""
    known = lo.written.get(id(value))
    place = known[1] if known and not isinstance(known[1], Obj) else None
    return new_object(lo, node, list, list(enumerate(value.items)), name, place, rebinds)


def usable(lo: Lowering, stem: str, values: list[Any]) -> set[str]:
    """Variables of fields that nothing holds but an object that is about to lose its name, and none of the values."""
    held = set().union(*(leaf_names_of(v) for k, v in lo.env.items() if not is_slot(k) and k != stem))
    held |= field_variables(lo, {stem}, values)
    return {n for n in lo.field_names if n not in held and not any(h.startswith(f"{n}_") for h in held)}


def field_variables(lo: Lowering, but: set[str], values: list[Any]) -> set[str]:
    """The variables of objects that are in use, not counting those to which only the names ``but`` lead."""
    in_use = {f"?{i}": v for i, v in enumerate([*values, *lo.recent])}
    found: set[str] = set()
    for ident in reachable({**lo.env, **in_use}, but):
        content = lo.env.get(slot(ident))
        if isinstance(content, Object) and content.fields:
            found |= set().union(*map(leaf_names_of, content.values()))
    return found


def field_name(lo: Lowering, stem: str, key: Any, free: set[str]) -> str:
    word = key if isinstance(key, str) and key.isidentifier() else "".join(c if c.isalnum() else "_" for c in str(key))
    name = f"{stem}_{word}"
    if name in free and name not in lo.local_names:
        lo.taken.add(name)
        return name
    if name in lo.taken or name in lo.local_names or name in lo.env:
        name = lo.fresh(name)
    lo.taken.add(name)
    lo.field_names.add(name)
    return name


def leaf_names_of(value: Any) -> set[str]:
    if isinstance(value, Tuple):
        return set().union(*map(leaf_names_of, value.items)) if value.items else set()
    if isinstance(value, Maybe):
        return names(value.test) | leaf_names_of(value.value)
    if isinstance(value, Chosen):
        return set().union(*map(names, value.tests))
    return names(value) if isinstance(value, Expr) else set()


def assign_apart(lo: Lowering, node: ast.AST, pairs: list[tuple[str, Any]], free: set[str]) -> list[Any]:
    """Several bindings at once: what a later value reads is not overwritten by an earlier binding.

    Variables that are ``free`` may be overwritten, those of other objects may not.
    """
    values = [adopted(lo, node, name, value) for name, value in pairs]
    pairs = in_variables_of_their_own(lo, [(name, value) for (name, _), value in zip(pairs, values, strict=True)], free)
    for i, (name, _) in enumerate(pairs):
        written = {name} | {n for n in lo.field_names if n.startswith(f"{name}_")}
        for j in range(i + 1, len(pairs)):
            if not isinstance(values[j], (Obj, Const)) and leaf_names_of(values[j]) & written:
                values[j] = lo.evaluated(values[j], node)
    return [lo.assigned(node, name, value) for (name, _), value in zip(pairs, values, strict=True)]


def in_variables_of_their_own(lo: Lowering, pairs: list[tuple[str, Any]], free: set[str]) -> list[tuple[str, Any]]:
    """Entries of which no part has the variable of another entry: ``x`` a pair, ``x_0`` a number."""
    if all(is_single(value) for _, value in pairs):
        return pairs
    taken = field_variables(lo, set(), []) - free
    apart: list[tuple[str, Any]] = []
    for i, (name, value) in enumerate(pairs):
        others = taken.union(n for n, _ in pairs[i + 1 :])
        while others.intersection(leaf_names(lo, name, value)):
            name = lo.fresh(f"{name}_")
            lo.field_names.add(name)
        taken |= set(leaf_names(lo, name, value))
        apart.append((name, value))
    return apart


def adopted(lo: Lowering, node: ast.AST, label: str, value: Any) -> Any:
    """A list display that is kept becomes an object, inside of tuples too."""
    if not isinstance(value, Tuple):
        return value
    if value.cls is list:
        return list_object(lo, node, label, value)
    items = tuple(adopted(lo, node, f"{label}_{i}", item) for i, item in enumerate(value.items))
    from zygote_nb.frontend.lower import make_tuple

    return value if items == value.items else make_tuple(items, value.cls)


# Reading and writing


def read_field(lo: Lowering, node: ast.AST, obj: Obj, key: Any) -> Any:
    """The entry of an object, or ABSENT; what was outside before is read as a free variable."""
    content = get_object(lo, obj)
    if content.note == POOLED:
        from zygote_nb.frontend import pools

        return pools.read(lo, node, obj, key)
    value = content.get(key)
    if value is ABSENT and content.is_read_outside:
        return lo.program.outside_field(lo, node, obj.ident, key)
    if content.cls is dict and not isinstance(content.note, AttributesOf) and is_missing_somewhere(value):
        from zygote_nb.frontend import tables

        tables.needs_table(lo, node, obj, lo.constant(key))
    return lo.usable_value(node, value, f"entry {key!r}" if content.cls in (dict, list) else f"attribute `{key}`")


def is_missing_somewhere(value: Any) -> bool:
    """Whether the entry is there on some paths only."""
    return any(isinstance(k, Static) and k.value is ABSENT for k in getattr(value, "kinds", ()))


def write_field(lo: Lowering, node: ast.AST, obj: Obj, key: Any, value: Any) -> None:
    content = get_object(lo, obj)
    if content.note == POOLED:
        from zygote_nb.frontend import pools

        pools.write(lo, node, obj, key, value)
        return
    if isinstance(content.note, AttributesOf) and obj.ident not in reachable(lo.env):
        write_field(lo, node, content.note.owner, key, value)
        return
    check_identity(lo, node, obj, content)
    known = content.get(key)
    value = adopted(lo, node, f"{content.label}_{key}", value)
    if isinstance(known, Name) and known.id in lo.field_names and not held_twice(lo, obj, known.id):
        name = known.id
    else:
        name = field_name(lo, content.label, key, set())
    [(name, value)] = in_variables_of_their_own(lo, [(name, value)], leaf_names_of(known))
    value = lo.assigned(node, name, lo.renamed_safely(name, value, node))
    lo.taken |= leaf_names_of(value)
    put_object(lo, obj, get_object(lo, obj).put(key, value))


def held_twice(lo: Lowering, obj: Obj, name: str) -> bool:
    """Whether another object has the variable for an entry as well."""
    return any(
        name in set().union(*map(leaf_names_of, content.values()))
        for key, content in lo.env.items()
        if isinstance(content, Object) and key != slot(obj.ident) and content.fields
    )


def remove_field(lo: Lowering, node: ast.AST, obj: Obj, key: Any) -> None:
    make_whole(lo, node, obj)
    content = get_object(lo, obj)
    if content.note == POOLED:
        raise lo.refuse(node, "an attribute of one of many objects is deleted", "set it to None")
    check_identity(lo, node, obj, content)
    put_object(lo, obj, content.without(key))


def make_whole(lo: Lowering, node: ast.AST, obj: Obj) -> None:
    """Read all entries of an object from outside, before one of them is taken away or added in between."""
    content = get_object(lo, obj)
    if content.is_read_outside:
        fields = tuple(lo.program.all_fields(lo, node, obj))
        put_object(lo, obj, replace(content, fields=fields, whole=True))


def refill(lo: Lowering, node: ast.AST, obj: Obj, items: list[Any]) -> None:
    """A list with other entries: after append, insert, sort."""
    make_whole(lo, node, obj)
    content = get_object(lo, obj)
    check_identity(lo, node, obj, content)
    free = set().union(*map(leaf_names_of, content.values())) & lo.field_names if content.fields else set()
    targets = [field_name(lo, content.label, i, free) for i in range(len(items))]
    held = assign_apart(lo, node, list(zip(targets, items, strict=True)), free)
    put_object(lo, obj, replace(get_object(lo, obj), fields=tuple(enumerate(held))))


def check_identity(lo: Lowering, node: ast.AST, obj: Obj, content: Object) -> None:
    """An object that may be another one as well, which is still in use, must not be written to."""
    if isinstance(content.note, AttributesOf):
        raise lo.refuse(node, "a `__dict__` that has a name is written to", "assign to the attribute, or use setattr")
    for ident in reachable(lo.env):
        other = lo.env[slot(ident)]
        if ident != obj.ident and isinstance(other, Object) and other.origins & content.origins:
            what = "this object may be one of several, depending on the path taken, and is changed"
            from zygote_nb.frontend import pools

            if pools.can_be_pooled(content) and not isinstance(other.note, AttributesOf):
                pools.needs_pool(lo, node, pools.pooled_class(content), what)
            raise lo.refuse(node, what, "give each object a name of its own, or make a new object instead")


def reachable(env: dict[str, Any], but: frozenset[str] | set[str] = frozenset()) -> set[int]:
    """The objects that variables lead to, apart from those named in ``but``."""
    found: set[int] = set()
    queue = [v for k, v in env.items() if not is_slot(k) and k not in but]
    while queue:
        value = queue.pop()
        if isinstance(value, Tuple):
            queue.extend(value.items)
        elif isinstance(value, Maybe):
            queue.append(value.value)
        elif isinstance(value, Obj) and value.ident not in found:
            found.add(value.ident)
            content = env.get(slot(value.ident))
            if isinstance(content, Object):
                queue.extend(content.values())
    return found


def entries(lo: Lowering, value: Any) -> Any:
    """A list of fixed structure as the tuple of what it holds now; anything else as it is."""
    if isinstance(value, Maybe):
        value = given(lo, value)
    if isinstance(value, Obj) and value.cls is GeneratorType:
        from zygote_nb.frontend.generators import collected

        return collected(lo, lo.statement or lo.source.tree, value)
    if isinstance(value, Obj) and value.cls.__name__ == "View":
        from zygote_nb.frontend.tables import is_view, listed

        return listed(lo, lo.statement or lo.source.tree, value) if is_view(value) else value
    if isinstance(value, Obj) and value.cls is list:
        content = get_object(lo, value)
        from zygote_nb.frontend.lower import make_tuple

        keys = range(lo.program.outside_length(value.ident)) if content.is_read_outside else content.keys()
        items = tuple(read_field(lo, lo.source.tree, value, key) for key in keys)
        return make_tuple(items, list)
    return value


def deep_entries(lo: Lowering, value: Any) -> Any:
    """Lists inside lists and tuples too, as library functions take them."""
    value = entries(lo, value)
    if isinstance(value, Tuple):
        from zygote_nb.frontend.lower import make_tuple

        return make_tuple(tuple(deep_entries(lo, i) for i in value.items), value.cls)
    return value


def static_value(value: Any) -> Any:
    """What a constant stands for, or ABSENT."""
    return value.value if isinstance(value, Const) else ABSENT


def is_known(value: Any) -> bool:
    return isinstance(value, Const) and not isinstance(value.kind, Static)


__all__ = ["Assign", "Obj", "Object"]
