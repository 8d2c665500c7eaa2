"""Settings: for the process, for a block, apart between threads and tasks."""

import asyncio
import contextlib
import dataclasses
import threading
import timeit

import pytest

from zygote_nb import options as module
from zygote_nb.options import Options, current, options

if isinstance(module, type):  # the package may offer the class under the module's name
    import sys

    module = sys.modules["zygote_nb.options"]


@pytest.fixture(autouse=True)
def untouched(monkeypatch):
    """Each test starts from the defaults and leaves nothing behind."""
    monkeypatch.setattr(module, "_process", [Options()])
    monkeypatch.setattr(module, "_settled", Options())
    monkeypatch.setattr(module, "_recent", [])


def in_thread(job):
    """The result of `job` in a thread of its own."""
    results = []
    thread = threading.Thread(target=lambda: results.append(job()))
    thread.start()
    thread.join()
    return results[0]


def test_defaults():
    assert dataclasses.asdict(current()) == {
        "backend": "auto",
        "cache": True,
        "arrays": "auto",
        "record": "minimal",
        "inline": True,
        "math": "vector",
        "parallel": 1,
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("backend", "numba"),
        ("backend", "python"),
        ("cache", False),
        ("arrays", "shadow"),
        ("record", "all"),
        ("inline", False),
        ("math", "precise"),
        ("parallel", 3),
    ],
)
def test_set_for_the_process(name, value):
    options(**{name: value})
    assert current() == dataclasses.replace(Options(), **{name: value})
    assert in_thread(current) == current()


def test_settings_that_are_not_named_stay():
    options(backend="python")
    options(cache=False)
    assert current() == Options(backend="python", cache=False)


def test_set_for_a_block():
    with options(backend="python") as inside:
        assert current() is inside
        assert inside == Options(backend="python")
    assert current() == Options()


def test_restored_after_an_exception():
    with contextlib.suppress(ZeroDivisionError), options(backend="python"):
        raise ZeroDivisionError
    assert current() == Options()


def test_blocks_nest():
    with options(backend="python", cache=False):
        with options(backend="numba", record="all"):
            assert current() == Options(backend="numba", cache=False, record="all")
        assert current() == Options(backend="python", cache=False)
    assert current() == Options()


def test_block_is_laid_over_the_process():
    with options(backend="python"):
        options(backend="numba", cache=False)
        assert current() == Options(backend="python", cache=False)
    assert current() == Options(backend="numba", cache=False)


def test_block_restores_what_the_process_had():
    options(backend="numba")
    with options(backend="python"):
        pass
    assert current().backend == "numba"


def test_one_object_in_several_blocks():
    python = options(backend="python")
    with python, python:
        assert current().backend == "python"
    assert current().backend == "auto"
    with python:
        assert current().backend == "python"
    assert current().backend == "auto"


def test_empty_changes_nothing():
    options()
    with options():
        assert current() == Options()


def test_other_threads_do_not_see_a_block():
    with options(backend="python"):
        assert in_thread(current) == Options()


def test_blocks_of_many_threads_leave_nothing_behind():
    backends = ["auto", "numba", "python"]

    def work(i):
        for _ in range(300):
            with options(backend=backends[i % 3], cache=bool(i % 2)):
                seen.append(current() == Options(backend=backends[i % 3], cache=bool(i % 2)))

    seen = []
    threads = [threading.Thread(target=work, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 1800
    assert all(seen)
    assert current() == Options()


def test_two_blocks_entered_in_the_order_of_their_making():
    first, second = options(backend="python"), options(backend="numba")
    with first, second:
        assert current().backend == "numba"
    assert current() == Options()


def test_tasks_do_not_see_each_others_blocks():
    async def work(backend):
        with options(backend=backend):
            await asyncio.sleep(0)
            return current().backend

    async def both():
        return await asyncio.gather(work("python"), work("numba"))

    assert asyncio.run(both()) == ["python", "numba"]


def test_thousands_of_changes_take_no_memory():
    for i in range(2000):
        options(cache=bool(i % 2))
    assert current().cache is True
    assert len(module._recent) <= 64


def test_unknown_name():
    with pytest.raises(TypeError) as caught:
        options(backnd="python")
    assert str(caught.value) == (
        "options() has no setting 'backnd'; the settings are backend, cache, arrays, record, inline, math, parallel"
    )


@pytest.mark.parametrize(
    ("name", "value", "valid"),
    [
        ("backend", "jax", "'auto', 'numba', 'python'"),
        ("backend", None, "'auto', 'numba', 'python'"),
        ("backend", True, "'auto', 'numba', 'python'"),
        ("arrays", "value", "'auto', 'shadow'"),
        ("record", "none", "'minimal', 'all'"),
        ("cache", 1, "True, False"),
        ("cache", "yes", "True, False"),
        ("inline", [], "True, False"),
    ],
)
def test_unknown_value(name, value, valid):
    with pytest.raises(ValueError, match="must be one of") as caught:
        options(**{name: value})
    assert str(caught.value) == f"options({name}={value!r}): must be one of {valid}"


def test_a_refused_change_changes_nothing():
    with pytest.raises(ValueError, match="record"):
        options(backend="python", record="everything")
    assert current() == Options()


def test_reads_as_it_was_written():
    assert repr(options(backend="python", cache=False)) == "options(backend='python', cache=False)"


def test_options_are_immutable():
    with pytest.raises(dataclasses.FrozenInstanceError):
        current().backend = "python"


def test_reading_is_cheap():
    runs = 20_000
    assert min(timeit.repeat(current, number=runs, repeat=5)) / runs < 1e-6
    with options(backend="python"):
        assert min(timeit.repeat(current, number=runs, repeat=5)) / runs < 1e-6
