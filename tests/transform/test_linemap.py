"""Lines of generated code and the user's lines that they come from."""

import inspect

import numpy as np
import pytest

import zygote_nb as zg
from tests.golden.functions import CASES


def f(x, v):
    y = x * x
    s = 0.0
    for t in v:
        s += t * t * y
    if s > 1.0:
        s = np.exp(s)
    return s


def pairs(f, *args):
    """Each generated line that has a source, with the user's line."""
    code = zg.code_adjoint(f, *args, value=True)
    lines, first = inspect.getsourcelines(f)
    generated = code.source.splitlines()
    return [(generated[a - 1].split("#")[0].strip(), lines[b - first].strip()) for a, b in code.linemap]


EXPECTED = [
    ("y = x * x", "y = x * x"),
    ("s = 0.0", "s = 0.0"),
    ("for t in v:", "for t in v:"),
    ("s += t * t * y", "s += t * t * y"),
    ("d_y += d_s * t * t", "s += t * t * y"),
    ("d_v[i1] = d_t", "for t in v:"),
    ("d_x = 2 * d_y * x", "y = x * x"),
]


@pytest.mark.parametrize(("generated", "user"), EXPECTED, ids=[g for g, _ in EXPECTED])
def test_a_line_and_its_source(generated, user) -> None:
    found = pairs(f, 0.3, np.array([0.3, 0.4]))
    assert user in [b for a, b in found if a == generated], found


@pytest.mark.parametrize("name", CASES)
def test_every_pair_is_a_line_of_each_text(name) -> None:
    """The user's line is one of the file of the function."""
    f, args, kwargs = CASES[name]
    code = zg.code_adjoint(f, *args, **kwargs)
    count = len(code.source.splitlines())
    total = len(inspect.getsource(inspect.getmodule(f)).splitlines())
    numbers = [a for a, _ in code.linemap]
    assert numbers == sorted(set(numbers))
    assert all(1 <= a <= count and 1 <= b <= total for a, b in code.linemap)


def test_most_lines_have_a_source() -> None:
    code = zg.code_adjoint(f, 0.3, np.array([0.3, 0.4]))
    assert len(code.linemap) > 0.7 * len(code.source.splitlines())


def returns_a_sum(x):
    y = x * x
    return np.sum(np.sqrt(y))


def test_what_a_return_computes_comes_from_the_line_of_the_return() -> None:
    found = pairs(returns_a_sum, np.array([0.3, 0.4]))
    assert {user for made, user in found if "sqrt" in made or "d_y =" in made} == {"return np.sum(np.sqrt(y))"}


def test_lines_of_the_ir_count_from_the_function_and_axes_are_letters() -> None:
    def f(A, x):
        y = A @ x
        z = y[1:]
        return np.sum(z * z)

    text = str(zg.code_ir(f, np.ones((3, 2)), np.ones(2)))
    assert text.splitlines() == [
        "f(A: float64[a,b], x: float64[b]):",
        "    y = A @ x  # 2",
        "    z = y[1:]  # 3",
        "    return np.sum(z * z)  # 4",
    ]
