"""What operators and builtins mean for objects: the methods of the user's classes, and those of dicts and lists."""

from __future__ import annotations

import ast
import dataclasses
import operator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from zygote_nb.frontend import rows, tables
from zygote_nb.frontend.classes import class_entry, class_method, generated
from zygote_nb.frontend.heap import ABSENT, POOLED, Obj, entries, get_object, new_object, read_field
from zygote_nb.frontend.records import plain_class
from zygote_nb.frontend.templates import Members
from zygote_nb.ir.core import FALSE, INT_ZERO, TRUE, Apply, Const, Expr, Tuple
from zygote_nb.ir.kinds import BOOL, INT, Array, Kind, Scalar, describe

if TYPE_CHECKING:
    from zygote_nb.frontend.lower import Lowering

BINARY = {
    operator.add: "add", operator.sub: "sub", operator.mul: "mul", operator.truediv: "truediv",
    operator.floordiv: "floordiv", operator.mod: "mod", operator.pow: "pow", operator.matmul: "matmul",
    operator.and_: "and", operator.or_: "or", operator.xor: "xor", operator.lshift: "lshift", operator.rshift: "rshift",
    divmod: "divmod",
}  # fmt: skip
REFLECTED = frozenset(f"__r{word}__" for word in BINARY.values())
COMPARISONS = {
    operator.lt: ("lt", "gt"), operator.le: ("le", "ge"), operator.gt: ("gt", "lt"), operator.ge: ("ge", "le"),
    operator.eq: ("eq", "eq"), operator.ne: ("ne", "ne"),
}  # fmt: skip
ORDER = {"__lt__": ast.Lt(), "__le__": ast.LtE(), "__gt__": ast.Gt(), "__ge__": ast.GtE()}
UNARY = {operator.neg: "neg", operator.pos: "pos", operator.invert: "invert", abs: "abs", float: "float", int: "int"}


def has_methods(value: Any) -> bool:
    """Whether a class may say what operators do with the value: an object, or a named tuple."""
    return isinstance(value, Obj) or (isinstance(value, Tuple) and value.cls not in (tuple, list))


def own_method(value: Any, name: str) -> Const | None:
    return class_method(value.cls, name) if has_methods(value) else None


def is_numpy(kind: Kind) -> bool:
    """Whether NumPy decides what an operator does."""
    return isinstance(kind, Array) or (isinstance(kind, Scalar) and kind.weak is False)


def binary(lo: Lowering, node: ast.AST, fn: Any, left: Any, right: Any) -> Any:
    """The operator of a class, or None if it has none."""
    if fn is operator.or_ and is_dict(left) and is_dict(right):
        return merged(lo, node, left, right)
    if fn in COMPARISONS:
        own, reflected = (f"__{word}__" for word in COMPARISONS[fn])
    elif fn in BINARY:
        own, reflected = f"__{BINARY[fn]}__", f"__r{BINARY[fn]}__"
    else:
        return None
    if isinstance(left, Expr) and isinstance(left.kind, Array) and isinstance(right, Obj) and takes_arrays(right.cls):
        what = f"NumPy gives the entries of an array to {right.cls.__name__} one by one"
        raise lo.refuse(node, what, "set `__array_ufunc__ = None` in the class: then its method gets the array")
    sides = asked(fn in COMPARISONS, (left, own, right), (right, reflected, left))
    for obj, name, other in sides:
        method = own_method(obj, name)
        if method is not None and name in ORDER and generated(method.value):
            return in_field_order(lo, node, ORDER[name], obj, other)
        if method is not None and not (name in ("__eq__", "__ne__") and generated(method.value)):
            found = lo.call_value(node, method, [obj, other], ())
            if not is_declined(found):
                return found
    if fn is operator.ne and not isinstance(left, Tuple):
        equal = binary(lo, node, operator.eq, left, right)
        return None if equal is None else lo.negation(node, lo.truth(node, equal))
    return None


