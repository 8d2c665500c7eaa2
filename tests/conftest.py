"""What every test leans on: `tests.*` importable from any file, goldens refreshed by one flag."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = str(Path(__file__).resolve().parent.parent)
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)
pytest.register_assert_rewrite("tests.oracle", "tests.trees", "tests.differences")


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
