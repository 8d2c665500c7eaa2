"""Random statements over objects, dicts, lists of these, inner functions, and values that may be None.

A field is a name like any other (`p1.x`, `d2['v']`), so that every statement about scalars and arrays is one about the
fields of objects and the entries of dicts as well.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.random_expressions import SCALAR, Helper, Kind, Pick
from tests.random_statements import COMPOUND, SIMPLE, Writer

VECTOR = Kind("array", (4,))
POINT = Kind("point")
FIELDS = {".x": SCALAR, ".v": VECTOR}
ENTRIES = {"['a']": SCALAR, "['b']": SCALAR, "['v']": VECTOR}
DATA = (
    "make_object", "rebind_object", "rebind_object", "call_method", "call_method", "use_box",
    "make_dict", "use_dict", "use_dict", "list_of_objects", "list_of_pairs", "inner_function", "pass_object",
    "make_optional", "alias_and_rebind", "nameless", "chain", "list_or_tuple",
)  # fmt: skip
DATA_COMPOUND = ("search_object", "object_in_branch", "for_object", "for_entry", "if_given", "set_optional", "for_pair")


@dataclass
class DataWriter(Writer):
    """Writes a body that uses data as well."""

    simple: tuple[str, ...] = (*SIMPLE, *DATA, *DATA)
    compound: tuple[str, ...] = (*COMPOUND, *DATA_COMPOUND, *DATA_COMPOUND)

    def know(self, name: str, kind: Kind) -> None:
        """A name for an object or a dict, and names for what it holds."""
        self.names[name] = kind
        fields = {"point": FIELDS, "dict": ENTRIES, "box": {".value": SCALAR, ".inner.x": SCALAR, ".inner.v": VECTOR}}
        for field, held in fields.get(kind.name, {}).items():
            self.names[name + field] = held

    def plain(self, name: str) -> list[str]:
        """The variables of a kind: no fields."""
        return [n for n in self.having(name) if n.isidentifier()]

    def array(self) -> str:
        """An array that has a name, or one that has none."""
        named = self.having("array", (4,))
        return self.choose(named) if named and self.pick(3) else f"np.sin({self.vector((4,), 1)})"

    def point(self) -> str:
        """An object: new, or one that there is."""
        known = self.having("point")
        makers = [h for h in self.helpers if h.gives == POINT and h.takes == (SCALAR,)]
        match self.pick(5):
            case 0 if known:
                return f"{self.choose(known)}.moved({self.scalar(1)})"
            case 1 if known:
                return f"replace({self.choose(known)}, x={self.squashed(1)})"
            case 2 if known:
                return self.choose(known)
            case 3 if makers:
                return f"{self.choose(makers).name}({self.scalar(1)})"
        return f"Point({self.squashed(1)}, {self.array()})"

    # ---- objects

    def make_object(self) -> None:
        """A new name."""
        name = self.fresh("p")
        self.emit(f"{name} = {self.point()}")
        self.know(name, POINT)

    def rebind_object(self) -> None:
        """An old name for another object; two that change places; a field that does."""
        known = self.plain("point")
        if not known:
            return self.make_object()
        p, q = self.choose(known), self.choose(known)
        match self.pick(4):
            case 0 if p != q:
                return self.emit(f"{p}, {q} = {q}, {p}")
            case 1 if p != q:
                field = self.choose((".x", ".v"))
                return self.emit(f"{p}{field}, {q}{field} = {q}{field}, {p}{field}")
            case 2:
                return self.emit(f"{p} = {p}.moved({self.scalar(1)})")
        self.emit(f"{p} = {self.point()}")
        return None

    def alias_and_rebind(self) -> None:
        """A second name for an object whose first name goes to another one, made from it."""
        known = self.plain("point")
        if not known:
            return self.make_object()
        p, q = self.choose(known), self.fresh("p")
        self.emit(f"{q} = {p}")
        self.know(q, POINT)
        value = (f"Point({self.squashed(1)}, {q}.v)", f"{q}.moved({p}.x)", f"replace({p}, x={q}.x * 0.7)", self.point())
        return self.emit(f"{p} = {self.choose(value)}")

    def nameless(self) -> None:
        """Objects that get no name, or that of their class."""
        scalar = self.choose(self.having("scalar"))
        match self.pick(3):
            case 0:
                self.emit(f"point = Point({self.squashed(1)}, {self.array()})")
                self.know("point", POINT)
            case 1:
                self.emit(f"{scalar} = {self.point()}.step({self.scalar(1)}).x * 0.5")
            case _:
                self.emit(f"{scalar} = Point({self.squashed(1)}, {self.array()}).x + {self.point()}.x * 0.3")

    def chain(self) -> None:
        """An object that leads to the one that had its name."""
        known = [n for n in self.plain("link") if self.depth == 1]
        if not known:
            name = self.fresh("c")
            self.emit(f"{name} = Link({self.squashed(1)}, Link({self.squashed(1)}, None))")
        else:
            name = self.choose(known)
            self.emit(f"{name} = Link({self.choose((self.squashed(1), f'{name}.value * 0.9'))}, {name})")
        self.names |= {name: Kind("link"), f"{name}.value": SCALAR, f"{name}.rest.value": SCALAR}
        if self.depth > 1:
            for each in (name, f"{name}.value", f"{name}.rest.value"):
                del self.names[each]

    def list_or_tuple(self) -> None:
        """A name for a list, and then for a tuple, while the list has another name."""
        l, m = self.fresh("l"), self.fresh("m")
        self.emit(f"{l} = [{self.squashed(1)}, {self.squashed(1)}]")
        self.emit(f"{m} = {l}")
        self.emit(f"{l} = ({m}[1], {self.choose((self.squashed(1), f'{l}[0] + {m}[1]'))})")
        self.emit(f"{m}[0] += 0.3 * {l}[1]")
        self.names |= {f"{l}[0]": SCALAR, f"{m}[0]": SCALAR, f"{m}[1]": SCALAR}
        for each in (f"{l}[0]",):
            del self.names[each]

    def search_object(self) -> None:
        """A loop that is left while a name stands for an object of its own."""
        known = self.plain("point")
        if not known:
            return self.make_object()
        p, new, i = self.choose(known), self.fresh("p"), self.fresh("i")
        self.emit(f"for {i} in range({self.choose((2, 3, 4))}):")
        self.emit(f"    {new} = {self.choose((f'{p}.moved(0.1 * {i})', f'Point({p}.x * 0.8 + 0.1 * {i}, {p}.v)'))}")
        self.emit(f"    if {new}.x > {self.choose((0.2, 0.5, 0.9))}:")
        self.emit("        break")
        self.emit(f"    {self.choose((f'{p} = {new}', f'{p} = {new}', f'{p}.x = {new}.x'))}")
        return self.know(new, POINT)

    def call_method(self) -> None:
        """For what it does, or for what it returns."""
        known = self.having("point")
        if not known:
            return self.make_object()
        p = self.choose(known)
        match self.pick(4):
            case 0:
                name = self.fresh("s")
                self.emit(f"{name} = {p}.energy")
                self.names[name] = SCALAR
            case 1:
                name = self.fresh("p")
                self.emit(f"{name} = {p}.step({self.scalar(1)})")
                self.know(name, POINT)
            case 2:
                self.emit(f"{p}.x, {self.choose([n for n in self.having('scalar')])} = {self.squashed(1)}, {p}.energy")
            case _:
                self.emit(f"{p}.step({self.scalar(1)})")
        return None

    def use_box(self) -> None:
        """An object that holds an object, and a value that is None at first."""
        boxes = self.plain("box")
        if not boxes or not self.pick(3):
            name = self.fresh("b")
            self.emit(f"{name} = Box({self.point()})")
            return self.know(name, Kind("box"))
        box = self.choose(boxes)
        match self.pick(4):
            case 0:
                self.emit(f"{box}.inner = {self.point()}")
            case 1:
                self.emit(f"{box}({self.scalar(1)})")
            case 2:
                name = self.fresh("p")
                self.emit(f"{name} = {box}.inner")
                self.know(name, POINT)
            case _:
                self.emit(f"if {box}.last is not None:")
                self.emit(f"    {box}.value += np.sin({box}.last)")
        return None

    def pass_object(self) -> None:
        """A call that may change its argument."""
        fitting = [h for h in self.helpers if POINT in h.takes and not h.raises]
        if not fitting or not self.having("point"):
            return self.call_method()
        helper = self.choose(fitting)
        call = f"{helper.name}({', '.join(self.argument(k) for k in helper.takes)})"
        if helper.gives == POINT:
            name = self.fresh("p")
            self.emit(f"{name} = {call}")
            return self.know(name, POINT)
        return self.emit(call)

    def argument(self, kind: Kind) -> str:
        if kind == POINT:
            return self.choose(self.having("point"))
        return super().argument(kind)

    def callable(self, helper: Helper) -> bool:
        return super().callable(helper) and (POINT not in helper.takes or bool(self.having("point")))

    def object_in_branch(self) -> None:
        """One name for different objects on two paths."""
        name = self.fresh("p")
        self.emit(f"if {self.condition()}:")
        self.emit(f"    {name} = {self.point()}")
        self.emit("else:")
        self.emit(f"    {name} = {self.point()}")
        self.know(name, POINT)

    def list_of_objects(self) -> None:
        """Made, appended to, an object taken from it."""
        lists = self.plain("points")
        if not lists or not self.pick(3):
            name = self.fresh("ps")
            self.emit(f"{name} = [{self.point()}, {self.point()}]")
            self.names[name] = Kind("points")
            for field, kind in FIELDS.items():
                self.names[f"{name}[0]{field}"] = kind
            return
        name = self.choose(lists)
        match self.pick(4):
            case 0:
                self.emit(f"{name}.append({self.point()})")
            case 1:
                self.emit(f"{name}[{self.choose((0, -1))}] = {self.point()}")
            case 2:
                self.emit(
                    f"{name}[{self.choose((0, -1, *(f'{i} % 2' for i in self.having('int'))))}].step({self.scalar(1)})"
                )
            case _:
                p = self.fresh("p")
                self.emit(f"{p} = {name}[{self.choose((0, -1))}]")
                self.know(p, POINT)

    def for_object(self) -> None:
        lists = self.plain("points")
        if not lists:
            return self.list_of_objects()
        p = self.fresh("p")
        self.emit(f"for {p} in {self.choose(lists)}:")
        before = dict(self.names)
        self.know(p, POINT)
        self.loop_body({k: v for k, v in self.names.items() if k not in before})
        self.names = {k: v for k, v in self.names.items() if k in before}
        return None

    # ---- dicts

    def make_dict(self) -> None:
        known = self.plain("dict")
        name = self.fresh("d")
        match self.pick(4):
            case 0 if known:
                self.emit(f"{name} = {self.choose(known)}")
            case 1 if known:
                self.emit(f"{name} = {self.choose(('dict({})', '{}.copy()')).format(self.choose(known))}")
            case 2 if known:
                self.emit(f"{name} = {{**{self.choose(known)}, 'a': {self.squashed(1)}}}")
            case _:
                self.emit(f"{name} = {{'a': {self.squashed(1)}, 'b': {self.squashed(1)}, 'v': {self.array()}}}")
        self.know(name, Kind("dict"))

    def use_dict(self) -> None:
        known = self.plain("dict")
        if not known:
            return self.make_dict()
        d, e = self.choose(known), self.choose(known)
        match self.pick(6):
            case 0:
                self.emit(f"{d}.update(a={self.squashed(1)})")
            case 1:
                self.emit(f"{d}['b'] = {e}.get('zz', {self.squashed(1)}) + {e}.get('a', 0.0)")
            case 2:
                self.emit(f"{d}['a'], {d}['b'] = {e}['b'], {self.squashed(1)}")
            case 3 if d != e:
                self.emit(f"{d}, {e} = {e}, {d}")
            case 4:
                self.emit(f"{d} = {e}")
            case _:
                self.emit(f"{d}['c'] = {self.squashed(1)}")
                self.emit(f"{d}['a'] += {d}.pop('c')")
        return None

    def for_entry(self) -> None:
        known = self.plain("dict")
        if not known:
            return self.make_dict()
        d, key, value = self.choose(known), self.fresh("key"), self.fresh("e")
        if self.pick(2):
            self.emit(f"for {key} in ('a', 'b'):")
            self.emit(f"    {d}[{key}] = np.sin({d}[{key}] + {self.scalar(1)})")
            return self.loop_body({})
        self.emit(f"for {key}, {value} in {d}.items():")
        self.emit(f"    if {key} == 'v':")
        self.emit("        continue")
        return self.loop_body({value: SCALAR})

    # ---- pairs, functions, None

    def list_of_pairs(self) -> None:
        lists = self.plain("pairs")
        if not lists or not self.pick(3):
            name = self.fresh("l")
            self.emit(f"{name} = [({self.squashed(1)}, {self.array()})]")
            self.names |= {name: Kind("pairs"), f"{name}[0][1]": VECTOR}
            return
        name = self.choose(lists)
        match self.pick(3):
            case 0:
                self.emit(f"{name}[{self.choose((0, -1))}] = ({self.squashed(1)}, {self.array()})")
            case 1:
                s, v = self.fresh("s"), self.fresh("v")
                self.emit(f"{s}, {v} = {name}[-1]")
                self.names |= {s: SCALAR, v: VECTOR}
            case _:
                self.emit(f"{name}.append(({self.squashed(1)}, {self.array()}))")

    def for_pair(self) -> None:
        lists = self.plain("pairs")
        if not lists:
            return self.list_of_pairs()
        s, v = self.fresh("s"), self.fresh("v")
        self.emit(f"for {s}, {v} in {self.choose(lists)}:")
        return self.loop_body({s: SCALAR, v: VECTOR})

    def inner_function(self) -> None:
        """Defined, called; it reads variables as they are at the call, and may bind one."""
        known = self.plain("function")
        if known and self.pick(3):
            return self.emit(f"{self.choose(self.having('scalar'))} = {self.choose(known)}({self.scalar(1)})")
        name, p = self.fresh("inner"), self.fresh("q")
        arguments = f"{p}, k={self.squashed(1)}" if self.pick(3) == 0 else p
        self.emit(f"def {name}({arguments}):")
        before, budget = dict(self.names), self.budget
        self.depth += 1
        self.names = {**{n: k for n, k in self.names.items() if k.name in ("scalar", "array", "point")}, p: SCALAR}
        if self.pick(3) == 0:
            own = [n for n in before if n.isidentifier() and before[n] == SCALAR]
            s = self.choose(own)
            self.emit(f"nonlocal {s}")
            self.emit(f"{s} = {self.squashed(1)}")
        fields = [n for n in self.having("scalar") if not n.isidentifier()]
        if fields and self.pick(2):
            self.emit(f"{self.choose(fields)} += {self.squashed(1)}")
        if self.having("array") and self.pick(2):
            self.emit(f"{self.element()} *= {self.squashed(1)}")
        self.emit(f"return {self.squashed()}")
        self.depth -= 1
        self.names, self.budget = before, budget
        self.names[name] = Kind("function")
        return None

    def make_optional(self) -> None:
        name = self.fresh("o")
        self.emit(f"{name} = {self.choose(('None', 'None', self.squashed(1)))}")
        self.names[name] = Kind("optional")

    def set_optional(self) -> None:
        known = self.plain("optional")
        if not known:
            return self.make_optional()
        self.emit(f"if {self.condition()}:")
        self.emit(f"    {self.choose(known)} = {self.choose((self.squashed(1), self.squashed(1), 'None'))}")
        return None

    def if_given(self) -> None:
        known = self.plain("optional")
        if not known:
            return self.make_optional()
        name = self.choose(known)
        self.emit(f"if {name} is {self.choose(('not None', 'None'))}:")
        given = "not" in self.lines[-1]
        with self.indented():
            if given:
                self.names[name] = SCALAR
            self.block()
            if given and self.pick(2):
                self.names.pop(name, None)
                self.emit(f"{name} = None")
        return None

    def hazard(self) -> None:
        """What may raise over data: a missing entry, attribute or value, a method between two writes."""
        points, dicts, optional = self.having("point"), self.plain("dict"), self.plain("optional")
        name = self.choose(self.having("scalar"))
        match self.pick(6):
            case 0 if dicts:
                self.emit(f"{name} = {self.choose(dicts)}[{self.choose(('missing', 'a'))!r}] * 0.7")
            case 1 if points:
                self.emit(f"{name} = {self.choose(points)}.{self.choose(('missing', 'energy'))}")
            case 2 if optional:
                self.emit(f"{name} = 0.4 * {self.choose(optional)}")
            case 3 if points:
                self.emit(f"{self.choose(points)}.risk({self.scalar(1)})")
            case _:
                super().hazard()

    def finish_data(self, name: str, kind: Kind, weight: str) -> None:
        match kind.name:
            case "optional":
                self.emit(f"if {name} is not None:")
                self.emit(f"    total += {weight} * {name}")
            case "points":
                self.emit(f"for item in {name}:")
                self.emit(f"    total += {weight} * item.energy")
            case "pairs":
                self.emit(f"for item, vector in {name}:")
                self.emit(f"    total += {weight} * item * np.sum(vector)")
            case "box":
                self.emit(f"if {name}.last is not None:")
                self.emit(f"    total += {weight} * {name}.last")
            case "link":
                self.emit(f"while {name} is not None:")
                self.emit(f"    total += {weight} * {name}.value")
                self.emit(f"    {name} = {name}.rest")
            case "function":
                self.emit(f"total += {weight} * {name}(a)")


def class_text(pick: Pick) -> str:
    """The classes of a program, with methods of its own."""
    step = method(pick, 3)
    if pick(2):
        step.block()
    risk = method(pick, 2)
    risk.store()
    risk.emit(f"if {risk.condition()}:")
    risk.emit(f"    raise {risk.choose(('Early()', 'Late', 'ValueError'))}")
    risk.update_scalar()
    moved = method(pick, 2)
    energy = method(pick, 2)
    box = Writer(
        pick,
        {"self.value": SCALAR, "p": SCALAR, "self.inner.x": SCALAR, "self.inner.v": VECTOR},
        depth=2,
        budget=2,
        returns=False,
    )
    box.block()
    return f"""@dataclass
