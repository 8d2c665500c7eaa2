"""What is stored may be memory of the array that it is stored to. Where NumPy reads it to its end before, so does the
derivative; where NumPy reads it while it writes, what it finds depends on the order, and the program is refused."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check, same_compiled

X = np.linspace(0.3, 1.7, 6)
A = np.random.default_rng(3).normal(size=(4, 4))
MASK = np.array([False, True, True, True, False, False])
WIDE = np.eye(4, dtype=bool)
PLACES = np.array([2, 0, 1])
NEXT = np.array([1, 2, 3])


def added(x, places):
    y = x * x
    np.add.at(y, places, y[:3])
    return np.sum(y * y * x)


def subtracted(x, places):
    y = x * x
    part = y[2::-1]
    np.subtract.at(y, places, part)
    return np.sum(y * y * x)


def multiplied(x, places):
    y = x * x
    np.multiply.at(y, places, y[:3])
    return np.sum(y * y * x)


def greatest(x, places):
    y = np.sin(x * 3.0)
    part = y[1:4]
    np.maximum.at(y, places, part)
    return np.sum(y * y * x)


def rows_added(x, places):
    y = np.outer(x, x)
    np.add.at(y, places, y[:3])
    np.add.at(y, (places, 1), y[0, :3])
    return np.sum(y * y * x)


def at_places(x, places):
    y = x * x
    y[places] = y[2::-1]
    y[places] += y[:3]
    return np.sum(y * y * x)


BEFORE = [added, subtracted, multiplied, greatest, rows_added, at_places]


@pytest.mark.parametrize("places", [PLACES, NEXT], ids=["turned", "next"])
@pytest.mark.parametrize("f", BEFORE, ids=lambda f: f.__name__)
def test_what_is_read_before(f, places) -> None:
    check(f, X, places)


def test_what_is_read_before_in_compiled_code() -> None:
    """The text calls helpers of the runtime: only their compiled form wrote while it read."""
    same_compiled(added, X, NEXT)


def masked(x, mask):
    y = x * x
    y[mask] = y[2::-1]
    return np.sum(y * y * x)


def masked_by_another_name(x, mask):
    y = x * x
    part = y[::-1][1:]
    other = y
    other[mask] = part[1:4]
    return np.sum(y * y * x)


def store(y, part, mask):
    y[mask] = part


def masked_in_a_callee(x, mask):
    y = x * x
    store(y, y[2::-1], mask)
    return np.sum(y * y * x)


def placed(x, mask):
    y = x * x
    np.place(y, mask, y[:2])
    return np.sum(y * y * x)


def joined(x, mask):
    y = x * x
    np.concatenate((y[2:], y[:2]), out=y)
    return np.sum(y * y * x)


def stacked(x, mask):
    y = np.outer(x[:3], x)
    np.stack((y[1], y[0], y[2]), out=y)
    return np.sum(y * y * x)


REFUSED = [masked, masked_by_another_name, masked_in_a_callee, placed, joined, stacked]


@pytest.mark.parametrize("f", REFUSED, ids=lambda f: f.__name__)
def test_what_is_read_while_it_is_written_is_refused(f) -> None:
    for verb in (zg.gradient, zg.pullback):
        with pytest.raises(zg.UnsupportedSyntaxError, match="reads what is stored while it writes"):
            verb(f, X, MASK)
    with pytest.raises(zg.UnsupportedSyntaxError, match="reads what is stored while it writes"):
        zg.pushforward(f, X, MASK)(X, None)


def wide(A, mask):
    B = A * A
    B[mask] = B[::-1, 0]
    return np.sum(B * B * A)


def diagonal(A, mask):
    B = A * A
    np.fill_diagonal(B, np.diag(B)[::-1])
    return np.sum(B * B * A)


@pytest.mark.parametrize("f", [wide, diagonal], ids=lambda f: f.__name__)
def test_of_matrices(f) -> None:
    with pytest.raises(zg.UnsupportedSyntaxError, match="reads what is stored while it writes"):
        zg.gradient(f, A, WIDE)


def of_copies(x, A, mask, wide):
    """Copies, what is computed, and memory of other arrays are stored as ever."""
    y, B = x * x, A * A
    y[mask] = y[2::-1].copy()
    y[mask] = x[:3]
    y[mask] = y[mask][::-1]
    y[~mask] *= y[1]
    np.place(y, mask, x[:2])
    np.concatenate((x[2:], np.sin(y[:2])), out=y)
    B[wide] = A[::-1, 0]
    np.fill_diagonal(B, np.diag(A)[::-1])
    np.stack((A[1], A[0], A[2], A[3] * B[0]), out=B)
    return np.sum(y * y * x) * np.sum(B * B * A)


def test_of_copies() -> None:
    check(of_copies, X, A, MASK, WIDE)


def in_a_callee(x, mask):
    y = x * x
    store(y, x[2::-1], mask)
    steady = np.zeros(6)
    np.place(steady, mask, [1.0, 2.0])
    return np.sum(y * y * x * steady)


def test_in_a_callee() -> None:
    check(in_a_callee, X, MASK, written=True)


def in_a_try(x, mask):
    y, total = x * x, 0.0
    for i in range(6):
        try:
            np.place(y, mask, [x[i], 0.5])
            if x[i] > 1.2:
                raise ValueError
            np.concatenate((x[2:], np.sin(y[:2])), out=y)
            total += y[i]
        except ValueError:
            np.place(y, mask, x[:2])
            total *= y[1]
    return total + np.sum(y * y)


def test_in_a_try() -> None:
    check(in_a_try, X, MASK, modes=True)
