"""Generated modules on disk, under a hash of all that they depend on, with Numba's compiled code beside them."""

from __future__ import annotations

import importlib.util
import os
import sys
import tempfile
import warnings
from functools import lru_cache
from pathlib import Path
from types import ModuleType

_warned = False


def directory() -> Path:
    """Where generated modules are kept: ``ZYGOTE_NB_CACHE_DIR``, or a folder of the user's cache directory."""
    own = os.environ.get("ZYGOTE_NB_CACHE_DIR")
    if own:
        return Path(own)
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(base) / "zygote_nb"


@lru_cache(maxsize=1)
def environment() -> str:
    """What compiled code depends on beside its text."""
    import numba
    import numpy

    package = Path(__file__).resolve().parent.parent
    runtime = sorted((package / "runtime").rglob("*.py"))
    stamp = ";".join(f"{p.name}:{p.stat().st_mtime_ns}:{p.stat().st_size}" for p in runtime)
    return f"{sys.version_info[:3]} {numpy.__version__} {numba.__version__} {stamp}"


def place(text: str, digest: str) -> Path | None:
    """The file that holds a module's text; None, with one warning, if it can't be written."""
    global _warned
    path = directory() / f"g{digest}.py"
    try:
        if not path.exists() or path.read_text() != text:
            write(path, text)
        return path
    except OSError as error:
        if not _warned:
            _warned = True
            warnings.warn(f"compiled code is not kept: {error}", stacklevel=2)
        return None


def write(path: Path, text: str) -> None:
    """Write a file in one step, so that another process never reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    with os.fdopen(handle, "w") as file:
        file.write(text)
    os.replace(name, path)


def load(path: Path, namespace: dict[str, object]) -> ModuleType:
    """Run the file as a module in which the names of the namespace are defined."""
    spec = importlib.util.spec_from_file_location(f"zygote_nb_generated_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    module.__dict__.update(namespace)
    sys.modules[spec.name] = module
    code = compile(path.read_text(), str(path), "exec")
    exec(code, module.__dict__)
    return module
