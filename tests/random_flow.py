"""Random statements about where control goes and what it takes along: exceptions with values, generators, closures
that write to the variables around them, at two levels, and objects that callees and generators change."""

from __future__ import annotations

from dataclasses import dataclass

from tests.random_data import DATA, DATA_COMPOUND, VECTOR, DataWriter
from tests.random_expressions import SCALAR, Helper, Kind, Pick
from tests.random_statements import COMPOUND, SIMPLE

FLOW = ("define_generator", "consume", "consume", "define_counter", "call_counter", "call_counter", "pass_on")
FLOW_COMPOUND = ("for_generated", "for_generated", "carry", "carry", "carry")
CLASSES = """class Carry(Early):
    def __init__(self, amount, vector, *more):
        super().__init__(amount, *more)
        self.amount, self.vector = amount, vector

    @property
    def half(self):
        return 0.5 * self.amount


class Heavy(Carry):
    def scaled(self, k):
        return np.sin(k * self.amount)


"""


@dataclass
class FlowWriter(DataWriter):
    """Writes a body in which much happens out of line."""

    simple: tuple[str, ...] = (*SIMPLE, *DATA, *FLOW, *FLOW)
    compound: tuple[str, ...] = (*COMPOUND, *DATA_COMPOUND, *FLOW_COMPOUND, *FLOW_COMPOUND)

    # ---- exceptions that carry something

    def carry(self) -> None:
        """A try whose handlers read what was raised."""
        self.emit("try:")
        self.tries += 1
        with self.indented():
            self.statement()
            self.throw()
            self.statement()
            if self.pick(2):
                self.throw()
        self.tries -= 1
        for cls in self.choose((("Carry",), ("Heavy", "Carry"), ("Carry", "Exception"))):
            problem = self.fresh("problem")
            self.emit(f"except {cls} as {problem}:")
            with self.indented():
                if cls == "Exception":
                    self.statement()
                else:
                    self.look(cls, problem)
        if self.pick(3) == 0:
            self.emit("finally:")
            with self.indented():
                self.statement()

    def throw(self) -> None:
        """By name here, or in a function."""
        raising = [h for h in self.helpers if h.raises and h.takes == (SCALAR, VECTOR)]
        if raising and self.having("array", (4,)) and self.pick(2):
            helper = self.choose(raising)
            call = f"{helper.name}({', '.join(self.argument(k) for k in helper.takes)})"
            return self.emit(f"{self.choose(self.having('scalar'))} = {call}")
        self.emit(f"if {self.condition()}:")
        return self.emit(f"    raise {self.thrown()}")

    def thrown(self) -> str:
        cls, more = self.choose(("Carry", "Heavy")), self.choose(("", "", f", {self.scalar(1)}"))
        return f"{cls}({self.squashed(1)}, {self.array()}{more})"

    def look(self, cls: str, problem: str) -> None:
        scalar = self.choose(self.having("scalar"))
        values = [f"{problem}.amount", f"{problem}.half", f"{problem}.vector[1]", f"np.sum({problem}.vector)"]
        values += [f"{problem}.scaled({self.scalar(1)})"] if cls == "Heavy" else []
        self.emit(f"{scalar} = np.sin({self.choose(values)} + {self.scalar(1)})")
        match self.pick(5):
            case 0:
                self.emit(f"{problem}.vector[2] *= {self.squashed(1)}")
            case 1:
                self.emit(f"{problem}.amount += {self.squashed(1)}")
                self.emit(f"{scalar} += 0.3 * {problem}.amount")
            case 2 if self.tries:
                self.emit("raise")
            case 3 if self.tries:
                self.emit(f"raise Carry({problem}.amount * 0.7, {problem}.vector) from {problem}")
            case _:
                self.statement()

    # ---- generators

    def define_generator(self) -> None:
        """A function with yields, over the variables around it."""
        name, p, i = self.fresh("items"), self.fresh("q"), self.fresh("i")
        self.emit(f"def {name}({p}):")
        before, budget = dict(self.names), self.budget
        self.depth += 1
        self.names = {**{n: k for n, k in before.items() if k.name in ("scalar", "array", "point")}, p: SCALAR}
        fields = [n for n in self.having("scalar") if "." in n or "[" in n]
        self.emit(f"for {i} in range({self.choose((2, 3))}):")
        self.depth += 1
        if self.pick(3) == 0:
            self.emit(f"if {self.condition()}:")
            self.emit(f"    {self.choose(('continue', 'return', 'break'))}")
        self.emit(f"{p} = np.sin({p} + {self.scalar(1)} + 0.2 * {i})")
        if fields and self.pick(2):
            self.emit(f"{self.choose(fields)} += 0.3 * {p}")
        self.emit(f"yield {self.choose((p, f'{p} * {self.scalar(1)}'))}")
        if self.having("array") and self.pick(2):
            self.emit(f"{self.element()} += 0.2 * {p}")
        self.depth -= 1
        if self.pick(3) == 0:
            self.emit(f"yield {self.squashed(1)}")
        self.depth -= 1
        self.names, self.budget = before, budget
        self.names[name] = Kind("generator")

    def generated(self) -> str | None:
        known = self.plain("generator")
        return f"{self.choose(known)}({self.scalar(1)})" if known else None

    def consume(self) -> None:
        items = self.generated()
        if items is None:
            return self.define_generator()
        scalar = self.choose(self.having("scalar"))
        forms = (f"sum({items})", f"sum(v * v for v in {items})", f"sum(list({items}))", f"max(0.1, *{items})",
                 f"sum(u * v for u, v in zip({items}, W))", f"next({items}, 0.2)")  # fmt: skip
        return self.emit(f"{scalar} = np.sin({self.choose(forms[:3] + forms[4:])})")

    def for_generated(self) -> None:
        items = self.generated()
        if items is None:
            return self.define_generator()
        v, i = self.fresh("e"), self.fresh("i")
        if self.pick(3) == 0:
            self.emit(f"for {i}, {v} in enumerate({items}):")
            return self.loop_body({v: SCALAR})
        self.emit(f"for {v} in {items}:")
        return self.loop_body({v: SCALAR})

    # ---- closures

    def define_counter(self) -> None:
        """A function in a function that writes to variables of both, and perhaps to an object."""
        name, p, kept = self.fresh("count"), self.fresh("q"), self.fresh("kept")
        own = [n for n in self.having("scalar") if n.isidentifier()]
        points = self.plain("point")
        outer = self.choose(own)
        self.emit(f"def make_{name}({kept}):")
        self.emit(f"    def {name}({p}):")
        written = self.pick(2)
        self.emit(f"        nonlocal {kept}{f', {outer}' if written and outer not in ARGUMENTS else ''}")
        self.emit(f"        {kept} = np.sin({kept} + 0.4 * {p})")
        if written and outer not in ARGUMENTS:
            self.emit(f"        {outer} = np.sin({outer} + {kept})")
        if points and self.pick(2):
            self.emit(f"        {self.choose(points)}.x += 0.1 * {kept}")
        self.emit(f"        return {kept} * {self.choose((p, '0.7', outer))}")
        self.emit("")
        self.emit(f"    return {name}")
        self.emit(f"{name} = make_{name}({self.scalar(1)})")
        self.names[name] = Kind("function")

    def call_counter(self) -> None:
        known = self.plain("function")
        if not known:
            return self.define_counter()
        f, g = self.choose(known), self.choose(known)
        scalar = self.choose(self.having("scalar"))
        forms = (
            f"{f}({self.scalar(1)})",
            f"{f}({g}({self.scalar(1)}))",
            f"sum({f}(v) for v in ({self.scalar(1)}, 0.3))",
        )
        return self.emit(f"{scalar} = np.sin({self.choose(forms)})")

    def pass_on(self) -> None:
        """Dicts, lists and objects that a callee changes."""
        scalar, d = self.choose(self.having("scalar")), self.fresh("d")
        self.emit(f"{d} = {{'a': {self.squashed(1)}, 'v': {self.array()}, 'l': [{self.scalar(1)}]}}")
        points = self.having("point")
        self.emit(f"{scalar} = np.sin(change({d}, {self.choose(points) if points else self.point()}))")
        self.names |= {f"{d}['a']": SCALAR, f"{d}['v']": VECTOR, f"{d}['l'][0]": SCALAR, f"{d}['l'][-1]": SCALAR}


