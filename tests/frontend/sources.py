"""Files and cells to take functions from, and what is asked of their sources."""

import ast
import importlib.util
import itertools
import linecache
import os
import textwrap
from types import SimpleNamespace

import pytest

from zygote_nb.errors import SourceNotFoundError
from zygote_nb.frontend.source import capture

_times = itertools.count(1_000_000_000, 10)


def write(path, text):
    """Writes a file whose time of change is not that of any earlier version."""
    path.write_text(textwrap.dedent(text))
    os.utime(path, (now := next(_times), now))


def load(folder, text, name="model"):
    """Imports a file of the given text as `import` would; once more under the same name: edited and reloaded."""
    write(folder / f"{name}.py", text)
    spec = importlib.util.spec_from_file_location(name, folder / f"{name}.py")
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def run_cell(monkeypatch, text, filename="<ipython-input-1-0a1b2c>"):
    """Runs a cell as IPython does: its text in linecache, its statements compiled one by one."""
    text = textwrap.dedent(text)
    monkeypatch.setitem(linecache.cache, filename, (len(text), None, text.splitlines(keepends=True), filename))
    scope = {"__name__": "__main__"}
    for statement in ast.parse(text).body:
        exec(compile(ast.Module([statement], []), filename, "exec"), scope)
    return SimpleNamespace(**scope)


def written(fn):
    """The source of `fn` from its tree, as Python would write it."""
    return ast.unparse(capture(fn).tree)


def stands_where_it_says(source):
    """Whether the positions of the tree are those of the file, and the text is what stands there."""
    segment = ast.get_source_segment("".join(linecache.getlines(source.filename)), source.tree)
    same_text = "".join(source.text.split()).startswith("".join(segment.split()))
    return source.first_line == source.tree.lineno and same_text


def refused(fn):
    """The refusal to give the source of `fn`."""
    with pytest.raises(SourceNotFoundError) as caught:
        capture(fn)
    return caught.value
