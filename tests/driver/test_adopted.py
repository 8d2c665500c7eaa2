"""What another process compiles while the interpreter goes on, and how it is adopted."""

import pickle

import numpy as np
import pytest

import zygote_nb as zg
from tests.backend.processes import PROGRAM, Bench
from zygote_nb.backend import beside, builder, cache
from zygote_nb.driver import adopted, contest, ready, trial
from zygote_nb.driver.adopted import expect
from zygote_nb.driver.bound import bind
from zygote_nb.rules import registry


def decay(x, n):
    s = 0.0
    for i in range(n):
        s += x / (1.0 + i)
        x *= 0.999
    return s


def exact(x, n):
    with zg.options(backend="python"):
        return zg.gradient(decay, x, n)[0]


class Process:
    """Stands for a process: it compiles when it has been asked ``after`` times whether it has ended."""

    def __init__(self, path, after, returncode=None):
        self.path, self.after, self.given, self.returncode = path, after, returncode, None

    def poll(self):
        self.after -= 1
        if self.after < 0 and self.returncode is None:
            self.returncode = builder.build(self.path) if self.given is None else self.given
        return self.returncode


@pytest.fixture
def processes(monkeypatch, tmp_path):
    """The processes that were started; ``fate`` says how they end."""
    monkeypatch.setenv("ZYGOTE_NB_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(beside, "processors", lambda: 2)
    monkeypatch.setattr(beside, "_running", [])
    monkeypatch.setattr(trial, "LIMIT", 100)
    monkeypatch.setattr(registry, "_version", [0])  # nothing is kept where there are rules of users, as in other tests
    zg.refresh()
    begun, fate = [], {"after": 40, "returncode": None}

    def started(content):
        path = tmp_path / f"{len(begun)}.job"
        path.write_bytes(content)
        begun.append(Process(path, **fate))
        return begun[-1]

    monkeypatch.setattr(beside, "started", started)
    yield begun, fate
    zg.refresh()


@pytest.fixture
def compilations(monkeypatch):
    """The texts that were compiled in this process, but for what processes that are played do."""
    from zygote_nb.backend import executable

    texts = []
    real = executable.compiled
    monkeypatch.setattr(executable, "compiled", lambda text, *rest: texts.append(text) or real(text, *rest))
    return texts


def test_the_interpreter_goes_on_until_another_process_has_compiled(processes, compilations):
    begun, _ = processes
    with zg.options(backend="auto", cache=True):
        assert zg.gradient(decay, 2.0, 110)[0] == pytest.approx(exact(2.0, 110), rel=1e-13)
        assert [p.returncode for p in begun] == [None], "the loop was shorter than the compilation"
        for _ in range(5):
            assert zg.gradient(decay, 2.0, 110)[0] == pytest.approx(exact(2.0, 110), rel=1e-13)
    assert [p.returncode for p in begun] == [beside.DONE]
    assert not compilations, "machine code of the other process was loaded"


def test_a_long_call_is_left_for_the_code_once_it_is_there(processes, compilations):
    begun, _ = processes
    seen = [0]
    total = np.zeros(1)

    def counting(x, n):
        total[0] += 1.0
        s = 0.0
        for i in range(n):
            s += x * i
        seen[0] += 1
        return s

    with zg.options(backend="auto", cache=True):
        assert zg.gradient(counting, 2.0, 1000)[0] == 499500.0
    assert [p.returncode for p in begun] == [beside.DONE]
    assert not compilations
    assert seen == [1], "what is captured changes once"
    assert total[0] == 1.0


def test_other_types_have_code_of_their_own(processes):
    _, fate = processes
    fate["after"] = 0

    def total(x):
        s = 0.0
        for i in range(len(x)):
            s += x[i] * x[i]
        return s

    x = np.arange(300.0)
    with zg.options(backend="auto", cache=True):
        for given in (x, x[::-1], x.astype(np.float32), x):
            for _ in range(3):
                np.testing.assert_array_equal(zg.gradient(total, given)[0], 2.0 * given)


def test_what_is_killed_is_not_tried_again(processes, compilations):
    begun, fate = processes
    fate["returncode"] = -9
    with zg.options(backend="auto", cache=True):
        for _ in range(4):
            assert zg.gradient(decay, 2.0, 300)[0] == pytest.approx(exact(2.0, 300), rel=1e-13)
        assert adopted.KILLED in zg.explain(decay, 2.0, 300).execution or len(begun) == 1
    assert len(begun) == 1
    assert not compilations


def test_what_another_process_could_not_do_is_done_here(processes, compilations):
    begun, fate = processes
    fate["returncode"] = beside.FAILED
    with zg.options(backend="auto", cache=True):
        assert zg.gradient(decay, 2.0, 3000)[0] == pytest.approx(exact(2.0, 3000), rel=1e-13)
    assert len(begun) == 1
    assert len(compilations) == 1


def test_functions_of_the_user_are_not_imported_elsewhere(processes):
    with pytest.raises(pickle.PicklingError, match="decay is not of a library"):
        beside.pickled((decay, np))
    assert pickle.loads(beside.pickled((np, np.sin, np.linalg, len))) == (np, np.sin, np.linalg, len)


@pytest.mark.parametrize("condition", ["one processor", "no cache", "no program"])
def test_without_another_process_it_is_compiled_here(processes, compilations, monkeypatch, condition):
    begun, _ = processes
    if condition == "one processor":
        monkeypatch.setattr(beside, "processors", lambda: 1)
    if condition == "no program":
        monkeypatch.setattr(beside.sys, "executable", "")
    with zg.options(backend="auto", cache=condition != "no cache"):
        assert zg.gradient(decay, 2.0, 300)[0] == pytest.approx(exact(2.0, 300), rel=1e-13)
    assert not begun
    assert len(compilations) == 1


def test_where_numba_gives_up_the_text_with_calls_is_tried_and_that_is_remembered(processes, monkeypatch):
    """No other process, and no later call, tries what was given up before."""
    from zygote_nb.backend import executable, numba
    from zygote_nb.backend.plan import GivenUp

    begun, fate = processes
    fate["after"] = 0
    tried = []
    real = numba.compiled

    def compiled(text, types, kept):
        tried.append(text.source)
        if len(tried) == 1:
            raise GivenUp("in this test")
        return real(text, types, kept)

    def product(x, n):
        s = 0.0
        for _ in range(n):
            s += np.sum(np.cumsum(x) @ x)
        return s

    monkeypatch.setattr(numba, "compiled", compiled)
    x = np.arange(3.0)
    with zg.options(backend="python"):
        expected = zg.gradient(product, x, 300)[0]
    with zg.options(backend="auto", cache=True):
        for _ in range(3):
            np.testing.assert_allclose(zg.gradient(product, x, 300)[0], expected, rtol=1e-13)
    assert [p.returncode for p in begun] == [beside.GIVEN_UP, beside.DONE]
    assert len(tried) == 2
    kept = [cache.recall("".join(p.parts[-2:])) for p in cache.directory().glob("*/*")]
    assert [k.why for k in kept if isinstance(k, executable.Refused)] == ["in this test"]


def bumps(x, w):
    y = np.tanh(x * w) + np.exp(-x * x) * np.sin(w * x)
    return np.sum(np.log1p(y * y) * np.sqrt(1.0 + x * x))


def calls_of_bumps(count, made=lambda n: np.linspace(0.0, 1.0, n)):
    """Gradients that are compared as they are made, with a handful of sizes."""
    for i in range(count):
        x, w = made(5 + i % 3), made(5 + i % 3)[::-1]
        with zg.options(backend="auto", cache=True):
            found = zg.gradient(bumps, x, w)
        with zg.options(backend="python"):
            expected = zg.gradient(bumps, x, w)
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12)


