"""What every test leans on: `tests.*` importable from any file, goldens refreshed by one flag."""

import gc
import os
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

ROOT = str(Path(__file__).resolve().parent.parent)
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)
pytest.register_assert_rewrite("tests.oracle", "tests.trees", "tests.differences")
gc.set_threshold(500_000, 20, 20)


LONG = ("test_instructions.py", "test_random.py", "test_programs.py", "test_kept_on_disk.py", "test_notebooks.py")
"""Files of tests that take long: they come first, so that at the end no worker waits for another."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is marked ``full`` runs with ZYGOTE_NB_FULL=1."""
    if os.environ.get("ZYGOTE_NB_FULL") != "1":
        left = [i for i in items if i.get_closest_marker("full") is not None]
        if left:
            config.hook.pytest_deselected(items=left)
            items[:] = [i for i in items if i.get_closest_marker("full") is None]
    items.sort(key=lambda i: i.path.name not in LONG)


def pytest_collection_finish() -> None:
    """What has been imported stays: a seventh of the suite's time went into looking for garbage among it."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, object, object]:
    """So does what the tests of a file leave in caches: late in a run, to look through all of it takes seconds."""
    result = yield
    if nextitem is None or nextitem.path != item.path:
        gc.collect()
        gc.freeze()
    return result


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest --refresh-goldens` writes the golden files instead of comparing with them."""
    parser.addoption("--refresh-goldens", action="store_true", help="write the golden files instead of comparing")


@pytest.fixture(autouse=True, scope="session")
def nobody_is_expected() -> Iterator[None]:
    """No process imports Numba in case there is something to compile; tests of such processes start theirs."""
    from zygote_nb.driver import adopted

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(adopted, "expect", lambda bound: None)
        yield


@pytest.fixture
def refresh_goldens(request: pytest.FixtureRequest) -> bool:
    """Whether the golden files are to be written."""
    return bool(request.config.getoption("--refresh-goldens"))
