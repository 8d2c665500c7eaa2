"""A process that is started before there is anything to compile."""

import numpy as np
import pytest

from zygote_nb.backend import beside, builder, cache


@pytest.fixture(autouse=True)
def nobody_waits(monkeypatch, tmp_path):
    monkeypatch.setenv("ZYGOTE_NB_CACHE_DIR", str(tmp_path / "cache"))
    for name in ("_waiting", "_running", "_gone"):
        monkeypatch.setattr(beside, name, [])
    monkeypatch.setattr(beside, "processors", lambda: 2)
    yield
    for process in (*beside._running, *beside._gone, *(w.process for w in beside._waiting)):
        process.stdin.close()
        assert process.wait(60) in (beside.DONE, beside.GIVEN_UP)


def begun():
    return beside.begin(builder.WARMING, (np.ones(3),), lambda key: None).process


def kept():
    return [p for p in cache.directory().rglob("*") if p.is_file()]


def test_the_one_that_waits_is_told_what_to_compile():
    beside.get_ready()
    beside.get_ready()
    (waiting,) = beside._waiting
    process = begun()
    assert process is waiting.process
    assert process.wait(60) == beside.DONE
    assert kept()
    assert not beside._waiting


def test_it_is_not_told_where_the_environment_has_changed(monkeypatch, tmp_path):
    beside.get_ready()
    waiting = beside._waiting[0].process
    monkeypatch.setenv("ZYGOTE_NB_CACHE_DIR", str(tmp_path / "other"))
    process = begun()
    assert process is not waiting
    assert waiting.wait(60) == beside.DONE
    assert process.wait(60) == beside.DONE
    assert kept()


def test_it_goes_on_waiting_from_test_to_test(monkeypatch):
    """Each test of pytest's changes a variable of the environment: a process was started for each."""
    beside.get_ready()
    (waiting,) = beside._waiting
    monkeypatch.setenv("PYTEST_CURRENT_TEST", "another one")
    beside.get_ready()
    assert beside._waiting == [waiting]
    assert begun() is waiting.process
    assert waiting.process.wait(60) == beside.DONE


def test_it_ends_when_nobody_needs_it():
    beside.get_ready()
    process = beside._waiting[0].process
    process.stdin.close()
    assert process.wait(60) == beside.DONE


def test_one_that_has_waited_for_long_is_left_alone(monkeypatch):
    beside.get_ready()
    waiting = beside._waiting[0].process
    monkeypatch.setattr(beside, "PATIENCE", 0.0)
    assert begun() is not waiting


def test_none_is_started_while_others_compile():
    process = begun()
    beside.get_ready()
    assert not beside._waiting
    assert process.wait(60) == beside.DONE
