"""One server and one browser for the tests of a module; without a browser they are skipped, and say why.

Both are closed when these end, not with the session: while the browser is open, an event loop counts as running in
this thread, and a test elsewhere that starts a loop of its own would fail; a server and its kernels are never idle.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser import server as jupyter


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[jupyter.Server]:
    if absent := jupyter.missing():
        pytest.skip(absent)
    with jupyter.running(tmp_path_factory.mktemp("notebooks")) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    if absent := jupyter.missing():
        pytest.skip(absent)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=jupyter.chromium(), args=list(jupyter.FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def page(browser) -> Iterator[object]:
    page = browser.new_page(viewport={"width": 1300, "height": 1800})
    yield page
    page.close()
