"""What a statement of a cell reads, binds and writes into, on every version of Python alike."""

import ast

import pytest

from zygote_nb.notebook.cell.names import binds, flow, reads, writes

CASES = [
    ("x += 1", "x", "x", "x"),
    ("y = [a * i for i in x]", "a x", "y", ""),
    ("y = {i: {j for j in b} for i in x}", "b x", "y", ""),
    ("[i for i in range(3) if (w := i) > z]", "range z", "w", ""),
    ("def f(a, b=c):\n    return a + g + b", "c g", "f", ""),
    ("class C(B):\n    k = v\n    def m(self): return self.q + o", "B o v", "C", ""),
    ("g = lambda t: t * k", "k", "g", ""),
    ("import a.b as q, os.path", "", "os q", ""),
    ("x[i] = 3", "i x", "", "x"),
    ("x.a[0] += y", "x y", "", "x"),
    ("f(x, y[0])", "f x y", "", "f x y"),
    ("with open(p) as fh: t = fh.read()", "fh open p", "fh t", ""),
    ("for i in r:\n    a, *b = i", "i r", "a b i", ""),
    ("match z:\n    case [a, *b]: pass", "z", "a b", ""),
    ("x: float", "float", "", ""),
]


@pytest.mark.parametrize(("text", "read", "bound", "written"), CASES, ids=[text for text, *_ in CASES])
def test_names(text, read, bound, written):
    (statement,) = ast.parse(text).body
    assert sorted(reads(statement)) == read.split()
    assert sorted(binds(statement)) == bound.split()
    assert sorted(writes(statement)) == written.split()


@pytest.mark.parametrize(
    ("text", "free", "bound"),
    [
        ("y = x\nx = y", "x", "x y"),
        ("if c: a = 1\nelse: a = b", "b c", "a"),
        ("if c: a = 1\nd = a", "a c", "d"),
        ("for i in n: a = i\nb = a", "a n", "b"),
        ("while a: a = b", "a b", ""),
        ("try: a = b\nexcept E as e: c = e\nfinally: d = 1", "E b", "d"),
        ("with m() as a: b = a", "m", "a b"),
    ],
)
def test_flow(text, free, bound):
    followed = flow(ast.parse(text).body)
    assert sorted(followed.free) == free.split()
    assert sorted(followed.bound) == bound.split()


def test_a_list_that_a_function_only_adds_to_is_not_read():
    from zygote_nb.notebook.cell.values import global_readers

    namespace = {}
    exec("def logs(x):\n    history.append(x)\n    return x * W", namespace)
    assert global_readers(["logs"], namespace) == {"W": "logs"}
