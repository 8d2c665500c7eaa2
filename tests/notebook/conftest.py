"""A shell as a notebook has it, in this process."""

from __future__ import annotations

import atexit
import gc
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    """An IPython shell of its own, with the extension loaded and NumPy imported."""
    # A shell collects garbage when it ends. That of other tests, who may have compiled for minutes, is no part of it.
    gc.freeze()
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    shell = InteractiveShell.instance(config=config)
    shell.run_line_magic("load_ext", "zygote_nb")
    shell.run_cell("import numpy as np\nimport zygote_nb as zg")
    yield shell
    atexit.unregister(shell.atexit_operations)
    shell.atexit_operations()
    InteractiveShell.clear_instance()


@pytest.fixture
def cell(shell: InteractiveShell) -> Callable[[str], Any]:
    """Runs a cell and returns the value of its last expression; raises what the cell raised."""

    def run(text: str) -> Any:
        result = shell.run_cell(text, store_history=True)
        result.raise_error()
        return result.result

    return run
