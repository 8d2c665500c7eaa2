"""Programs for calls: what they tell apart, what they make, and that nothing is counted twice or forgotten."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from zygote_nb.backend import machine, program
from zygote_nb.backend.program import Program, asks_array, maker

FLOAT = np.dtype(np.float64)
VECTOR = (1281, 1281, (1,))
Wanted = tuple[int, int, tuple[int, ...]]


def looking(wanted: tuple[Wanted, ...], makers: tuple[tuple[str, int], ...] = ()) -> Callable[..., Any]:
    """A program that returns new arrays, like those that it is given, if these are as wanted."""
    p = Program(len(wanted))
    for at, (mask, flags, labels) in enumerate(wanted):
        asks_array(p, at, np.ndarray, FLOAT, mask, flags, len(labels))
        p.do("axes", at, len(labels), *labels)
    made = [p.register() for _ in makers]
    for to, (how, like) in zip(made, makers, strict=True):
        p.do("new like", to, maker(how), p.constant(FLOAT), like)
    return returning(p, "tuple", len(made), *made)


def returning(p: Program, step: str, *operands: int) -> Callable[..., Any]:
    to = p.register()
    p.do(step, to, *operands)
    p.do("return", to)
    function = p.made()
    assert function is not None
    return function


def take(wanted: tuple[Wanted, ...], makers: tuple[tuple[str, int], ...], *arrays: Any) -> Any:
    return looking(wanted, makers)(*arrays)


def test_arrays_that_are_as_wanted_are_taken() -> None:
    assert take((), ()) == ()
    assert take((VECTOR, VECTOR), (), np.ones(3), np.zeros(3)) == ()


class Own(np.ndarray):
    pass


@pytest.mark.parametrize(
    "other",
    [
        np.ones(3, np.float32),
        np.ones(3, ">f8"),
        np.ones(3, np.int64),
        np.ones((3, 1)),
        np.float64(1.0),
        np.ones(6)[::2],
        np.frombuffer(b"\0" * 25, np.uint8)[1:].view(np.float64),
        np.ones(3).view(Own),
        [1.0, 2.0, 3.0],
        None,
        1.0,
    ],
)
def test_what_is_not_as_wanted_is_told(other: Any) -> None:
    assert take((VECTOR,), (("zeros", 0),), other) is None
    assert take((VECTOR, VECTOR), (("zeros", 0),), np.ones(3), other) is None


def test_an_array_that_is_read_only_is_told_from_one_that_is_not() -> None:
    x = np.ones(3)
    x.flags.writeable = False
    assert take((VECTOR,), (), x) is None
    assert take(((1281, 257, (1,)),), (), x) == ()


@pytest.mark.parametrize(
    ("labels", "shapes", "fits"),
    [
        (((1,), (1,)), ((3,), (3,)), True),
        (((1,), (1,)), ((3,), (4,)), False),
        (((1,), (2,)), ((3,), (4,)), True),
        (((1,), (2,)), ((3,), (3,)), False),
        (((1, 2), (2, 1)), ((3, 4), (4, 3)), True),
        (((1, 2), (2, 1)), ((3, 4), (3, 4)), False),
        (((0, 1),), ((1, 4),), True),
        (((0, 1),), ((2, 4),), False),
        (((1, 2),), ((1, 4),), False),
        (((1, 1),), ((0, 0),), True),
        (((1, 2),), ((0, 0),), False),
        (((1,), (2,), (3,)), ((2,), (3,), (2,)), False),
    ],
)
def test_axes_are_equally_long_where_their_labels_agree_and_nowhere_else(labels: Any, shapes: Any, fits: bool) -> None:
    wanted = tuple((1281, 1281, of) for of in labels)
    assert (take(wanted, (), *map(np.ones, shapes)) == ()) is fits


def test_new_arrays_have_the_shapes_of_the_arrays_that_were_named() -> None:
    one, other = np.ones((2, 3)), np.ones(4)
    wanted = ((1281, 1281, (1, 2)), (1281, 1281, (3,)))
    a, b, c = take(wanted, (("zeros", 1), ("empty", 0), ("zeros", 0)), one, other)
    assert [v.shape for v in (a, b, c)] == [(4,), (2, 3), (2, 3)]
    assert not a.any()
    assert not c.any()
    assert all(v.dtype is FLOAT and v.base is None and v.flags.carray for v in (a, b, c))
    assert not np.shares_memory(b, c)


def asking(step: str, *operands: Any) -> Callable[[Any], bool]:
    """A program that answers one question about what it is given."""
    p = Program(1)
    p.do(step, 0, *(o if type(o) is int else p.constant(o) for o in operands))
    found = returning(p, "known", p.constant(True))
    return lambda value: found(value) is True


KEYS: list[Any] = ["a", "some key", 1000]


@pytest.mark.parametrize(
    ("holds", "value", "other"),
    [
        (asking("type", float), 1.5, 1),
        (asking("same", None), None, 0),
        (asking("equal", "some text"), "".join(("some ", "text")), "some other text"),
        (asking("sequence", tuple, 2), (1, 2), (1, 2, 3)),
        (asking("sequence", list, 2), [1, 2], (1, 2)),
        (asking("size", 2), {1: 2, 3: 4}, {1: 2}),
        (asking("keys", 1, float(KEYS[2])), {1000.0: 3}, {1000: 3}),
        (asking("keys", 2, *KEYS[:2]), {"a": 1, " ".join(("some", "key")): 2}, {"some key": 1, "a": 2}),
        (asking("keys", 2, *KEYS[:2]), {"a": 1, "some key": 2}, {"a": 1}),
        (asking("keys", 2, *KEYS[:2]), {"a": 1, "some key": 2}, {"a": 1, "some key": 2, "b": 3}),
        (asking("flags", 1024, 1024), np.ones(3), np.broadcast_to(1.0, 3)),
        (asking("function", type(take), take.__code__, globals()), take, returning),
        (asking("function", type(take), take.__code__, globals()), take, take.__code__),
    ],
)  # fmt: skip
def test_questions(holds: Callable[[Any], bool], value: Any, other: Any) -> None:
    for _ in range(3):
        assert holds(value)
        assert not holds(other)


def test_questions_that_raise_are_answered_by_no() -> None:
    class Difficult:
        def __eq__(self, other: object) -> bool:
            raise ValueError("no")

        def __len__(self) -> int:
            raise ValueError("no")

    for step, operand in (("equal", 1.0), ("size", 2)):
        assert not asking(step, operand)(Difficult())


def test_what_interrupts_is_not_held_back() -> None:
    def interrupted(value: Any) -> bool:
        raise KeyboardInterrupt

    p = Program(1)
    p.do("holds", p.constant(interrupted), 0)
    with pytest.raises(KeyboardInterrupt):
        returning(p, "known", p.constant(True))(1)


def numbers(*steps: tuple[str, int, int]) -> Callable[..., Any]:
    """A program that makes an array as long as the result of steps on its two arguments."""
    p = Program(2)
    integers = [p.integer(), p.integer()]
    for i in range(2):
        p.do("integer", integers[i], i)
    for step, one, other in steps:
        integers.append(p.integer())
        p.do(step, integers[-1], integers[one], integers[other])
    return returning(p, "new", maker("empty"), p.constant(FLOAT), 1, integers[-1])


@pytest.mark.parametrize(
    ("step", "expected"), [("add", 9), ("subtract", 3), ("multiply", 18), ("larger", 6), ("smaller", 3)]
)
def test_lengths_are_computed(step: str, expected: int) -> None:
    assert len(numbers((step, 0, 1))(6, 3)) == expected
    assert len(numbers((step, 0, 1))(np.int64(6), 3)) == expected


@pytest.mark.parametrize("n", [-1, 2**31, 2**62, 2**70, -(2**40), 1.5, None, "3"])
def test_lengths_that_may_not_fit_are_left_to_python(n: Any) -> None:
    assert numbers(("larger", 0, 0))(n, 0) is None
    assert numbers(("multiply", 0, 1), ("smaller", 1, 2))(n, 2) is None or n == -1


@pytest.mark.parametrize(
    "places", [(0, 8), (4, 12), (0, 24, 2), (20, 4, -2), (3, 3), (0, 1), (2, 3), (30, None, -1), (0, 32, 7), (5, 5, 1)]
)
def test_arrays_that_may_share_memory_are_told_as_numpy_does(places: tuple[int | None, ...]) -> None:
    p = Program(2)
    for at in range(2):
        p.do("extent", p.integer(2), at, 8)
    p.do("apart", 2, 0, 2)
    apart = returning(p, "known", p.constant(True))
    base = np.arange(32.0)
    one = base[slice(*places)]
    for other in (
        base[:4],
        base[4:8],
        base[8:],
        base[31:],
        base[::-3],
        base[3:3],
        np.arange(3.0),
        base.reshape(8, 4)[:, 1],
    ):
        assert (apart(one, other) is True) is not np.may_share_memory(one, other)
        assert (apart(other, one) is True) is not np.may_share_memory(one, other)


def test_an_array_shares_memory_with_itself() -> None:
    p = Program(3)
    for at in range(3):
        p.do("extent", p.integer(2), at, 8)
    p.do("apart", 3, 0, 2, 4)
    apart = returning(p, "known", p.constant(True))
    x, y, z = (np.ones(3) for _ in range(3))
    assert apart(x, y, z)
    assert apart(x, x, z) is apart(x, y, x) is apart(x, y, y) is None


def test_objects_that_are_to_be_several() -> None:
    p = Program(3)
    p.do("different", 3, 0, 1, 2)
    different = returning(p, "known", p.constant(True))
    x, y, z = [], [], []
    assert different(x, y, z)
    assert different(x, x, z) is different(x, y, x) is different(x, y, y) is None


def test_entries_are_read_and_put_together() -> None:
    p = Program(2)
    steps = [("tuple item", 0, 1), ("list item", 2, 0), ("dict item", 3, p.constant("k")), ("item", 3, p.constant("k"))]
    for step, *operands in steps:
        p.do(step, p.register(), *operands)
    p.do("attribute", p.register(), 1, p.constant("real"))
    p.do("made by", p.register(), p.constant(str), 6)
    p.do("list", p.register(), 2, 6, 7)
    p.do("dict", p.register(), 2, p.constant("one"), 8, p.constant("two"), 4)
    read = returning(p, "tuple", 3, 9, 4, 5)
    entry = object()
    assert read((0, [{"k": entry}]), 2.5) == ({"one": [2.5, "2.5"], "two": entry}, entry, entry)
    assert read((0, [{"other": entry}]), 2.5) is None
    assert read((0, []), 2.5) is None
    assert read((0,), 2.5) is None
    assert read([0, 1], 2.5) is None


def test_what_is_read_stays_while_the_program_runs() -> None:
    held: list[Any] = [np.arange(3.0)]

    def forget(value: Any) -> bool:
        held.clear()
        gc.collect()
        return True

    p = Program(1)
    p.do("list item", p.register(), 0, 0)
    p.do("holds", p.constant(forget), 0)
    found = returning(p, "tuple", 1, 1)(held)
    assert found[0].tolist() == [0.0, 1.0, 2.0]
    count = sys.getrefcount(found[0])
    assert count == 2  # the tuple, and the one who asks


def test_nothing_is_counted_twice_or_forgotten() -> None:
    one, found = np.ones(5), looking((VECTOR,), (("zeros", 0), ("empty", 0)))
    code = test_nothing_is_counted_twice_or_forgotten.__code__

    def counts() -> tuple[int, ...]:
        return tuple(map(sys.getrefcount, (one, FLOAT, found, np.ndarray, code, None)))

    gc.collect()  # what other tests have left is counted by NumPy's type
    before = counts()
    for _ in range(1000):
        found(one)
        found(None)
    gc.collect()
    assert all(abs(a - b) < 50 for a, b in zip(counts(), before, strict=True))


def test_there_is_none_where_objects_may_be_laid_out_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(code: Any, *others: Any) -> Any:
        raise machine.NotLoadable("no")

    monkeypatch.setattr(machine, "placed", fail)
    program.runner.cache_clear()
    try:
        assert program.runner() is None
        assert Program(0).made() is None
    finally:
        program.runner.cache_clear()