def contests():
    return [known.contest for found in ready._ready.values() for known in found if not known.facts.has_loops]


@pytest.fixture
def at_once(monkeypatch):
    """Code without loops is worth compiling from the first call on."""
    monkeypatch.setattr(contest, "WORTH", 0.0)
    monkeypatch.setattr(contest, "SOON", 0.0)
    monkeypatch.setattr(contest, "WINNING", 1e6)


@pytest.mark.parametrize("wins", [True, False])
def test_code_without_loops_is_compiled_elsewhere_and_the_faster_one_stays(
    processes, compilations, at_once, monkeypatch, wins
):
    begun, fate = processes
    fate["after"] = 10
    monkeypatch.setattr(contest, "WINNING", 1e6 if wins else 0.0)
    calls_of_bumps(60)
    assert [p.returncode for p in begun] == [beside.DONE]
    assert not compilations
    (known,) = (c for c in contests() if c.is_there)
    assert known.compiled_wins is wins
    assert len(known.compiled) == len(known.interpreted) == contest.ROUNDS

    zg.refresh()
    calls_of_bumps(3)
    assert len(begun) == 1
    assert [c.compiled_wins for c in contests()].count(True) == wins, "what has won is there in the next process"


def test_types_that_come_later_do_not_keep_anybody_waiting(processes, compilations, at_once):
    begun, fate = processes
    fate["after"] = 10
    calls_of_bumps(60)
    calls_of_bumps(30, lambda n: np.linspace(0.0, 1.0, 2 * n)[::2])
    assert [p.returncode for p in begun] == [beside.DONE, beside.DONE]
    assert not compilations


