"""What `explain` says is kept, in bytes, is what the backward sweep needs."""

import time

import numpy as np
import pytest

import zygote_nb as zg


def bytes_kept(f, *args) -> dict[str, str]:
    return {row.name: row.value for row in zg.explain(f, *args).kept}


def seidel(u, sweeps):
    for _ in range(sweeps):
        for i in range(1, len(u) - 1):
            u[i] = 0.25 * (u[i - 1] + 2.0 * u[i] + u[i + 1])
    return u[3] * u[4]


def reaction(u, k, steps):
    for _ in range(steps):
        for i in range(1, len(u) - 1):
            u[i] += 0.1 * (u[i - 1] - 2.0 * u[i] + u[i + 1]) - k * u[i] ** 3
    return np.sum(u)


def rows(u, steps):
    for _ in range(steps):
        u[1:-1] = u[1:-1] * (u[:-2] + u[2:])
    return np.sum(u)


def power(x, n):
    y = x
    while n > 0:
        y = y * x
        n -= 1
    return y


def test_a_linear_stencil_in_place_keeps_nothing_but_its_array() -> None:
    """Its result reads two entries of the array; no step is recorded."""
    assert bytes_kept(seidel, np.linspace(0.0, 1.0, 20), 50) == {"u": "160 bytes"}


@pytest.mark.parametrize(("n", "steps"), [(10, 3), (40, 7)])
def test_a_stencil_in_place_keeps_the_overwritten_numbers(n: int, steps: int) -> None:
    """One number for each store, and the array itself."""
    found = bytes_kept(reaction, np.linspace(0.0, 1.0, n), 0.1, steps)
    assert found["u"] == f"{8 * n} bytes"
    assert found["old_u"] == f"{8 * steps * (n - 1):,} bytes"  # indexed by i, which begins at 1


def test_a_stencil_of_slices_keeps_the_overwritten_slice() -> None:
    """Half of what keeping both factors would take."""
    found = bytes_kept(rows, np.linspace(0.0, 1.0, 20), 7)
    assert found["tape"] == f"{7 * 8 * 18:,} bytes in 7 entries"


def test_a_while_loop_keeps_a_number_for_each_iteration() -> None:
    assert bytes_kept(power, 1.1, 30)["tape"] == "240 bytes in 30 entries"


def test_an_exponential_keeps_its_result_and_a_sum_nothing() -> None:
    found = bytes_kept(lambda x: np.sum(np.exp(x)) ** 2, np.ones(10))
    assert sorted(found.values()) == ["8 bytes", "80 bytes", "88 bytes"]


def test_what_is_done_outside_is_not_done_again(capsys: pytest.CaptureFixture[str]) -> None:
    def f(x):
        print("once")
        y = np.sin(x)
        return y * y

    found = bytes_kept(f, 0.5)
    assert capsys.readouterr().out == ""
    assert all(v.startswith("not measured: it is not run") for v in found.values())
    assert found


def test_long_loops_are_not_run() -> None:
    found = bytes_kept(power, 1.0, 10_000_000)
    assert found["tape"] == "not measured: its loops run more than 200,000 times, too many for a measurement"


def test_an_argument_is_as_it_was() -> None:
    u = np.linspace(0.0, 1.0, 10)
    bytes_kept(reaction, u, 0.1, 3)
    assert np.array_equal(u, np.linspace(0.0, 1.0, 10))


def one_at_a_time(x, n):
    y = x.copy()
    for t in range(n):
        i = (7 * t) % len(y)
        y[i] = np.sin(y[i] + y[(t * t) % len(y)])
    return np.sum(y)


@pytest.mark.parametrize(("backend", "n"), [("numba", 100_000), ("python", 4_000)])
def test_a_store_costs_the_same_in_an_array_of_any_length(backend: str, n: int) -> None:
    """What an iteration keeps, and its time; copies of the long array would take a hundred times as long."""

    def seconds(length: int) -> float:
        x = np.linspace(0.0, 1.0, length)
        zg.gradient(one_at_a_time, x, n)
        taken = []
        for _ in range(5):
            start = time.process_time()
            zg.gradient(one_at_a_time, x, n)
            taken.append(time.process_time() - start)
        return min(taken)

    with zg.options(backend=backend):
        assert seconds(50_000) < 8 * seconds(1_000)
    for length in (10, 1_000):
        found = bytes_kept(one_at_a_time, np.linspace(0.0, 1.0, length), 500)
        assert sorted(found.values()) == sorted(
            [f"{8 * length:,} bytes", "4,000 bytes", f"{8 * length + 4000:,} bytes"]
        )
