"""What is kept on disk: derivations, and machine code, each under a digest of all that it depends on.

A file is written in one step and carries a digest of its content: another process sees all of it or nothing, and a
damaged file is as good as none.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
import tempfile
import warnings
from functools import cache
from pathlib import Path
from typing import Any

from zygote_nb.backend.fingerprint import digest
from zygote_nb.backend.machine import NotLoadable, package_directory, processor

SETTINGS = ("NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES", "NUMBA_ENABLE_AVX", "NUMBA_OPT", "NUMBA_LOOP_VECTORIZE")
_warned = False


def directory() -> Path:
    """Where files are kept: ``ZYGOTE_NB_CACHE_DIR``, or a folder of the user's cache directory."""
    own = os.environ.get("ZYGOTE_NB_CACHE_DIR")
    if own:
        return Path(own)
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(base) / "zygote_nb"


@cache
def versions() -> str:
    """What a derivation depends on beside its program: the interpreter, NumPy, Numba, every file of this package."""
    import numpy

    stamps = [stamp(path) for path in sorted(package_directory("zygote_nb").rglob("*.py"))]
    try:
        stamps.append(stamp(package_directory("numba") / "_version.py"))
    except (NotLoadable, OSError):
        stamps.append("no numba")
    return digest(sys.version, sys.platform, numpy.__version__, *stamps)


def stamp(path: Path) -> str:
    status = path.stat()
    return f"{path} {status.st_mtime_ns} {status.st_size}"


@cache
def machine() -> str:
    """What machine code depends on beside its text."""
    import llvmlite

    settings = [f"{name}={os.environ.get(name)}" for name in SETTINGS]
    return digest(versions(), llvmlite.__version__, *processor(), *settings)


def is_enabled() -> bool:
    """Whether machine code may be used that was made before: not where Numba was told to interpret."""
    return os.environ.get("NUMBA_DISABLE_JIT", "0") in ("", "0")


def recall(key: str) -> Any:
    """What was kept under the key; None if there is nothing, or nothing sound."""
    try:
        content = place(key).read_bytes()
        check, payload = content[:32], content[32:]
        return pickle.loads(payload) if hashlib.sha256(payload).digest() == check else None
    except Exception:
        # Whatever is wrong with a file of the cache, it can be made anew.
        return None


def keep(key: str, value: Any) -> None:
    """Write a value for other processes; one warning if that isn't possible."""
    try:
        payload = pickle.dumps(value)
    except Exception:
        # A value that refers to something of this process only stays in this process.
        return
    keep_pickled(key, payload)


def keep_pickled(key: str, payload: bytes) -> None:
    """The same for a value that is pickled."""
    global _warned
    try:
        write(place(key), hashlib.sha256(payload).digest() + payload)
    except OSError as error:
        if not _warned:
            _warned = True
            warnings.warn(f"compiled code is not kept: {error}", stacklevel=2)


def place(key: str) -> Path:
    return directory() / key[:2] / key[2:]


def write(path: Path, content: bytes) -> None:
    """Write a file in one step, so that another process never reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(name, path)
    except OSError:
        os.unlink(name)
        raise
