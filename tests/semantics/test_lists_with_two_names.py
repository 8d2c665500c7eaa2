"""A list that is known by several names is one list: what it holds, and its derivative, are seen under each of them.

A list that began empty and was appended to under another name, in a loop or a branch, had no derivative.
"""

import collections
import copy
import dataclasses

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check


def in_a_loop(x, n):
    kept = []
    for i in range(n):
        same = kept
        same.append(x * i)
    return sum(kept) * x


def named_before_the_loop(x, n):
    kept = []
    same = kept
    for i in range(n):
        same.append(x * i)
    return sum(kept) * x


def in_a_branch(x, n):
    kept = []
    if n > 1:
        same = kept
        same.append(x)
    return sum(kept) * x


def whole_numbers_first(x, n):
    kept = []
    for i in range(n):
        same = kept
        same.append(i)
        same.append(x * i)
    return sum(kept) * x


def arrays(x, n):
    kept = []
    while n > 0:
        same = kept
        n -= 1
        if n > 1:
            same.append(np.array([x, x * n]))
    return sum(v.sum() for v in kept) * x


def extended(x, n):
    kept = []
    for i in range(n):
        same = kept
        same.extend([x * i])
        same += [x]
        same.insert(0, x * x)
    return sum(kept) * x


def given_back(kept):
    return kept


def handed_back(x, n):
    kept = []
    for i in range(n):
        same = given_back(kept)
        same.append(x * i)
    return sum(kept) * x


def add_to(kept, x, n):
    if n > 1:
        same = kept
        same.append(x)
        return same
    return kept


def in_a_callee(x, n):
    kept = []
    add_to(kept, x, n)
    again = add_to(kept, x * x, n)
    for i in range(n):
        again.append(x * i)
    return sum(kept) * x


class Log:
    def __init__(self, items):
        self.items = items

    def add(self, v):
        items = self.items
        if v > 0:
            items.append(v)


def of_an_object(x, n):
    kept = []
    log = Log(kept)
    for i in range(n):
        log.add(x * i)
    return sum(kept) * x + len(log.items)


def of_two_objects(x, n):
    kept = []
    one, other = Log(kept), Log(kept)
    if n > 1:
        one.items.append(x)
    for i in range(n):
        other.add(x * i)
    return sum(one.items) * x + sum(kept)


def of_a_function(x, n):
    kept = []

    def add(v):
        same = kept
        if v > 0:
            same.append(v)

    for i in range(n):
        add(x * i)
    return sum(kept) * x


def of_a_dict_and_a_tuple(x, n):
    d = {"kept": []}
    t = (d["kept"], 1)
    for i in range(n):
        same, _ = t
        same.append(x * i)
        d["kept"].append(x)
    return sum(d["kept"]) * x


def in_a_try(x, n):
    kept = []
    try:
        same = kept
        same.append(x)
        if n > 1:
            raise ValueError
    except ValueError:
        same.append(x * 2)
    return sum(kept) * x


def of_limited_length(x, n):
    kept = collections.deque(maxlen=3)
    for i in range(n):
        same = kept
        same.append(x * i)
    return sum(kept) * x


def copied_with_all_in_it(x, n):
    kept = [x]
    copies = copy.deepcopy([kept, kept, (kept,)])
    copies[0][0] = x * x
    for i in range(n):
        copies[1].append(x * i)
    kept[0] = 5.0
    return copies[2][0][0] * len(copies[0]) + sum(copies[1]) + kept[0] * x


def as_a_dict(x, n):
    kept = []
    for i in range(n):
        kept.append(x * i)
    made = dataclasses.asdict(Pair(kept, kept))
    made["one"].append(x * x)
    return sum(made["other"]) * x + sum(made["one"])


@dataclasses.dataclass
class Pair:
    one: list
    other: list


def in_a_tuple(x, n):
    pair = ([], {})
    for i in range(n):
        pair[0].append(x * i)
        pair[1][i] = x
    return sum(pair[0]) * x + sum(pair[1].values())


def begun_with_entries(x, n):
    kept = collections.deque([x, x * x], maxlen=3)
    s = sum(kept) * x
    for i in range(n):
        kept.append(i)
    return s + sum(kept) * x


def of_the_last_entry(x, n):
    kept = collections.deque([x], maxlen=2)
    for _ in range(n):
        kept.append(kept[-1] * x)
    return kept[0] * kept[1] + len(kept)


PROGRAMS = (
    in_a_loop, named_before_the_loop, in_a_branch, whole_numbers_first, arrays, extended, handed_back, in_a_callee,
    of_an_object, of_two_objects, of_a_function, of_a_dict_and_a_tuple, in_a_try, of_limited_length,
    copied_with_all_in_it, as_a_dict, in_a_tuple, begun_with_entries, of_the_last_entry,
)  # fmt: skip


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_a_list_with_two_names(f):
    check(f, 1.7, 4)


def test_a_list_with_two_names_in_compiled_code():
    check(in_a_loop, 1.7, 4, compile=True)


def test_a_copy_of_one_list_under_two_names_is_one_list_or_refused():
    """It was two."""

    def f(x):
        kept = []
        for i in range(3):
            kept.append(x * i)
        if x > 0.0:
            same = kept
        pair = copy.deepcopy(Pair(kept, same))
        pair.one.append(x * x)
        return sum(pair.other) * x

    with pytest.raises(zg.UnsupportedSyntaxError, match="one list is in two places"):
        zg.gradient(f, 1.7)
