"""Arrays that an iteration fills with copies are made again on the way back, and not kept, where that can be."""

import numpy as np
import pytest

import zygote_nb as zg
from tests.as_written import same_as_written
from tests.lowered import stages
from tests.oracle import check

V = np.array([0.3, -0.5, 1.2, 0.1, 0.7, -0.9])


def window(x, n):
    s = 0.0
    for i in range(n):
        row = np.empty(3)
        row[0] = x[i]
        row[1:] = x[i + 1 : i + 3]
        s += np.prod(np.sin(row)) * row[1]
    return s


def of_a_loop_that_ends_when_it_likes(x, n):
    s, i = 0.0, 0
    while i < n and s < 100.0:
        row = np.zeros(3)
        row[1:] = 2.0 * x[:2]
        s += np.sum(np.cos(row) * row)
        i += 1
    return s


def handed_to_a_reader(x, n):
    s = 0.0
    for i in range(n):
        row = np.empty(3)
        row[:] = x[i : i + 3]
        s += reader(row, 2)
    return s


def reader(row, n):
    return np.sum(row * row) if n == 0 else row[0] * reader(row, n - 1)


def changed_after_its_use(x, n):
    s = 0.0
    for i in range(n):
        row = np.empty(3)
        row[:] = x[i : i + 3]
        s += np.prod(np.sin(row))
        row[0] = x[0]
        s += row[0] * row[1] * row[2]
    return s


AGAIN = [window, of_a_loop_that_ends_when_it_likes, handed_to_a_reader, changed_after_its_use]


def handed_to_a_writer(x, n):
    s = 0.0
    for i in range(n):
        row = np.empty(3)
        row[:] = x[i : i + 3]
        writer(row, 2)
        s += np.sum(row * row)
    return s


def writer(row, n):
    if n > 0:
        row[0] = row[1] * row[0]
        writer(row, n - 1)


def of_what_changes_in_the_iteration(x, n):
    a = x * 1.5
    s = 0.0
    for i in range(n):
        row = np.empty(3)
        row[:] = a[:3]
        s += np.prod(np.sin(row))
        a[i % 3] = s * x[i]
    return s


def by_a_number_that_changes(x, n):
    s = 0.0
    for i in range(n):
        c = x[i]
        row = np.empty(3)
        row[0] = c
        row[1:] = x[:2]
        c = np.sin(c) + 1.0
        s += np.prod(row) * c * row[0]
    return s


def by_what_goes_from_iteration_to_iteration(x, n):
    s = 0.5
    for i in range(n):
        row = np.empty(2)
        row[0] = s
        row[1] = x[i]
        s = np.sin(row[0] * row[1]) + row[1] * row[1]
    return s


def by_a_count(x, n):
    s, i = 0.0, 0
    while i < n and s < 100.0:
        row = np.zeros(3)
        row[1:] = 2.0 * x[i : i + 2]
        s += np.sum(np.cos(row) * row)
        i += 1
    return s


def entry_by_entry(x, n):
    s = 0.0
    for i in range(n):
        row = np.empty(3)
        for k in range(3):
            row[k] = x[i + k]
        s += np.prod(np.sin(row))
    return s


def on_one_path(x, n):
    s = 0.0
    for i in range(n):
        row = np.zeros(3)
        row[1:] = x[:2]
        if x[i] > 0.0:
            row[0] = x[i]
        s += np.sum(np.sin(row) * row)
    return s


def kept_in_a_list(x, n):
    rows = []
    for i in range(n):
        row = np.empty(3)
        row[:] = x[i : i + 3]
        rows.append(row)
    s = 0.0
    for row in rows:
        row[0] = row[1] * row[0]
        s += np.sum(row * row)
    return s


def through_a_view(x, n):
    s = 0.0
    for i in range(n):
        row = np.empty(3)
        row[:] = x[i : i + 3]
        part = row[1:]
        part[0] = part[1] * x[0]
        s += np.prod(np.sin(row))
    return s


def of_itself(x, n):
    s = 0.0
    for i in range(n):
        row = np.zeros(3)
        row[1:] = x[i : i + 2]
        row[:2] = row[1:]
        s += np.prod(np.cos(row))
    return s


def that_breaks_off(x, n):
    s = 0.0
    for i in range(n):
        row = np.empty(3)
        row[:] = x[i : i + 3]
        if row[0] > 1.0:
            break
        s += np.prod(np.sin(row))
    return s


OTHERS = [
    handed_to_a_writer, of_what_changes_in_the_iteration, by_a_number_that_changes,
    by_what_goes_from_iteration_to_iteration, by_a_count, entry_by_entry, on_one_path, kept_in_a_list, through_a_view,
    of_itself, that_breaks_off,
]  # fmt: skip


@pytest.mark.parametrize("f", [*AGAIN, *OTHERS])
def test_numbers(f):
    found = check(f, V, 4, variants=True, compile=False)
    same_as_written(f, (V, 4), found)


@pytest.mark.parametrize("f", AGAIN)
def test_not_kept(f):
    made = stages(f, V, 4)
    assert "row[" in made.text.split("# backward")[-1]
    assert not any("row" in line for line in made.text.splitlines() if "tape.append" in line)


@pytest.mark.parametrize("f", AGAIN)
def test_second_derivatives(f):
    direction = np.linspace(-1.0, 1.0, 6)
    found = zg.hvp(f, (V, 4), (direction, None))[0]
    ahead, behind = (zg.gradient(f, V + step * direction, 4)[0] for step in (1e-6, -1e-6))
    np.testing.assert_allclose(found, (ahead - behind) / 2e-6, rtol=1e-5, atol=1e-7)