def takes_arrays(cls: Any) -> bool:
    """Whether NumPy takes objects of the class for entries of arrays, rather than leave an operator to them."""
    if hasattr(cls, "__array_ufunc__"):
        return cls.__array_ufunc__ is not None
    return not getattr(cls, "__array_priority__", 0) > 0


Side = tuple[Any, str, Any]


def asked(comparison: bool, first: Side, second: Side) -> tuple[Side, ...]:
    """Which operand's method is called, in order: an operand, the method, the other operand."""
    left, right, reflected = first[0], *second[:2]
    if not has_methods(left) or not has_methods(right):
        return first, second
    derived = issubclass(right.cls, left.cls) and right.cls is not left.cls
    if comparison and isinstance(left, Tuple) and isinstance(right, Tuple):
        return (second,) if derived and own_method(right, reflected) else (first,)  # tuples can be compared
    if derived and (comparison or class_entry(right.cls, reflected) is not class_entry(left.cls, reflected)):
        return second, first
    return (first, second) if comparison or left.cls is not right.cls else (first,)


def in_field_order(lo: Lowering, node: ast.AST, op: ast.cmpop, left: Obj, right: Any) -> Expr:
    """The order of dataclasses made with ``order=True``: that of the tuples of their fields."""
    if not isinstance(right, Obj) or right.cls is not left.cls:
        raise lo.raised(node, TypeError, f"{left.cls.__name__} is compared with {describe(right.kind)}")
    p, q = (lo.tuple_of([read_field(lo, node, o, k) for k in compared_fields(lo, o)]) for o in (left, right))
    return lo.comparison(node, op, p, q)


def augmented(lo: Lowering, node: ast.AST, fn: Any, left: Obj | Tuple, right: Any) -> Any:
    """``left op= right``: the in-place method of the class, or its operator; None if it has neither."""
    method = own_method(left, f"__i{BINARY.get(fn, '')}__")
    found = None if method is None else lo.call_value(node, method, [left, right], ())
    return None if found is None or is_declined(found) else found


def is_declined(value: Any) -> bool:
    """Whether a method has left the operation to the other operand."""
    return isinstance(value, Const) and value.value is NotImplemented


def unary(lo: Lowering, node: ast.AST, fn: Any, value: Obj | Tuple) -> Any:
    method = own_method(value, f"__{UNARY[fn]}__") if fn in UNARY else None
    if method is None:
        raise lo.refuse(node, f"`{ast.unparse(node)}` on {describe(value.kind)}", "Python would raise TypeError here")
    return lo.call_value(node, method, [value], ())


def is_dict(value: Any) -> bool:
    return isinstance(value, Obj) and value.cls is dict


def merged(lo: Lowering, node: ast.AST, left: Obj, right: Obj) -> Obj:
    """``left | right`` of dicts."""
    found: dict[Any, Any] = {}
    for part in (left, right):
        for key in keys(lo, part):
            found[key] = read_field(lo, node, part, key)
    return new_object(lo, node, dict, list(found.items()))


def keys(lo: Lowering, obj: Obj) -> tuple[Any, ...]:
    """The keys of a dict, in order."""
    content = get_object(lo, obj)
    if content.note == POOLED:
        return tuple(content.cls.KEYS)  # type: ignore[attr-defined]
    if not content.is_read_outside:
        return content.keys()
    known = lo.program.outside_keys(obj.ident)
    return (*known, *(k for k, _ in content.fields if k not in known))


