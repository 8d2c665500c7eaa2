"""Rules that installed packages bring along, by the entry point group ``zygote_nb.rules``.

An entry point names a module, which is imported, or a function, which is called, before the first derivative.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator

GROUP = "zygote_nb.rules"
_is_loaded = False


def load() -> None:
    """Load them once."""
    global _is_loaded
    if _is_loaded:
        return
    _is_loaded = True
    if not any(map(mentions, metadata())):
        return
    from importlib.metadata import entry_points

    for point in entry_points(group=GROUP):
        try:
            found = point.load()
            if callable(found):
                found()
        except Exception as error:
            what = f"the rules of {point.value} are not used: {type(error).__name__}: {error}"
            warnings.warn(what, RuntimeWarning, stacklevel=2)


def metadata() -> Iterator[str]:
    """The files in which packages name entry points. To look for them takes a tenth of what importlib.metadata does."""
    for folder in dict.fromkeys(sys.path):
        try:
            entries = os.listdir(folder or ".")
        except OSError:
            continue
        for entry in entries:
            if entry.endswith((".dist-info", ".egg-info")):
                yield os.path.join(folder, entry, "entry_points.txt")


def mentions(path: str) -> bool:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return f"[{GROUP}]" in file.read()
    except OSError:
        return False