ARGUMENTS = ("a", "b")


def throwing_helper(pick: Pick, name: str) -> tuple[Helper, str]:
    """Writes to its argument, and raises what it was given, sometimes."""
    w = FlowWriter(pick, {"p": SCALAR, "u": VECTOR}, budget=2, returns=False, simple=SIMPLE, compound=COMPOUND)
    if pick(2):
        w.store()
    w.emit(f"if {w.condition()}:")
    w.emit(f"    raise {w.choose(('Carry', 'Heavy'))}({w.squashed(1)}, u)")
    w.store()
    w.emit(f"return {w.squashed()}")
    return Helper(name, (SCALAR, VECTOR), SCALAR, True), f"def {name}(p, u):\n" + w.text()


def changing_function(pick: Pick) -> str:
    """Changes what it is given, and what that leads to."""
    w = FlowWriter(pick, {"d['a']": SCALAR, "p.x": SCALAR, "d['v']": VECTOR}, budget=2, returns=False)
    w.emit(f"d['a'] += {w.squashed(1)}")
    w.emit(f"d['l'].append({w.scalar(1)})")
    w.emit(f"p.x = {w.squashed(1)}")
    value = w.choose(("d['v'] * 0.5", "p.v", "np.sin(p.v)"))
    w.emit(f"d['v'] = {value}")
    w.emit(f"d['v'][1] += {w.scalar(1)}")
    w.emit(f"return {w.squashed()}")
    return "def change(d, p):\n" + w.text()


__all__ = ["CLASSES", "FlowWriter", "changing_function", "throwing_helper"]