def length(lo: Lowering, node: ast.AST, value: Obj) -> Expr:
    if value.cls is list:
        held = entries(lo, value)
        return Const(len(held.items), Scalar("int64"))
    if value.cls is dict:
        return Const(len(keys(lo, value)), Scalar("int64"))
    if value.cls is rows.Rows:
        return rows.length(lo, value)
    if value.cls is Members:
        from zygote_nb.frontend.members import length as members

        return members(lo, node, value)
    if value.cls in (tables.Table, tables.View):
        return tables.length(lo, node, value) if value.cls is tables.Table else tables.length_of_view(lo, node, value)
    if value.cls is range:
        return Apply(len, (whole_range(lo, value),), (), INT)
    method = class_method(value.cls, "__len__")
    if method is None:
        raise lo.refuse(node, f"{describe(value.kind)} has no length", "Python would raise TypeError here")
    return lo.call_value(node, method, [value], ())


def whole_range(lo: Lowering, value: Obj) -> Expr:
    return Apply(range, get_object(lo, value).values(), (), INT)


def truth(lo: Lowering, node: ast.AST, value: Obj) -> Expr:
    if value.cls in (dict, list):
        size = length(lo, node, value)
        return TRUE if isinstance(size, Const) and size.value else FALSE
    if value.cls in (rows.Rows, tables.Table, Members, range):
        return lo.comparison(node, ast.Gt(), length(lo, node, value), INT_ZERO)
    method = class_method(value.cls, "__bool__")
    if method is not None:
        return lo.truth(node, lo.call_value(node, method, [value], ()))
    if class_method(value.cls, "__len__") is not None:
        return lo.comparison(node, ast.Gt(), length(lo, node, value), INT_ZERO)
    return TRUE


def contains(lo: Lowering, node: ast.AST, item: Any, holder: Obj) -> Expr:
    if holder.cls is dict:
        known = keys(lo, holder)
        if isinstance(item, Const):
            return TRUE if any(k == item.value for k in known) else FALSE
        return lo.contains(node, item, lo.tuple_of([lo.constant(k) for k in known]))
    if holder.cls is list:
        return lo.contains(node, item, entries(lo, holder))
    if holder.cls is Members:
        from zygote_nb.frontend.members import contains as has

        return has(lo, node, holder, item)
    if holder.cls is tables.Table:
        return tables.contains(lo, node, holder, item)
    if holder.cls is rows.Rows:
        from zygote_nb.frontend import list_loops
        from zygote_nb.frontend.generators import value_of

        return value_of(lo, node, list_loops.is_in, [holder, item])  # type: ignore[no-any-return]
    if holder.cls is range and is_integer(item):
        return Apply(operator.contains, (whole_range(lo, holder), item), (), BOOL)
    method = class_method(holder.cls, "__contains__")
    if method is None:
        raise lo.refuse(node, f"`in` of {describe(holder.kind)}", "write the comparisons out")
    return lo.truth(node, lo.call_value(node, method, [holder, item], ()))


def has_generated(cls: type, name: str) -> bool:
    """Whether ``dataclasses`` wrote the method that the class has under this name."""
    method = class_method(cls, name)
    return method is not None and generated(method.value)


def equal_fields(lo: Lowering, node: ast.AST, left: Any, right: Any) -> Expr:
    """Equality where the class defines none: that of dataclasses, namespaces and dicts, and identity else."""
    if not isinstance(left, Obj) or not isinstance(right, Obj):
        return FALSE
    p, q = get_object(lo, left), get_object(lo, right)
    if left.ident == right.ident:
        return TRUE
    if rows.is_rows(left) and rows.is_rows(right):
        from zygote_nb.frontend import list_loops
        from zygote_nb.frontend.generators import value_of

        return value_of(lo, node, list_loops.equal, [left, right])  # type: ignore[no-any-return]
    if {p.cls, q.cls} & {rows.Rows, tables.Table, Members}:
        what = f"{describe(left.kind)} and {describe(right.kind)} are compared"
        raise lo.refuse(node, what, "compare their entries in a loop")
    if p.cls is list and q.cls is list:
        return lo.comparison(node, ast.Eq(), entries(lo, left), entries(lo, right))
    one, other = plain_class(p.cls), plain_class(q.cls)
    if POOLED in (p.note, q.note) and not (one in (dict, SimpleNamespace) or has_generated(one, "__eq__")):
        from zygote_nb.frontend.pools import same_row

        return same_row(lo, node, left, right)
    if one is not other or not (one in (dict, SimpleNamespace) or has_generated(one, "__eq__")):
        if p.origins & q.origins:
            what = "whether these are one object depends on the path taken"
            raise lo.refuse(node, what, "compare a value that tells them apart")
        return FALSE
    names = compared_fields(lo, left)
    if set(names) != set(compared_fields(lo, right)):
        return FALSE
    tests = [
        lo.comparison(node, ast.Eq(), read_field(lo, node, left, k), read_field(lo, node, right, k)) for k in names
    ]
    return lo.conjunction(tests)


