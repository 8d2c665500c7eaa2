"""Random programs of two loops, one in the other, that read and write nearby elements of one or two arrays."""

import importlib.util
import sys

INDICES = ["i", "j", "i - 1", "j - 1", "i + 1", "j + 1", "0", "n - 1", "n - i", "m"]
VALUES = [
    "0.5 * {p}[{a}] * {q}[{b}]",
    "{w}[{t}] + 0.1 * {p}[{a}] * {q}[{b}]",
    "0.5 * {p}[{a}] + np.sin({q}[{b}]) ** 2",
    "0.3 * ({p}[{a}] + {p}[{b}])",
]


def random_loops(rng, arrays: str) -> str:
    """The source of ``f(x, n)``; with two arrays, what is written is mostly not what is read."""

    def statement(depth: str) -> str:
        a, b, target = (str(rng.choice(INDICES)) for _ in range(3))
        written = str(rng.choice(list(arrays)))
        p, q = (rng.choice([r for r in arrays if r != written] or [written]) for _ in range(2))
        value = str(rng.choice(VALUES)).format(w=written, t=target, p=p, q=q, a=a, b=b)
        text = f"{written}[{target}] = {value}"
        return text if depth == "j" else text.replace("[j", "[i")

    outer = rng.choice(["range(1, n - 1)", "range(n - 2, 0, -1)", "range(1, n - 1, 2)"])
    inner = rng.choice(["range(1, i)", "range(i, n - 1)", "range(i - 1, 0, -1)", "range(1, n - 1)"])
    lines = [
        "import numpy as np",
        "def f(x, n):",
        *(f"    {name} = {scale} * x" for name, scale in zip(arrays, ("1.0", "0.7"), strict=False)),
        "    m = 2",
        f"    for i in {outer}:",
        *([f"        {statement('i')}"] if rng.random() < 0.5 else []),
        f"        for j in {inner}:",
        f"            {statement('j')}",
        *([f"            {statement('j')}"] if rng.random() < 0.5 else []),
        *(["        m = i"] if rng.random() < 0.2 else []),
        *([f"        {statement('i')}"] if rng.random() < 0.5 else []),
        f"    return {' + '.join(f'np.sum({name} * {name})' for name in arrays)}",
    ]
    return "\n".join(lines) + "\n"


def loaded(source: str, path):
    """The module with this source, in a file so that the source can be read."""
    path.write_text(source)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module
