"""To be recorded: what the backward sweep reads and the forward sweep overwrites, and nothing else."""

import numpy as np

from tests.lowered import stages

V = np.array([0.3, -0.5, 1.2, 0.1])


def kept(f, *args):
    return stages(f, *args).kept


def test_a_linear_stencil_keeps_nothing() -> None:
    def f(u, n):
        for t in range(n):
            for i in range(1, len(u) - 1):
                u[i] = 0.5 * u[i] + 0.25 * (u[i - 1] + u[i + 1])
        return u[1]

    made = stages(f, V, 3)
    assert made.kept == []
    assert "tape" not in made.text
    assert "old_" not in made.text


def test_a_sum_keeps_nothing() -> None:
    def f(v):
        s = 0.0
        for t in v:
            s += t * t * t
        return s

    assert kept(f, V) == []


def test_a_square_keeps_its_argument() -> None:
    def f(x, n):
        for t in range(n):
            x = x * x
        return x

    made = stages(f, 0.9, 3)
    assert made.kept == ["old_x"]


def test_an_exponential_keeps_its_result_only() -> None:
    def f(x, n):
        for t in range(n):
            x = np.exp(x)
        return x

    made = stages(f, 0.1, 3)
    assert len(made.kept) == 1
    assert "np.exp" not in "\n".join(line for line in made.text.split("# backward")[1].splitlines())
    assert "old_x" not in made.text


def test_a_sine_keeps_its_argument_only() -> None:
    def f(x, n):
        for t in range(n):
            x = np.sin(x)
        return x

    assert kept(f, 0.1, 3) == ["old_x"]


def test_what_does_not_lead_to_the_result_is_not_kept() -> None:
    def f(x, n):
        y = 1.0
        for t in range(n):
            y = y * y + x
        return x * x

    assert kept(f, 0.1, 3) == []


def test_a_loop_of_known_length_keeps_in_arrays_and_another_in_a_list() -> None:
    def known(x):
        for t in range(5):
            x = np.sin(x)
        return x

    def unknown(x):
        while x > 0.1:
            x = 0.5 * np.sin(x)
        return x

    assert "np.empty(5)" in stages(known, 0.9).text
    text = stages(unknown, 0.9).text
    assert ".append(x)" in text
    assert ".pop()" in text


def test_nested_loops_of_known_length_share_one_array() -> None:
    def f(x, n):
        s = x
        for i in range(n):
            for j in range(4):
                s = np.sin(s)
        return s

    made = stages(f, 0.9, 3)
    assert made.kept == ["old_s"]
    assert "old_s[i, j] = s" in made.text


def test_there_is_no_tape_outside_of_loops() -> None:
    def f(x, v):
        x = x * v[0]
        if x > 0.0:
            x = np.sin(x) * x
        else:
            v = v * x
        x = np.exp(x) * x
        return x * np.sum(v * v)

    made = stages(f, 0.9, V)
    assert made.kept == []
    assert ".append" not in made.text
    assert "tape" not in made.text


def test_an_element_that_is_overwritten_and_read_backward_is_put_back() -> None:
    def f(u):
        y = u[0] * u[1]
        u[0] = 3.0
        return y * u[1]

    text = stages(f, V).text
    forward, backward = text.split("# backward")
    assert "old_u0 = u[0]" in forward
    assert "u[0] = old_u0" in backward


def test_an_element_that_is_only_overwritten_is_not() -> None:
    def f(u):
        y = 2.0 * u[0]
        u[0] = 3.0
        return y + u[0] + u[1]

    assert "old_u" not in stages(f, V).text
