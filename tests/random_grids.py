"""Random programs of grids: slices that overlap, rows and columns, stencils in loops, sums along axes, swaps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tests.random_expressions import Pick

Axis = tuple[str, int]
"""What an axis is long: a symbol, less a number."""
Shape = tuple[Axis, ...]

GRID: Shape = (("n", 0), ("m", 0))
ELEMENTWISE = (
    "({a} + {b})", "({a} - {b})", "{a} * {b}", "np.sin({a})", "{a} / (2.0 + {b} * {b})", "np.exp(-{a} * {a})",
    "np.where({a} > 0.1, {a}, {b})", "np.maximum({a}, {b})", "np.tanh({a})", "{a} ** 2", "-{a}", "np.abs({a})",
    "np.minimum({a}, 0.3)", "np.sqrt(1.5 + {a} * {a})", "(0.5 * {a} + {b})",
)  # fmt: skip


class Grids:
    """Writes the body of ``f(U, V, r, c, a, n, m)``: U and V are n by m, r has m entries, c has n, a is a number."""

    def __init__(self, pick: Pick) -> None:
        self.pick = pick
        self.grids = ["U", "V"]
        self.rows = ["r"]
        self.columns = ["c"]
        self.numbers = ["s", "a"]
        self.inside: dict[str, str] = {}
        self.budget = 4 + pick(7)

    def choose(self, of: Sequence[Any]) -> Any:
        return of[self.pick(len(of))]

    def text(self) -> str:
        opening = self.choose((["U = U.copy()"], ["U = U * 1.0", "V = V.copy()"], []))
        lines = [*opening, "s = 0.3", *self.block(2), self.statement(0)[0]]
        lines.append(
            f"return np.sum({self.grid_of(GRID, 1)} * U) + np.sum(V * V * 0.3) + s * s + np.sum(r) * np.sum(c)"
        )
        return "".join(f"    {line}\n" for line in lines)

    def block(self, depth: int) -> list[str]:
        lines = [line for _ in range(2 + self.pick(3)) for line in self.statement(depth)]
        while self.budget > 0 and depth == 2:
            lines += self.statement(depth)
        return lines

    def nested(self, head: str, depth: int) -> list[str]:
        known = list(self.grids), list(self.rows), list(self.numbers)
        lines = [head, *(f"    {line}" for line in self.block(depth - 1))]
        self.grids, self.rows, self.numbers = known
        return lines

    def statement(self, depth: int) -> list[str]:
        self.budget -= 1
        simple = (self.region, self.region, self.region, self.number, self.new, self.line, self.vector)
        compound = (self.steps, self.branch, self.stencil, self.along, self.swap) if depth > 0 else ()
        return self.choose((*simple, *compound))(depth)

    def region(self, depth: int) -> list[str]:
        """A part of a grid is stored to, or added to."""
        shape = tuple((symbol, self.choose((0, 0, 1, 2))) for symbol, _ in GRID)
        target = self.part(self.choose(self.grids), shape)
        sign = self.choose(("=", "=", "+=", "-=", "*="))
        return [f"{target} {sign} 0.5 * np.sin({self.grid_of(shape, 2)})"]

    def number(self, depth: int) -> list[str]:
        value = self.choose((f"np.sum({self.grid_of(GRID, 2)})", self.of_numbers(2), f"np.mean({self.row_of(2)})"))
        return [f"s {self.choose(('=', '+='))} np.tanh({value})"]

    def new(self, depth: int) -> list[str]:
        name = f"W{self.pick(3)}"
        like = self.choose(self.grids)
        made = self.choose((
            "np.zeros((n, m))", f"np.zeros_like({like})", f"{like}.copy()", f"np.ones({like}.shape)",
            f"0.7 * np.cos({self.grid_of(GRID, 2)})", f"np.full((n, m), {self.of_numbers(1)})", f"{like}[::-1] * 1.0",
        ))  # fmt: skip
        self.grids.append(name)
        return [f"{name} = {made}"]

    def line(self, depth: int) -> list[str]:
        """A row or a column is stored to."""
        grid, sign = self.choose(self.grids), self.choose(("=", "+=", "*="))
        if self.pick(2):
            return [f"{grid}[{self.at('n')}] {sign} 0.5 * np.sin({self.row_of(2)})"]
        return [f"{grid}[:, {self.at('m')}] {sign} 0.5 * np.sin({self.column_of(2)})"]

    def vector(self, depth: int) -> list[str]:
        """The row or the column, whole or in part."""
        if self.pick(2):
            return [f"{self.choose(('r[:] =', 'r = r *', 'r *='))} np.tanh({self.row_of(2)})"]
        by = self.choose((0, 1, 2))
        sign = self.choose(("=", "+="))
        return [
            f"c{self.cut(by)} {sign} np.cos({self.column_of(1, by)})" if by else f"c = np.tanh({self.column_of(2)})"
        ]

    def swap(self, depth: int) -> list[str]:
        a, b = self.choose(self.grids), self.choose(self.grids)
        return [f"{a}, {b} = {b}, {a}"] if a != b else [f"{a} = {a} * 0.9"]

    def steps(self, depth: int) -> list[str]:
        lines = self.nested(f"for t{depth} in range({self.choose(('3', '2', 'n - 1'))}):", depth)
        return lines if self.pick(3) else self.remembered(lines, f"t{depth}", f"before{depth}")

    def remembered(self, lines: list[str], step: str, name: str) -> list[str]:
        """The loop with a variable that one iteration binds for the next."""
        grid = self.choose(self.grids)
        value, use = self.choose((
            (self.grid_of(GRID, 1), f"s += 0.1 * np.sum({name} * {grid})"),
            (grid, f"{grid}[:, :] = 0.5 * np.sin({name} * {self.choose(self.grids)})"),
            (self.of_numbers(1), f"s += np.tanh({name} * {self.of_numbers(0)})"),
            (f"{grid}[{self.at('n')}]", f"r = r * np.cos({name} * {self.of_numbers(0)})"),
            (f"({self.of_numbers(0)}, np.tanh({self.row_of(1)}))", f"s += {name}[0] * np.sum({name}[1] * r)"),
        ))  # fmt: skip
        return [lines[0], f"    if {step} > 0:", f"        {use}", *lines[1:], f"    {name} = {value}"]

    def branch(self, depth: int) -> list[str]:
        lines = self.nested(f"if {self.of_numbers(1)} > 0.15:", depth)
        return [*lines, *self.nested("else:", depth)] if self.pick(2) else lines

    def along(self, depth: int) -> list[str]:
        """Row by row, or column by column, in either direction."""
        free = [(symbol, name) for symbol, name in (("n", "i"), ("m", "j")) if symbol not in self.inside]
        if not free:
            return self.number(depth)
        symbol, name = self.choose(free)
        first, last = self.choose((("1", f"{symbol} - 1"), ("1", symbol), ("0", symbol)))
        steps = f"range({first}, {last})" if self.pick(2) else f"range({last} - 1, {first} - 1, -1)"
        self.inside[symbol] = name
        lines = self.nested(f"for {name} in {steps}:", depth)
        del self.inside[symbol]
        return lines

    def stencil(self, depth: int) -> list[str]:
        """Entry by entry, from neighbours that may have been written to."""
        grid, other = self.choose(self.grids), self.choose(self.grids)
        near = ["[i, j]", "[i - 1, j]", "[i, j - 1]", "[i + 1, j]", "[i, j + 1]", "[i - 1, j - 1]", "[j % n, i % m]"]
        terms = [f"{self.choose((grid, grid, other))}{self.choose(near)}" for _ in range(1 + self.pick(4))]
        value = f"{' + '.join(terms)} * {self.choose(('a', 's', 'r[j]', 'c[i - 1]', '0.25', terms[0]))}"
        body = self.choose((
            [f"{grid}[i, j] = 0.3 * np.sin({value})"],
            [f"{grid}[i, j] += 0.2 * ({value}) / (2.0 + {grid}[i, j] ** 2)"],
            [f"q = np.tanh({value})", f"{grid}[i, j] = q * {other}[i, j]", f"{other}[i - 1, j] -= 0.3 * q"],
            [f"s += 0.1 * np.sin({value})", f"{grid}[i, j] = {grid}[i, j] * 0.5 + 0.1 * s"],
            [f"if {terms[0]} > 0.1:", f"    {grid}[i, j] -= 0.4 * {terms[-1]}", "    r[j] += 0.1 * s"],
        ))  # fmt: skip
        across = self.choose(("range(1, m - 1)", "range(m - 2, 0, -1)", "range(1, min(i + 1, m - 1))"))
        down = self.choose(("range(1, n - 1)", "range(n - 2, 0, -1)"))
        return [f"for i in {down}:", f"    for j in {across}:", *(f"        {line}" for line in body)]

    # ---- expressions

    def cut(self, by: int) -> str:
        start = self.pick(by + 1)
        return f"[{start or ''}:{start - by or ''}]"

    def part(self, grid: str, shape: Shape) -> str:
        cuts = [self.cut(by)[1:-1] for _, by in shape]
        return grid if cuts == [":", ":"] and self.pick(2) else f"{grid}[{', '.join(cuts)}]"

    def at(self, symbol: str) -> str:
        around = self.inside.get(symbol)
        near = (around, f"{around} - 1", around) if around else ("0", "1", "-1")
        return self.choose(near)

    def grid_of(self, shape: Shape, depth: int) -> str:
        """An expression of this shape."""
        if depth <= 0 or self.pick(5) == 0:
            (_, n), (_, m) = shape
            grid = self.part(self.choose(self.grids), shape)
            if self.pick(2):
                return grid
            return f"({grid} * {self.choose((f'r{self.cut(m)}', f'c{self.cut(n)}[:, None]', self.of_numbers(0)))})"
        if shape == GRID and self.pick(5) == 0:
            one, other = self.grid_of(GRID, depth - 1), self.grid_of(GRID, 0)
            return self.choose((
                f"np.roll({one}, 1, axis={self.pick(2)})", f"({one})[::-1]", f"({one})[:, ::-1]",
                f"({one} - np.max({other}, axis=1, keepdims=True))", f"({one} + np.sum({other}, axis=0))",
                f"np.cumsum({one}, axis={self.pick(2)})", f"(np.outer(c, r) * {one})",
            ))  # fmt: skip
        return self.elementwise(lambda: self.grid_of(shape, depth - 1))

    def elementwise(self, operand: Callable[[], str]) -> str:
        return self.choose(ELEMENTWISE).format(a=operand(), b=operand())

    def row_of(self, depth: int) -> str:
        if depth <= 0 or self.pick(5) == 0:
            return self.choose(("r", f"{self.choose(self.grids)}[{self.at('n')}]", self.of_numbers(0)))
        if self.pick(3) == 0:
            inner = self.grid_of(GRID, depth - 1)
            return self.choose((f"np.sum({inner}, axis=0)", f"c @ ({inner})", f"np.max({inner}, axis=0)", "r[::-1]"))
        return self.elementwise(lambda: self.row_of(depth - 1))

    def column_of(self, depth: int, cut: int = 0) -> str:
        if depth <= 0 or self.pick(5) == 0:
            column = f"{self.choose(self.grids)}[:, {self.at('m')}]"
            return f"{self.choose(('c', column))}{self.cut(cut) if cut else ''}"
        if self.pick(3) == 0 and not cut:
            inner = self.grid_of(GRID, depth - 1)
            return self.choose((f"np.mean({inner}, axis=1)", f"({inner}) @ r", f"np.sum({inner}, axis=-1)"))
        return self.elementwise(lambda: self.column_of(depth - 1, cut))

    def of_numbers(self, depth: int) -> str:
        if depth <= 0 or self.pick(5) == 0:
            grid = self.choose(self.grids)
            entry = f"{grid}[{self.at('n')}, {self.at('m')}]"
            return self.choose((*self.numbers, "0.4", entry, f"r[{self.at('m')}]", f"c[{self.at('n')}]"))
        return self.elementwise(lambda: self.of_numbers(depth - 1))