def test_code_without_loops_is_never_compiled_here(processes, compilations, at_once, monkeypatch):
    begun, _ = processes
    monkeypatch.setattr(beside, "processors", lambda: 1)
    calls_of_bumps(10)
    assert not begun
    assert not compilations


WAITING = (
    PROGRAM
    + """
def first():
    import zygote_nb as zg
    from zygote_nb.backend import beside
    from zygote_nb.driver import trial
    trial.LIMIT = 4
    beside.processors = lambda: 2
    found = zg.gradient(f, np.arange(400.0), 400)[0]
    assert len(beside._running) == 1
    assert beside._running[0].wait(120) == beside.DONE
    return found
"""
)


def test_a_process_leaves_what_the_next_one_needs(tmp_path):
    """Really: one process interprets while another one compiles, and a third neither derives nor compiles."""
    bench = Bench(tmp_path)
    bench.write(WAITING)
    first, second = bench.run("first()"), bench.run("zg.gradient(f, np.arange(400.0), 400)[0]")
    assert first.result == second.result == (2.0 * 0.5 * 2.0 * np.arange(400.0)).tolist()
    assert not first.numba
    assert not second.numba
    assert not list(bench.cache.glob("*.job"))


def test_all_that_a_jacobian_takes_is_made_by_other_processes(processes, compilations):
    def chained(x):
        y = np.empty(13)
        s = 0.0
        for i in range(13):
            s = 0.5 * s + x[i % 8] * x[i % 5]
            y[i] = s
        return y

    x = np.linspace(0.1, 1.0, 8)
    with zg.options(backend="python"):
        expected = zg.jacobian(chained, x)[0]
    with zg.options(backend="auto", cache=True):
        for _ in range(12):
            np.testing.assert_allclose(zg.jacobian(chained, x)[0], expected, rtol=1e-12)
    assert len(processes[0]) > 1
    assert not compilations


def test_a_process_is_expected_where_there_are_loops(monkeypatch):
    asked = []
    monkeypatch.setattr(beside, "is_possible", lambda: True)
    monkeypatch.setattr(beside, "get_ready", lambda: asked.append(1))
    monkeypatch.setattr(adopted, "expect", expect)
    zg.gradient(lambda x: x * x, 2.0)
    assert not asked
    zg.refresh()
    zg.gradient(decay, 1.0, 3)
    assert asked
    asked.clear()
    for options in ({"backend": "python"}, {"cache": False}):
        with zg.options(**options):
            expect(bind(decay, (1.0, 3), {}))
    assert not asked
