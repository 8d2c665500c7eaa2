"""What is known of variables and objects where paths meet: after an ``if``, at the head of a loop.

Where two paths hold a value in different variables, or different objects under one name, each path ends with copies
into variables that both have.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from types import FunctionType
from typing import TYPE_CHECKING, Any

from zygote_nb.dataclass import dataclass, field, replace
from zygote_nb.frontend import blanks, oneof
from zygote_nb.frontend.chosen import Chosen, is_function, options, test_for, variables_for
from zygote_nb.frontend.growing import is_uniform
from zygote_nb.frontend.heap import ABSENT, POOLED, Obj, Object, is_slot, reachable, same_key, slot
from zygote_nb.frontend.maybe import Maybe, is_none, parts
from zygote_nb.frontend.templates import Rows, Table
from zygote_nb.frontend.unset import UNSURE, unsure, unsure_after
from zygote_nb.frontend.values import is_slice, make_tuple
from zygote_nb.ir.core import Apply, Assign, Const, Expr, Name, Stmt, Tuple
from zygote_nb.ir.kinds import Bottom, Kind, ListOf, Opaque, Reference, Static, join
from zygote_nb.ir.walk import names

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

Env = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Mixed:
    """A variable that holds values of kinds that do not join on different paths."""

    kinds: tuple[Kind, ...]


MISSING = Static(ABSENT)


@dataclass(slots=True)
class Joint:
    """Two environments being joined; ``left`` and ``right`` are the copies with which their paths end."""

    lo: Lowering
    node: ast.AST
    a: Env
    b: Env
    copies: bool = True
    left: list[tuple[str, Any]] = field(default_factory=list)
    right: list[tuple[str, Any]] = field(default_factory=list)
    pairs: dict[tuple[int, int], Obj] = field(default_factory=dict)
    made: Env = field(default_factory=dict)
    turn: int = 0
    places: dict[str, Any] = field(default_factory=dict)

    def run(self) -> Env:
        merged: Env = {}
        self.turn = self.turn or self.lo.next_turn(self.node)
        for name, value in self.a.items():
            if not is_slot(name) and name != UNSURE:
                merged[name] = self.value(stem(name), value, self.b[name]) if name in self.b else value
        for name, value in self.b.items():
            if not is_slot(name) and name not in self.a:
                merged[name] = value
        merged[UNSURE] = unsure_after(self.a, self.b)
        self.objects(merged)
        self.known_once(merged)
        merged.update(self.made)
        return merged

    def known_once(self, merged: Env) -> None:
        """What one path alone knows may lead to an object that is, from here on, the next one of its name."""
        joined = frozenset(self.made)
        for env, other, copies in ((self.a, self.b, self.left), (self.b, self.a, self.right)):
            if not joined & env.keys():
                continue
            before: dict[str, Obj] = {}
            doubtful = unsure(env)
            certain = reachable(env, doubtful)
            for name in [n for n in merged if n in env and n not in other and n != UNSURE]:
                value, kept = merged[name], copies
                if name in doubtful or (is_slot(name) and int(name[1:]) not in certain):
                    kept = None  # copies would be made in each iteration, also where the name keeps what it had
                if isinstance(value, Object):
                    fields = tuple((k, self.as_it_was(v, joined, env, kept, before)) for k, v in value.fields)
                    merged[name] = replace(value, fields=fields)
                else:
                    merged[name] = self.as_it_was(value, joined, env, kept, before)

    def as_it_was(
        self, value: Any, joined: frozenset[str], env: Env, copies: list[tuple[str, Any]] | None, before: dict[str, Obj]
    ) -> Any:
        """The value with objects that hold what the joined ones did at the end of the path; unusable without copies."""
        if isinstance(value, Tuple):
            items = tuple(self.as_it_was(v, joined, env, copies, before) for v in value.items)
            return Mixed((value.kind,)) if any(isinstance(i, Mixed) for i in items) else make_tuple(items, value.cls)
        if isinstance(value, Maybe):
            inner = self.as_it_was(value.value, joined, env, copies, before)
            return inner if isinstance(inner, Mixed) else replace(value, value=inner)
        if not isinstance(value, Obj) or slot(value.ident) not in joined & env.keys():
            return value
        key = slot(value.ident)
        if not self.copies or copies is None:
            return Mixed((value.kind,))
        if key not in before:
            content = env[key]
            before[key] = Obj(self.lo.joint_ident(self.node, self.turn, f"{key} before"), value.kind)
            fields = []
            for k, v in content.fields:
                if isinstance(v, (Name, Apply)):
                    held = Name(self.lo.joint_name(self.node, self.turn, f"{content.label}_{k}_before"), v.kind)
                    copies.append((held.id, v))
                    fields.append((k, held))
                else:
                    fields.append((k, self.as_it_was(v, joined, env, copies, before)))
            self.made[slot(before[key].ident)] = replace(content, fields=tuple(fields))
        return before[key]

    def objects(self, merged: Env) -> None:
        for key in dict.fromkeys(k for env in (self.a, self.b) for k in env if is_slot(k)):
            p, q = self.a.get(key), self.b.get(key)
            if p is None or q is None:
                known = p if q is None else q
                assert known is not None
                if known.outside and known.cls not in (Rows, Table):
                    bare = replace(known, fields=())
                    merged[key] = self.content(key, known if p else bare, known if q else bare)
                else:
                    merged[key] = known
            elif p is q:
                merged[key] = p
            else:
                merged[key] = self.content(key, p, q)

    def content(self, key: str, p: Object, q: Object) -> Object:
        """One object as two paths left it."""
        if p.outside and p.whole != q.whole:
            p, q = (self.made_whole(key, o) for o in (p, q))
        names_ = (*p.keys(), *(k for k, _ in q.fields if p.get(k) is ABSENT))
        if p.cls is list and len(p.fields) != len(q.fields):
            self.grown(int(key[1:]), p if len(p.fields) > len(q.fields) else q)
        fields = []
        for name in names_:
            x, y = (self.entry(key, o, name) for o in (p, q))
            fields.append((name, self.value(f"{p.label}_{name}", x, y)))
        return replace(p, fields=tuple(fields), origins=p.origins | q.origins, whole=p.whole or q.whole)

    def made_whole(self, key: str, content: Object) -> Object:
        if content.whole:
            return content
        known = self.lo.program.outside_entries(int(key[1:]))
        names_ = dict.fromkeys((*known, *content.keys()))
        return replace(content, fields=tuple((n, self.entry(key, content, n)) for n in names_), whole=True)

    def grown(self, ident: int, longer: Object) -> None:
        """A list that is longer on one path is one that grows, if it can be."""
        from zygote_nb.frontend.origins import must_grow

        self.lo.env = {**self.b, **self.a}
        must_grow(self.lo, self.node, ident, longer)
        what = f"the list `{longer.label}` has a length that is known only when the program runs"
        raise self.lo.refuse(self.node, what, "keep the entries of a list that grows of one structure")

    def entry(self, key: str, content: Object, name: Any) -> Any:
        value = content.get(name)
        if value is ABSENT and content.is_read_outside:
            return self.lo.program.outside_field(self.lo, self.node, int(key[1:]), name)
        return value

    def value(self, where: str, x: Any, y: Any) -> Any:
        if x is y:
            return x
        if x is ABSENT or y is ABSENT:
            return Mixed((*kinds_of(x), *kinds_of(y)))
        if isinstance(x, Mixed) or isinstance(y, Mixed):
            return Mixed(tuple(dict.fromkeys((*kinds_of(x), *kinds_of(y)))))
        if isinstance(x, Obj) and isinstance(y, Obj):
            return self.reference(where, x, y)
        for one, other in ((x, y), (y, x)):
            if isinstance(one, Obj) and one.cls is list and isinstance(other, Name) and isinstance(other.kind, ListOf):
                self.list_too(one)
        x, y = not_yet(where, x, y), not_yet(where, y, x)
        if isinstance(x, Tuple) and isinstance(y, Tuple) and len(x.items) == len(y.items) and x.cls is y.cls:
            return self.items(where, x, y)
        if is_slice(x) and is_slice(y):
            bounds = self.items(where, make_tuple(x.args, tuple), make_tuple(y.args, tuple))
            known = isinstance(bounds, Tuple) and all(isinstance(b, Expr) for b in bounds.items)
            return replace(x, args=bounds.items) if known else Mixed((x.kind, y.kind))
        if isinstance(x, Const) and isinstance(y, Const) and x == y:
            return x
        if isinstance(x, Name) and isinstance(y, Name) and x.id == y.id:
            kind = join(x.kind, y.kind)
            return Mixed((x.kind, y.kind)) if kind is None else replace(x, kind=kind)
        if isinstance(x, Maybe) or isinstance(y, Maybe) or is_none(x) or is_none(y):
            return self.maybe(where, x, y)
        if is_function(x) and is_function(y):
            return self.choice(where, x, y)
        return self.copied(where, x, y)

    def choice(self, where: str, x: Any, y: Any) -> Any:
        """One function on one path, another on the other."""
        values = options(x, y)
        tests: list[Any] = []
        for name, v in zip(variables_for(where, values, self.lo.local_names), values, strict=True):
            here, there = test_for(x, v), test_for(y, v)
            tests.append(here if here == there else self.copied(name, here, there))
        if any(isinstance(t, Mixed) for t in tests):
            return Mixed((*kinds_of(x), *kinds_of(y)))
        return Chosen(tuple(values), tuple(tests))

    def maybe(self, where: str, x: Any, y: Any) -> Any:
        """A value on one path, None on the other."""
        (here, p), (there, q) = parts(x), parts(y)
        p = blanks.stand_in(self, where, q) if p is None else p
        q = blanks.stand_in(self, where, p) if q is None and p is not None else q
        if p is None or q is None:
            return Mixed((*kinds_of(x), *kinds_of(y)))
        test = here if here == there else self.copied(f"{where}_given", here, there)
        value = self.value(where, p, q)
        if isinstance(test, Mixed) or isinstance(value, Mixed):
            return Mixed((*kinds_of(x), *kinds_of(y)))
        return Maybe(test, value)

    def known_on_both(self, obj: Obj, content: Object) -> Obj:
        self.a = {**self.a, slot(obj.ident): content}
        self.b = {**self.b, slot(obj.ident): content}
        self.made[slot(obj.ident)] = content
        return obj

    def items(self, where: str, x: Tuple, y: Tuple) -> Any:
        items = [self.value(f"{where}_{i}", p, q) for i, (p, q) in enumerate(zip(x.items, y.items, strict=True))]
        if any(isinstance(i, Mixed) for i in items):
            return Mixed((x.kind, y.kind))
        return make_tuple(tuple(items), x.cls)

    def reference(self, where: str, x: Obj, y: Obj) -> Any:
        """Two objects under one name: from here on one that may be either."""
        if x.ident == y.ident:
            return x
        if (x.ident, y.ident) in self.pairs:
            return self.pairs[(x.ident, y.ident)]
        p, q = self.a.get(slot(x.ident)), self.b.get(slot(y.ident))
        self.columns_too(p, q)
        self.columns_too(q, p)
        if oneof.are_of_several_classes(p, q):
            return self.one_of(self.place(where, (x.ident, y.ident)), p, q)
        if p is None or q is None or p.cls is not q.cls or p.outside or q.outside:
            return Mixed((x.kind, y.kind))
        if p.note != q.note and (p.cls is FunctionType or POOLED in (p.note, q.note)):
            return Mixed((x.kind, y.kind))
        where = self.place(where, (x.ident, y.ident))
        both = Obj(self.lo.joint_ident(self.node, self.turn, where), Reference(p.cls))
        self.pairs[(x.ident, y.ident)] = both
        content = self.content(slot(both.ident), replace(p, label=where), q)
        if any(isinstance(v, Mixed) for v in content.values()) and not self.copies:
            return Mixed((x.kind, y.kind))
        self.made[slot(both.ident)] = content
        return both

    def one_of(self, where: str, p: Any, q: Any) -> Any:
        """Objects of different classes, of which all are in pools."""
        (number, row), (other, other_row) = oneof.number_and_row(p), oneof.number_and_row(q)
        made = self.value(f"{where}_class", number, other), self.value(f"{where}_index", row, other_row)
        if any(isinstance(m, Mixed) for m in made):
            return Mixed((Reference(p.cls), Reference(q.cls)))
        obj = Obj(self.lo.joint_ident(self.node, self.turn, where), Reference(oneof.OneOf))
        which = oneof.in_order(frozenset((*oneof.of_classes(p), *oneof.of_classes(q))))
        self.made[slot(obj.ident)] = oneof.content(obj, which, *made, where)
        return obj

    def list_too(self, obj: Obj) -> None:
        """A list of known entries that meets one that grows is one that grows."""
        content = self.a.get(slot(obj.ident)) or self.b.get(slot(obj.ident))
        if content is not None and not content.outside and is_uniform(make_tuple(content.values(), list)):
            self.lo.program.grows(content.note)

    def columns_too(self, p: Object | None, q: Object | None) -> None:
        """A list of known entries, or a dict of known keys, that meets one of columns is one of columns as well."""
        if p is None or q is None or not isinstance(q.note, tuple) or q.outside:
            return
        from zygote_nb.frontend.rows import needs_columns

        if (p.cls, q.cls) == (Rows, list):
            raise needs_columns(self.lo, self.node, q.note, p.note[1])
        if (p.cls, q.cls) == (Table, dict):
            keys = self.lo.program.columns.get(("keys", *p.note))
            if keys is not None:
                raise needs_columns(self.lo, self.node, ("keys", *q.note), keys)

    def copied(self, where: str, x: Any, y: Any) -> Any:
        kind = join_values(x, y)
        if kind is None or not self.copies:
            return Mixed((*kinds_of(x), *kinds_of(y)))
        name = self.lo.joint_name(self.node, self.turn, self.place(where, (x, y)))
        for value, copies in ((x, self.left), (y, self.right)):
            if value != Name(name) and not isinstance(value.kind, Bottom):
                copies.append((name, value))
        return Name(name, kind)

    def place(self, where: str, values: Any) -> str:
        """A name for the joint of two values: two objects may be called the same."""
        while self.places.setdefault(where, values) != values:
            where += "_"
        return where


def not_yet(where: str, value: Any, other: Any) -> Any:
    """A variable of no kind as yet, as a tuple where it is one on the other path."""
    if isinstance(other, Tuple) and isinstance(value, Name) and isinstance(value.kind, Bottom):
        return make_tuple(tuple(Name(f"{where}_{i}", Bottom()) for i in range(len(other.items))), other.cls)
    return value


def stem(name: str) -> str:
    """What copies of the value under a key of the environment are called after."""
    return name if name.isidentifier() else "out" if name == "return value" else "t"


def join_values(x: Any, y: Any) -> Kind | None:
    if not all(isinstance(v, (Name, Const, Apply)) for v in (x, y)):
        return None
    if all(v.kind == Opaque("str") or (isinstance(v, Const) and type(v.value) is str) for v in (x, y)):
        return Opaque("str")
    if any(isinstance(v, Const) and isinstance(v.kind, Static) for v in (x, y)):
        return None
    return join(x.kind, y.kind)


def kinds_of(value: Any) -> tuple[Kind, ...]:
    if value is ABSENT:
        return (MISSING,)
    if isinstance(value, Maybe):
        return (Static(None), *kinds_of(value.value))
    return value.kinds if isinstance(value, Mixed) else (value.kind,)


def copy_statements(lo: Lowering, copies: list[tuple[str, Any]], node: ast.AST) -> list[Stmt]:
    """The copies as if all at once: what a later one reads is set aside before an earlier one binds it."""
    out: list[Stmt] = []
    values = dict(copies)
    targets = list(values)
    for i, (target, value) in enumerate(values.items()):
        if names(value) & set(targets[:i]):
            held = lo.fresh("t")
            out.append(Assign(held, value, lo.span(node)))
            values[target] = Name(held, value.kind)
    return [*out, *(Assign(t, v, lo.span(node)) for t, v in values.items())]


def same_value(x: Any, y: Any) -> bool:
    """Whether nothing new is known."""
    if x is y:
        return True
    if isinstance(x, frozenset) or isinstance(y, frozenset):
        return bool(x == y)
    if isinstance(x, Mixed) or isinstance(y, Mixed):
        return isinstance(x, Mixed) and isinstance(y, Mixed)
    if isinstance(x, Tuple) and isinstance(y, Tuple):
        return len(x.items) == len(y.items) and x.cls is y.cls and all(map(same_value, x.items, y.items))
    if isinstance(x, Maybe) or isinstance(y, Maybe):
        both = isinstance(x, Maybe) and isinstance(y, Maybe)
        return both and x.test == y.test and same_value(x.value, y.value)
    if isinstance(x, Object) and isinstance(y, Object):
        same = len(x.fields) == len(y.fields) and x.origins == y.origins
        return same and all(
            same_key(k, j) and same_value(v, w) for (k, v), (j, w) in zip(x.fields, y.fields, strict=True)
        )
    return bool(x == y and x.kind == y.kind)


def join_paths(
    lo: Lowering, node: ast.AST, a: Env, b: Env, copies: bool = True, again: bool = False
) -> tuple[Env, list[Stmt], list[Stmt]]:
    """The environment after two paths, and the statements with which each of them ends.

    ``again`` says that the first path has been joined here before: what was made for that is used for both.
    """
    joint = Joint(lo, node, a, b, copies, turn=lo.turns[id(node)] if again else 0)
    merged = joint.run()
    return merged, copy_statements(lo, joint.left, node), copy_statements(lo, joint.right, node)


Write = Callable[[], None]

__all__ = ["Bottom", "Joint", "Mixed", "copy_statements", "join_paths", "same_value"]
