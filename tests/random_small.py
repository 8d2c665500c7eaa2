"""Random programs of few statements in a loop, thousands of which run in minutes.

Where few statements stand together, more of what an analysis asks for holds: each shortcut on the way back is taken
oftener than in long programs.
"""

from __future__ import annotations

from collections.abc import Sequence

from tests.random_expressions import Pick

SIGNATURE = "def f(x, n):\n"
HELPERS = """
def both(a, b):
    if a > b:
        return a * b, b
    return a + b, a * 0.5


def write(v, j, w):
    v[j] = v[j] * w if w > 0.5 else v[j] + w
    w *= v[j - 1]
    return w


"""
OPENING = (
    "s = x[0] * 0.7", "t = x[1] + 0.2", "out = 0.0", "k = 0", "y = x * 1.5", "M = np.outer(x, x)", "values = []",
    'named = {"a": x[2] * 0.9}',
)  # fmt: skip
ANYWHERE = (
    "s = 0.0", "s += t", "s *= 0.5", "t = s", "t = s * t", "t = np.sin(s)", "out += s", "out += s * t", "out *= t",
    "z = y; z[k] += t", "y = y * s", "y = y + x", "y = x.copy()", "s, t = t, s", "s = max(s, t)", "t = abs(s)",
    "out += y.sum()", "y = np.where(x > 0.5, y, s)", "values.append(s)", "s = values.pop() if values else s",
    'named["a"] = named["a"] * s', 't += named["a"]', 'named["a"] = t', "k = (k + 1) % n", "y[k] += s", "y[k] = t",
    "s = y[k]", "t = x[k] * s", "y[k] *= 0.5", "u = (s, t); s = u[1] * u[0]", "s, t = both(s, t)", "write(y, k, s)",
    "s = write(y, 0, t)", "M[:, 1] = y * t", "s = s / (1.0 + t * t)", "y = M[k]; y[0] += s", "out += M[k].sum()",
    "r = y.reshape(2, 2); r[0, 1] *= s", "y = y[::-1]", "y[[0, 0, 1]] += s", "np.add.at(y, [k, k], s)",
    "q = M.ravel(); q[k] = s", "q = M.T; q[k] += y", "M = M @ M * 0.1", "M[k:] = M[k:][::-1] * t",
    "y[1:] += y[:-1] * s", "y, w = np.tanh(y), y; t += w[k]",
    "inner = lambda v: v * s; t = inner(t)", 'named["b"] = y; named["b"][k] = t',
    "pairs = [(s, y)]; t = pairs[0][0] * pairs[0][1][k]", "y = np.concatenate((y[1:], y[:1]))", "y = np.sort(y)",
    "t = y.max() * 0.3", "np.multiply(y, s, out=y)", "y.fill(t)", "y[y > 0.8] = s", "M[[0, 1]] = M[[1, 0]]",
    "y += M[k]", "M[k] += y * s", "t = np.dot(M[0], y)", "x = x * 1.0; x[k] = s", "x = x * t", "y = x", "x[k] *= 0.5",
)  # fmt: skip
IN_LOOP = (
    "s = x[i]", "s = s * x[i]", "s += x[i]", "t += x[i] * s", "y[i] = s", "y[i] += t", "y[i] *= s", "s = y[i]",
    "s = y[i - 1]", "t += y[i] * x[i]", "y[i] = 0.0", "y[i - 1] += s", "y[i], y[i - 1] = y[i - 1], y[i]",
    "y[i:] *= t", "y[:i] += s", "z = y[i:]; z *= s", "t = x[i] if i % 2 else s", "out += y[i] ** 2", "k = i",
    "y[k] *= x[i]", "t = both(s, x[i])[0]", "write(y, i, s)", "write(y, k, x[i])", "M[i] = M[i - 1] * s", "M[i] += x",
    "y = M[i] * 1.0", "t = values[-1] * t if values else x[i]",
    "x[i] = s", "x[i] *= t", "y[i], s = s, y[i]", "z = M[i]; z[i] = t; out += z.sum()", "M[i, :i] = y[:i]",
    "y[: i + 1] = y[: i + 1][::-1]", "values[:] = [s, *values]",
)  # fmt: skip
TESTS = (
    "i % 2", "i == 1", "x[i] > 0.6", "s > t", "i % 2 == 0", "t < 0.8", "i > 1 and s < 1.0", "y[i] > s", "k == 2",
    "x[k] > 0.5 or t > 1.0",
)  # fmt: skip
RESULTS = (
    "out + s + 2.0 * t + (y * y).sum()", "out", "s", "t + out", "y.sum()", "(y * np.arange(1.0, 5.0)).sum() + s * 0.3",
    'named["a"] + out', "M[1] @ y", "M.sum() + y[k]",
    "(x * y).sum()",
)  # fmt: skip


class Small:
    """Writes the body of ``f(x, n)``, where x has as many entries as n says."""

    def __init__(self, pick: Pick) -> None:
        self.pick = pick

    def choose(self, of: Sequence[str]) -> str:
        return of[self.pick(len(of))]

    def text(self) -> str:
        loops = (
            ["for i in range(n):"],
            ["for i in range(n - 1, -1, -1):"],
            ["i = -1", "while i < n - 1:", "    i += 1"],
        )
        loop = loops[max(0, self.pick(5) - 2)]
        after = self.choose(ANYWHERE).split("; ") if self.pick(3) == 0 else []
        lines = [*OPENING, *loop, *indented(self.block(0)), *after, f"return {self.choose(RESULTS)}"]
        return "".join(f"    {line}\n" for line in lines)

    def block(self, depth: int) -> list[str]:
        lines: list[str] = []
        for _ in range((1, 2, 2, 3)[self.pick(4)]):
            what = self.pick(20)
            if what < 5 and depth < 2:
                lines += self.branch(depth + 1)
            elif what == 5 and depth:
                return [*lines, self.choose(("continue", "break"))]
            elif what == 6 and depth == 0:
                lines += self.loop()
            else:
                lines += self.choose((*ANYWHERE, *IN_LOOP)).split("; ")
        return lines

    def branch(self, depth: int) -> list[str]:
        lines = [f"if {self.choose(TESTS)}:", *indented(self.block(depth))]
        return lines if self.pick(3) else [*lines, "else:", *indented(self.block(depth))]

    def loop(self) -> list[str]:
        inner = [line.replace("[i]", "[j]") if self.pick(2) else line for line in self.block(2)]
        if self.pick(3):
            return [f"for j in range({self.choose(('2', 'i', 'i + 1'))}):", *indented(inner)]
        inner = [line.replace("[j]", "[k]") for line in inner]
        return ["while s < 0.9 and k < 3:", "    k += 1", "    s += 0.2 * x[k]", *indented(inner)]


def indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]
