"""Random programs that use more of Python and NumPy in their expressions: what people write in one line."""

from __future__ import annotations

from dataclasses import dataclass

from tests.random_expressions import SCALAR
from tests.random_statements import Writer

ONE_ARGUMENTS = ("v * v", "np.sin(v)", "v + 0.3", "abs(v) * v")
TWO_ARGUMENTS = ("p * 0.5 + q", "p * np.tanh(q)", "p - q * 0.25")


@dataclass
class WideWriter(Writer):
    """Every fourth expression is one of these."""

    def scalar(self, depth: int = 2) -> str:
        return self.wide_scalar(depth - 1) if depth and self.pick(4) == 3 else super().scalar(depth)

    def vector(self, shape: tuple[int, ...], depth: int = 2) -> str:
        if depth and shape in ((4,), (3,)) and self.pick(4) == 3:
            return self.wide_vector(shape[0], depth - 1)
        return super().vector(shape, depth)

    def four(self, depth: int) -> str:
        return self.vector((4,), min(depth, 1))

    def wide_scalar(self, depth: int) -> str:
        e = lambda: self.scalar(depth)
        v = lambda: self.four(depth)
        i = self.choose(self.having("int") or ["1"])
        one, two = self.choose(ONE_ARGUMENTS), self.choose(TWO_ARGUMENTS)
        options = (
            lambda: f"(({self.condition()} {self.choose(('and', 'or'))} {e()}) * 1.0)",
            lambda: f"(({e()} {self.choose(('and', 'or'))} {e()}) * 0.5)",
            lambda: f"({e()}, {e()})[{i} % 2]",
            lambda: f"[{e()}, {e()}, {e()}][-1]",
            lambda: f"{{'k': {e()}, 'm': {e()}}}['{self.choose('km')}']",
            lambda: f"(lambda p, q=({e()}): {two})({e()})",
            lambda: f"partial(lambda p, q: {two}, {e()})({e()})",
            lambda: f"partial(partial(lambda p, q, r: ({two}) * r, {e()}), {e()})({e()})",
            lambda: f"reduce(lambda p, q: {two}, {v()})",
            lambda: f"sum({one} for v in {v()}{self.choose((' if v > -0.217', ''))})",
            lambda: f"sum(p * q for p, q in zip({v()}, {v()}))",
            lambda: f"sum([{one} for v in {v()}][{self.choose(('1:', '::2', ':-1'))}])",
            lambda: f"{self.choose(('max', 'min'))}({v()}, key=lambda v: np.sin(3.0 * v))",
            lambda: f"sorted({v()})[{self.choose(('0', '-1', '2'))}]",
            lambda: f"list(itertools.accumulate({v()}, lambda p, q: {two}))[-1]",
            lambda: f"math.hypot({e()}, 1.3 + {i})",
            lambda: f"np.linalg.norm({v()} + 2.0)",
            lambda: f"np.cumsum({v()})[{self.index(4)}]",
            lambda: f"np.interp({e()}, [-2, -0.613, 0.519, 2], {v()})",
            lambda: f"np.polyval([0.3, {e()}, 0.1], {e()})",
            lambda: f"{v()}[[0, 2, 2]].sum()",
            lambda: f"np.choose([0, 1, 1, 0], [{v()}, {v()}]).sum()",
            lambda: f"np.take({v()}, [1, 1, 3]).prod()",
            lambda: f"np.var({v()})",
            lambda: f"(complex({e()}, {e()}) * complex(0.3, {e()})).real",
            lambda: f"np.einsum('i,i', {v()}, {v()})",
            lambda: f"np.outer({v()}, {v()})[{self.index(4)}, {self.index(4)}]",
            lambda: f"next(v for v in {v()} if v > -50.0)",
            lambda: f"({i} // 2) * {e()}",
            lambda: f"float({e()})",
            lambda: f"({e()} if {self.condition()} else {e()} if {self.condition()} else {e()})",
        )
        return self.choose(options)()

    def wide_vector(self, n: int, depth: int) -> str:
        e = lambda: self.scalar(min(depth, 1))
        v = lambda: self.vector((n,), min(depth, 1))
        one = self.choose(ONE_ARGUMENTS)
        reordered = self.choose(([n - 1, 0, 0, 1], [1, 2, 0, 1]))[:n]
        options = (
            lambda: f"np.array([{', '.join(e() for _ in range(n))}])",
            lambda: f"np.array([{one} for v in {v()}])",
            lambda: f"np.array(list(map(lambda v: {one}, {v()})))",
            lambda: f"{v()}[{reordered}]",
            lambda: f"{v()}[::-1]",
            lambda: f"np.roll({v()}, {self.choose((1, -1))})",
            lambda: f"np.cumsum({v()})",
            lambda: f"np.diff(np.append({v()}, {e()}))",
            lambda: f"np.clip({v()}, -0.613, 0.519)",
            lambda: f"np.full({n}, {e()})",
            lambda: f"np.linspace({e()}, {e()}, {n})",
            lambda: f"np.repeat({v()}, 2)[{self.choose(('::2', '1::2'))}]",
            lambda: f"np.outer({v()}, {v()})[{self.index(n)}]",
            lambda: f"np.stack([{v()}, {v()}]).{self.choose(('sum(axis=0)', 'mean(axis=0)', 'max(axis=0)'))}",
            lambda: f"np.where(np.array([True, False, True, False])[:{n}], {v()}, {e()})",
            lambda: f"np.hstack([{v()}[:1], {v()}[1:]])",
            lambda: f"np.concatenate([[{e()}], {v()}])[:{n}]",
            lambda: f"np.gradient({v()}, 0.5)",
            lambda: f"({v()} @ np.eye({n}, k=1))",
            lambda: f"np.convolve({v()}, [0.5, {e()}], 'same')",
        )
        return self.choose(options)()

    def finish(self) -> None:
        """What a wide program returns has a wide expression in it."""
        self.emit(f"wide = np.tanh({self.wide_scalar(1)})")
        self.names["wide"] = SCALAR
        super().finish()
