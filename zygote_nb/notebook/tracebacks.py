"""Exceptions of the user's code in a magic are shown from their own lines on, unless `%xmode Verbose` asks for all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING

from IPython.core.error import UsageError

from zygote_nb.errors import ZygoteError, is_ours

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["users_lines_first"]


@contextmanager
def users_lines_first(shell: InteractiveShell) -> Iterator[None]:
    """Exceptions that leave the block are shown without the cell's call of the magic, and without our frames.

    Errors of ours show themselves, and IPython shows a mistake in the use of a magic as one line.
    """
    __tracebackhide__ = True
    try:
        yield
    except (ZygoteError, UsageError, SyntaxError):
        raise
    except Exception as error:
        with suppress(AttributeError, TypeError):  # one that takes no attributes is shown as IPython does
            error._render_traceback_ = partial(_rendered, shell, error, error.__traceback__)  # type: ignore[attr-defined]
        raise


def _rendered(shell: InteractiveShell, error: Exception, whole: TracebackType | None) -> list[str]:
    """IPython's protocol: what to show in place of a traceback."""
    shown = whole if shell.InteractiveTB.mode == "Verbose" else _users_part(whole)
    found: list[str] = shell.InteractiveTB.structured_traceback(type(error), error, shown)
    return found


def _users_part(traceback: TracebackType | None) -> TracebackType | None:
    """What a traceback has of the user's own frames; all of it where there are none, for then the mistake is ours."""
    frames = []
    while traceback is not None:
        frames.append(traceback)
        traceback = traceback.tb_next
    kept: TracebackType | None = None
    for frame in reversed(frames):
        if not _is_plumbing(frame.tb_frame.f_code.co_filename):
            kept = TracebackType(kept, frame.tb_frame, frame.tb_lasti, frame.tb_lineno)
    return kept or (frames[0] if frames else None)


def _is_plumbing(filename: str) -> bool:
    return is_ours(filename) or filename == contextmanager.__code__.co_filename
