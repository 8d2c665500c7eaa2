"""Random programs with complex numbers: from real and complex arguments to a real result."""

from __future__ import annotations

from dataclasses import dataclass

from tests.random_expressions import SCALAR, Helper, Kind, Pick
from tests.random_statements import COMPOUND, Writer

COMPLEX = Kind("complex")
VECTOR = Kind("complex array", (4,))
ROW = Kind("complex list")
REAL = (
    "bind_scalar", "update_scalar", "bind_array", "store", "store_slice", "bind_view", "swap", "use_list",
)  # fmt: skip


@dataclass
class ComplexWriter(Writer):
    """Two of three statements have to do with complex numbers."""

    simple = (
        *REAL,
        *("bind_complex", "bind_complex", "update_complex", "bind_vector", "store_number", "store_number"),
        *("update_vector", "become_complex", "use_row", "swap_complex", "real_from_complex"),
        "call_on_vector",
    )
    compound = (*COMPOUND, "sum_over")

    # ---- expressions

    def scalar(self, depth: int = 2) -> str:
        return self.part(depth - 1) if depth and self.pick(5) == 4 else super().scalar(depth)

    def part(self, depth: int) -> str:
        """A real number made of complex ones."""
        e = lambda: self.number(depth)
        v = lambda: self.numbers(depth)
        options = (
            lambda: f"({e()}).real",
            lambda: f"({e()}).imag",
            lambda: f"abs({e()} + 0.371)",
            lambda: f"np.real({e()})",
            lambda: f"np.imag({e()} * {e()})",
            lambda: f"({e()} * np.conjugate({e()})).real",
            lambda: f"np.angle(3.1 + {self.bounded(depth)})",
            lambda: f"np.abs({v()} + 0.613).sum()",
            lambda: f"np.sum(np.real(np.copy({v()})) * np.copy({v()}).imag)",
            lambda: f"(np.conj({v()}) @ {v()}).real",
            lambda: f"np.sqrt(0.3 + np.sum(np.abs({v()}) ** 2))",
        )
        return self.choose(options)()

    def bounded(self, depth: int = 2) -> str:
        """A complex expression below one in absolute value."""
        return f"np.sin({self.part(depth - 1)}) * np.exp(1j * {self.scalar(1)})" if depth else "(0.3 - 0.4j)"

    def number(self, depth: int = 2) -> str:
        """A complex expression."""
        if depth <= 0 or self.pick(5) == 0:
            return self.number_leaf()
        e = lambda: self.number(depth - 1)
        v = lambda: self.numbers(depth - 1)
        options = (
            lambda: f"({e()} + {e()})",
            lambda: f"{e()} * {e()}",
            lambda: f"({e()} - {self.scalar(1)})",
            lambda: f"{e()} / (1.5 + abs({e()}) ** 2)",
            lambda: f"{e()} / (3.0 + {self.bounded(depth - 1)})",
            lambda: f"{self.choose(('np.sin', 'np.cos', 'np.exp', 'np.tanh'))}(0.3 * {e()})",
            lambda: f"np.sqrt(3.2 + {self.bounded(depth - 1)})",
            lambda: f"np.log(2.7 + {self.bounded(depth - 1)})",
            lambda: f"({e()}) ** {self.choose(('2', '3'))}",
            lambda: f"({self.number_leaf()} * {self.scalar_leaf()}).conjugate()",
            lambda: f"np.conj({e()})",
            lambda: f"(-{e()})",
            lambda: f"({e()} if {self.condition()} else {e()})",
            lambda: f"complex({self.scalar(1)}, {self.scalar(1)})",
            lambda: f"abs({e()} + 0.41) * {e()}",
            lambda: f"np.sum({v()})",
            lambda: f"{v()}.mean()",
            lambda: f"({v()} @ {v()})",
            lambda: self.call_number() or e(),
        )
        return self.choose(options)()

    def number_leaf(self) -> str:
        options = [
            "(0.3 - 0.4j)", "0.7j", *self.having("complex"), *self.having("complex"),
            *(f"{n}[{self.index(4)}]" for n in self.having("complex array")),
            *(f"{n}[-1]" for n in self.having("complex list")),
        ]  # fmt: skip
        return self.choose(options)

    def call_number(self) -> str | None:
        fitting = [h for h in self.helpers if h.gives == COMPLEX]
        return f"{self.choose(fitting).name}({self.number(1)}, {self.scalar(1)})" if fitting else None

    def numbers(self, depth: int = 2) -> str:
        """A complex vector of four."""
        names = self.having("complex array")
        if depth <= 0 or self.pick(4) == 0:
            return self.choose([*names, *(f"{n}[::-1]" for n in names), "(1j * W)"])
        v = lambda: self.numbers(depth - 1)
        options = (
            lambda: f"({v()} + {v()})",
            lambda: f"{v()} * {v()}",
            lambda: f"{self.number(1)} * {v()}",
            lambda: f"({self.vector((4,), 1)} + 1j * {self.vector((4,), 1)})",
            lambda: f"np.exp(1j * {self.vector((4,), 1)})",
            lambda: f"{self.choose(('np.sin', 'np.cos', 'np.exp'))}(0.3 * {v()})",
            lambda: f"np.conj({v()})",
            lambda: f"{v()}.conj()",
            lambda: f"np.where({self.vector((4,), 0)} > 0.137, {v()}, {v()})",
            lambda: f"{v()} / (1.5 + np.abs({v()}) ** 2)",
            lambda: f"{v()}[[2, 0, 0, 3]]",
            lambda: f"(0.5 * np.fft.fft({v()}))",
            lambda: f"np.fft.ifft({v()})",
            lambda: f"np.cumsum({v()})",
            lambda: f"np.array([{', '.join(self.number(0) for _ in range(4))}])",
        )
        return self.choose(options)()

    # ---- statements

    def bind_complex(self) -> None:
        """A new name, or an old one bound again."""
        old = self.having("complex")
        name = self.choose(old) if old and self.pick(2) else self.fresh("z")
        self.emit(f"{name} = {self.bounded() if self.loops else self.number()}")
        self.names[name] = COMPLEX

    def update_complex(self) -> None:
        name = self.choose(self.having("complex") or self.bound_number())
        self.emit(f"{name} {self.choose(('+=', '-=', '*='))} {self.bounded()}")

    def bound_number(self) -> list[str]:
        self.bind_complex()
        return self.having("complex")

    def bind_vector(self) -> None:
        """Memory of its own, another name, or a view."""
        name, old = self.fresh("c"), self.having("complex array")
        same = self.choose(("", ".copy()", "[::-1]", ".conj()"))
        self.emit(f"{name} = {self.choose(old) + same if old and self.pick(3) == 0 else self.numbers() + ' * 1.0'}")
        self.names[name] = VECTOR

    def a_vector(self) -> str:
        if not self.having("complex array"):
            self.emit("c0 = W * (0.6 + 0.3j)")
            self.names["c0"] = VECTOR
        return self.choose(self.having("complex array"))

    def store_number(self) -> None:
        name = self.a_vector()
        target = f"{name}[{self.index(4)}]"
        right = self.choose((self.bounded(), self.squashed(1), f"np.sin(0.5 * {target})"))
        self.emit(f"{target} {self.choose(('=', '=', '+=', '*=', '-='))} {right}")

    def update_vector(self) -> None:
        name = self.a_vector()
        options = (
            f"{name} *= np.exp(1j * {self.scalar(1)})",
            f"{name}[1:] = {name}[:-1] * {self.bounded(1)}",
            f"{name}[::2] += {self.bounded(1)}",
            f"{name}[:] = np.sin(0.4 * {self.numbers(1)})",
            f"{name} = {name} * {self.bounded(1)}",
            f"{name}[[0, 0, 1]] = {self.bounded(1)}",
        )
        self.emit(self.choose(options))

    def become_complex(self) -> None:
        """A sum that begins with a real number."""
        name = self.fresh("z")
        self.emit(f"{name} = {self.choose(('0', '0.0', '0.5'))}")
        self.emit(f"for k in range({self.choose(('2', 'n' if 'n' in self.names else '3'))}):")
        self.emit(f"    {name} {self.choose(('+=', '-='))} {self.bounded(1)} * {self.a_name()}[k]")
        self.names[name] = COMPLEX

    def a_name(self) -> str:
        return self.choose(self.having("complex array") or ["(W * 1j)"])

    def use_row(self) -> None:
        """A list of complex numbers that grows."""
        name = self.fresh("row")
        self.emit(f"{name} = [{self.number(1)}, {self.number(1)}]")
        self.emit(f"for k in range({self.choose(('2', 'n' if 'n' in self.names else '3'))}):")
        self.emit(f"    {name}.append({name}[k] * {self.bounded(1)})")
        self.names[name] = ROW

    def swap_complex(self) -> None:
        a, b = self.choose(self.bound_number()), self.choose(self.having("complex"))
        self.emit(f"{a}, {b} = {b}, {a} * {self.bounded(1)}")

    def real_from_complex(self) -> None:
        name = self.fresh("s")
        self.emit(f"{name} = np.tanh({self.part(2)})")
        self.names[name] = SCALAR

    def call_on_vector(self) -> None:
        """A function of the program that writes to its argument."""
        writing = [h for h in self.helpers if h.takes[0] == VECTOR]
        name = self.a_vector()
        self.emit(f"{self.choose(writing).name}({name}, {self.squashed(1)})" if writing else f"{name}[0] = 0.5j")

    def sum_over(self) -> None:
        """A loop over the entries of a vector."""
        vector, item = self.a_vector(), self.fresh("e")
        total = self.choose(self.bound_number())
        self.emit(f"for {item} in {vector}:")
        self.loops += 1
        with self.indented():
            self.names[item] = COMPLEX
            self.emit(f"{total} = {total} * 0.5 + {item} * {self.bounded(1)}")
            self.statement()
        self.loops -= 1

    def finish_data(self, name: str, kind: Kind, weight: str) -> None:
        match kind.name:
            case "complex":
                self.emit(f"total += np.tanh({weight} * {name}.real - 0.2 * abs({name} + 0.17))")
            case "complex array":
                self.emit(f"total += np.tanh({weight} * np.sum(np.abs({name} + 0.29) ** 2 + np.copy({name}).imag))")
            case "complex list":
                self.emit(f"total += np.tanh({weight} * sum({name}).real)")


def number_helper(pick: Pick, name: str) -> tuple[Helper, str]:
    """A complex number and a real one in, a complex one out."""
    w = ComplexWriter(pick, {"z": COMPLEX, "p": SCALAR, "u": Kind("array", (4,))}, budget=3, returns=False)
    w.block()
    w.names = {k: v for k, v in w.names.items() if v in (COMPLEX, SCALAR)}
    w.emit(f"return {w.number()}")
    return Helper(name, (COMPLEX, SCALAR), COMPLEX), f"def {name}(z, p):\n    u = W * p\n" + w.text()


def vector_helper(pick: Pick, name: str) -> tuple[Helper, str]:
    """Writes to a complex array and returns nothing."""
    w = ComplexWriter(pick, {"c": VECTOR, "p": SCALAR, "u": Kind("array", (4,))}, budget=2, returns=False)
    w.store_number()
    w.block()
    w.update_vector()
    return Helper(name, (VECTOR, SCALAR), None), f"def {name}(c, p):\n    u = W + p\n" + w.text()
