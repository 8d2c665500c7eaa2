"""Tracebacks of the user's own exceptions: their lines and no others."""

from __future__ import annotations

from bisect import bisect_left
from types import FrameType, TracebackType

from zygote_nb.backend.module import Module
from zygote_nb.errors import is_ours

__all__ = ["with_own_traceback"]

Entry = tuple[FrameType, int, int]


def with_own_traceback(error: BaseException, module: Module | None = None) -> BaseException:
    """The exception without the frames of this package; a frame of generated code becomes the user's line behind it."""
    entries: list[Entry] = []
    traceback = error.__traceback__
    while traceback is not None:
        filename = traceback.tb_frame.f_code.co_filename
        if module is not None and filename == module.filename:
            entries += origin(module, traceback)
        elif not is_ours(filename):
            entries.append((traceback.tb_frame, traceback.tb_lasti, traceback.tb_lineno))
        traceback = traceback.tb_next
    for entry in reversed(entries):
        traceback = TracebackType(traceback, *entry)
    return error.with_traceback(traceback)


def origin(module: Module, traceback: TracebackType) -> list[Entry]:
    """A frame on the line that a generated line comes from, with the generated function's variables."""
    frame = traceback.tb_frame
    sources = {f.name: f.source for f in module.functions if f.source is not None}
    source = sources.get(frame.f_code.co_name)
    generated, lines = zip(*module.linemap, strict=True) if module.linemap else ((), ())
    position = bisect_left(generated, traceback.tb_lineno)
    if source is None or position == len(lines):
        return []
    # Only an exception makes a frame: one is raised on the line that it is to show.
    text = "\n" * (lines[position] - 1) + "raise ZeroDivisionError"
    code = compile(text, source.source.filename, "exec").replace(co_name=source.name)
    try:
        exec(code, dict(frame.f_locals))
    except ZeroDivisionError as stop:
        made = stop.__traceback__.tb_next if stop.__traceback__ else None
        return [(made.tb_frame, made.tb_lasti, made.tb_lineno)] if made else []
    return []
