"""Who may import whom: lower ranks and the own package, nothing upward or sideways; and who may know which library."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "zygote_nb"
RANKS = (
    ("dataclass",),
    ("display",),
    ("errors", "options", "caches"),
    ("ir", "runtime"),
    ("frontend", "rules"),
    ("analysis",),
    ("transform", "backend"),
    ("driver",),
    ("api", "trees"),
    ("higher",),
    ("testing", "inspection", "notebook", "__main__", "__init__"),
)
RANK = {room: rank for rank, rooms in enumerate(RANKS) for room in rooms}
SIDEWAYS = {
    ("__main__", "__init__"): "the command runs what the package offers, as a person would",
    ("notebook", "__init__"): "a magic calls what a person would call",
    ("__init__", "testing"): "the package offers what they define",
    ("__init__", "inspection"): "the package offers what they define",
    ("__init__", "notebook"): "the extension is loaded by the package's name, when it is asked for",
}
LIBRARIES = {
    "IPython": ("notebook/",),
    "ipywidgets": ("notebook/",),
    "graphviz": ("notebook/",),
    "numba": (
        *(
            f"backend/{m}.py"
            for m in ("numba", "elements", "counters", "lean", "listing", "helpers", "identity", "once")
        ),
        "runtime/compiled/",
    ),
    "llvmlite": (
        "backend/listing.py",
        "backend/counters.py",
        "backend/machine.py",
        "backend/cache.py",
        "runtime/compiled/",
    ),
}


@dataclass(frozen=True)
class Import:
    """A module and what it imports; `line` is where."""

    path: str
    line: int
    target: str

    @property
    def room(self) -> str:
        return self.path.split("/")[0].removesuffix(".py")

    @property
    def target_room(self) -> str:
        parts = self.target.split(".")
        return parts[1] if len(parts) > 1 and parts[1] in RANK else "__init__"

    def __str__(self) -> str:
        return f"{self.path}:{self.line} imports {self.target}"


def imports_of(path: Path) -> Iterator[Import]:
    """Every import of a file, those inside functions too."""
    name = path.relative_to(PACKAGE).as_posix()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (Import(name, node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}:{node.lineno}: imports are absolute"
            module = node.module or ""
            for alias in node.names:
                inner = f"{module}.{alias.name}"
                yield Import(name, node.lineno, inner if module == "zygote_nb" and alias.name in RANK else module)


@cache
def imports() -> list[Import]:
    return [found for path in sorted(PACKAGE.rglob("*.py")) for found in imports_of(path)]


def own() -> list[Import]:
    return [found for found in imports() if found.target.split(".")[0] == "zygote_nb"]


def test_every_room_has_a_rank() -> None:
    rooms = {p.stem for p in PACKAGE.iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()}
    assert rooms == set(RANK)


def test_the_reader_sees_imports_inside_functions() -> None:
    assert any(i.path == "__init__.py" and i.target_room == "notebook" for i in own())


def test_no_arrow_up_or_sideways() -> None:
    wrong = [
        str(i)
        for i in own()
        if i.room != i.target_room and RANK[i.target_room] >= RANK[i.room] and (i.room, i.target_room) not in SIDEWAYS
    ]
    advice = "(what both sides need, such as the dataclass of a generated function, belongs in ir/)"
    assert not wrong, "\n".join(["arrows up or sideways:", *wrong, advice])


def test_every_exception_is_used() -> None:
    assert set(SIDEWAYS) <= {(i.room, i.target_room) for i in own()}


@pytest.mark.parametrize("library", LIBRARIES)
def test_only_its_own_room_knows_a_library(library: str) -> None:
    wrong = [
        str(i) for i in imports() if i.target.split(".")[0] == library and not i.path.startswith(LIBRARIES[library])
    ]
    assert not wrong, "\n".join(wrong)


def test_dataclasses_are_our_own() -> None:
    """The standard library's take three times as long to make, and a first gradient makes two hundred."""
    wrong = [str(i) for i in imports() if i.target == "dataclasses" and i.path != "dataclass.py" and not is_whole(i)]
    assert not wrong, "\n".join([*wrong, "(import from zygote_nb.dataclass)"])


def is_whole(found: Import) -> bool:
    """`import dataclasses`: what is asked of the user's own."""
    return (PACKAGE / found.path).read_text().splitlines()[found.line - 1].strip() == "import dataclasses"


START = """
import sys, time
import numpy
before = time.perf_counter()
import zygote_nb
print(f"{1e3 * (time.perf_counter() - before):.0f} ms beyond numpy")
print(*sorted({m.split(".")[0] for m in sys.modules}))
print(*sorted(m for m in sys.modules if m.startswith("zygote_nb.")))
"""


def test_importing_loads_no_heavy_library() -> None:
    """The time is shown by `pytest -s`."""
    run = subprocess.run([sys.executable, "-c", START], capture_output=True, text=True, check=True, cwd=PACKAGE.parent)
    time, loaded, rooms = run.stdout.splitlines()
    print("import zygote_nb:", time)
    derivation = {"zygote_nb.frontend.program", "zygote_nb.frontend.lower", "zygote_nb.driver.derived"}
    assert not derivation & set(rooms.split()), "what is on the disk needs no derivation, and nothing that derives"
    assert not {"numba", "llvmlite", "IPython", "ipywidgets", "graphviz", "scipy", "sklearn"} & set(loaded.split())