class Point:
    x: float
    v: np.ndarray

    def step(self, p):
        self.x = {step.squashed(1)}
{step.text()}        {step.element()} = {step.squashed(1)}
        return self

    def risk(self, p):
{risk.text()}
    def moved(self, p):
        return Point({moved.squashed(1)}, {moved.vector((4,), 1)})

    @property
    def energy(self):
        p = 0.3
        return {energy.squashed()} * np.sum(self.v)


@dataclass
class Link:
    value: float
    rest: object


class Box:
    def __init__(self, inner, value=0.4):
        self.inner = inner
        self.value = value
        self.last = None

    def __call__(self, p):
{box.text()}        self.last = np.sin(self.value + p)


"""


def method(pick: Pick, budget: int) -> Writer:
    return Writer(pick, {"self.x": SCALAR, "self.v": VECTOR, "p": SCALAR}, depth=2, budget=budget, returns=False)


def object_helper(pick: Pick, name: str) -> tuple[Helper, str]:
    """Changes an object, and perhaps returns it."""
    w = DataWriter(pick, {"o": POINT, "o.x": SCALAR, "o.v": VECTOR, "p": SCALAR}, budget=2, returns=False)
    w.block()
    returned = w.choose(("o", f"Point({w.squashed(1)}, o.v)", None))
    if returned:
        w.emit(f"return {returned}")
    w.emit("" if returned else "return None")
    return Helper(name, (POINT, SCALAR), POINT if returned else None), f"def {name}(o, p):\n" + w.text()


def object_maker(pick: Pick, name: str) -> tuple[Helper, str]:
    """Makes an object, on two paths."""
    w = DataWriter(pick, {"p": SCALAR, "u": VECTOR}, budget=2, returns=False)
    w.emit("u = W * p")
    w.emit(f"if {w.condition()}:")
    w.emit(f"    return Point({w.squashed(1)}, u)")
    w.block()
    w.emit(f"return Point({w.squashed(1)}, {w.vector((4,), 1)})")
    return Helper(name, (SCALAR,), POINT), f"def {name}(p):\n" + w.text()