def compared_fields(lo: Lowering, obj: Obj) -> tuple[Any, ...]:
    if obj.cls is dict:
        return keys(lo, obj)
    if obj.cls is SimpleNamespace:
        return tuple(k for k, _ in lo.program.all_fields(lo, lo.source.tree, obj))
    return tuple(f.name for f in dataclasses.fields(obj.cls) if f.compare)


def item(lo: Lowering, node: ast.AST, base: Obj, index: Any) -> Any:
    """``base[index]``."""
    if base.cls is list:
        return lo.getitem(node, entries(lo, base), index) if not isinstance(index, Const) else at(lo, node, base, index)
    if base.cls is dict:
        return dict_item(lo, node, base, index)
    if base.cls is rows.Rows:
        return rows.item(lo, node, base, index)
    if base.cls is tables.Table:
        return tables.get(lo, node, base, index)
    if base.cls is range and is_integer(index):
        return of_range(lo, node, get_object(lo, base).values(), index)
    method = class_method(base.cls, "__getitem__")
    if method is None:
        raise lo.refuse(node, f"{describe(base.kind)} is indexed", "Python would raise TypeError here")
    return lo.call_value(node, method, [base, index], ())


def is_integer(value: Any) -> bool:
    return isinstance(value, Expr) and isinstance(value.kind, Scalar) and value.kind.dtype == "int64"


def of_range(lo: Lowering, node: ast.AST, bounds: tuple[Any, ...], index: Any) -> Any:
    """A number of a range by its place."""
    if all(isinstance(b, Const) for b in (*bounds, index)):
        try:
            return lo.constant(range(*(b.value for b in bounds))[index.value])
        except IndexError as error:
            raise lo.raised(node, IndexError, str(error)) from None
    return Apply(operator.getitem, (Apply(range, bounds, (), INT), index), (), INT, None, lo.span(node))


def bounds_of(numbers: range) -> tuple[int, int, int]:
    return numbers.start, numbers.stop, numbers.step


def at(lo: Lowering, node: ast.AST, base: Obj, index: Const) -> Any:
    held = entries(lo, base)
    if type(index.value) is int and -len(held.items) <= index.value < len(held.items):
        return held.items[index.value]
    raise lo.raised(node, IndexError, "list index out of range")


def dict_item(lo: Lowering, node: ast.AST, base: Obj, index: Any) -> Any:
    key = constant_key(lo, node, index)
    if key is ABSENT:
        from zygote_nb.frontend.dispatch import chosen_entry

        return chosen_entry(lo, node, base, index)
    if key not in keys(lo, base):
        raise lo.raised(node, KeyError, repr(key))
    return read_field(lo, node, base, key)


def constant_key(lo: Lowering, node: ast.AST, index: Any) -> Any:
    """The key of a dict, or ABSENT where it isn't known before the program runs."""
    if isinstance(index, Const):
        return index.value
    if isinstance(index, Tuple) and all(isinstance(i, Const) for i in index.items):
        return tuple(i.value for i in index.items)  # type: ignore[union-attr]
    return ABSENT


__all__ = ["BOOL", "Apply", "augmented", "binary", "contains", "equal_fields", "item", "length", "truth", "unary"]
