"""A list or a dict from outside that got other entries is not used by a function lowered for those that it had."""

import pytest

import zygote_nb as zg

history: list[float] = []
table: dict[str, float] = {}


def note(v):
    history.append(v)


def noted():
    return sum(history)


def put(key, v):
    table[key] = v


def total():
    return sum(table.values())


def noted_twice(x):
    note(x)
    note(x * 2.0)
    return x * x


def noted_and_read_elsewhere(x):
    history.append(x)
    return noted() * x


def put_twice(x):
    put("a", x)
    put("b", x * x)
    return x


def put_and_read_elsewhere(x):
    table["a"] = x
    return total() * x


@pytest.mark.parametrize("f", [noted_twice, noted_and_read_elsewhere, put_twice, put_and_read_elsewhere])
def test_it_is_refused(f):
    history.clear()
    table.clear()
    with pytest.raises(zg.UnsupportedSyntaxError, match="from outside, has got or lost entries"):
        zg.gradient(f, 0.7)
    assert (history, table) == ([], {})


def noted_once(x):
    note(x * x)
    return x * 3.0


def test_one_call_leaves_it_as_a_plain_call_does():
    history.clear()
    assert zg.gradient(noted_once, 0.5) == (3.0,)
    assert history == [0.25]
