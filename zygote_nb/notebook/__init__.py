"""Derivatives in Jupyter and IPython: the magics, and how their results are shown.

`%load_ext zygote_nb` registers the magics (`%grad?` explains one); `%unload_ext zygote_nb` takes them away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zygote_nb.notebook import manners

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["load_ipython_extension", "unload_ipython_extension"]


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Register the magics; IPython calls this for `%load_ext zygote_nb`."""
    manners.enter(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Take everything away again; IPython calls this for `%unload_ext zygote_nb`."""
    manners.leave(shell)
