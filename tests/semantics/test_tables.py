"""Dicts whose keys are known only when the program runs."""

from collections import defaultdict

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check, fails


def store(x, n):
    seen = {}
    for i in range(n):
        seen[i] = x[0] * i
    return seen[n - 1] * seen[1]


def count(x, n):
    d = {}
    for i in range(n):
        k = (i * 7) % 3
        d[k] = d.get(k, 0.0) + x[i % 2] * i
    s = 0.0
    for k, v in d.items():
        s += k * v * v
    for v in d.values():
        s *= 1 + v * v
    for k in d:
        s += k
    return s + len(d) + sum(d.values()) + max(d.values()) + (1.0 if 2 in d else 5.0)


def memo(x, n):
    memo = {}

    def fib(k):
        if k in memo:
            return memo[k]
        r = x[0] if k < 2 else fib(k - 1) * x[1] + fib(k - 2)
        memo[k] = r
        return r

    return fib(n)


def fib2(x, k, memo):
    if k in memo:
        return memo[k]
    r = fib2(x, k - 1, memo) * x[1] + fib2(x, k - 2, memo)
    memo[k] = r
    return r


def memo2(x, n):
    return fib2(x, n, {0: x[0], 1: x[0] * x[0]})


def memo3(x, n):
    memo = {}
    memo[0] = x[0]
    memo[1] = x[1]
    return fib2(x, n, memo)


def words(x, n):
    text = "a b a c b a"
    d = {}
    for i, w in enumerate(text.split()):
        if w not in d:
            d[w] = x[0]
        d[w] *= x[1] + i
    del d["c"]
    return sum(v * v for v in d.values()) + d["a"]


def words2(x, n):
    names = ["a", "b"]
    d = {}
    for i in range(n):
        w = names[i % 2]
        d[w] = d.get(w, 1.0) * x[i % 2]
    return d["a"] + 2 * d["b"]


def pairs(x, n):
    d = {}
    for i in range(n):
        for j in range(i):
            d[i, j] = x[0] * i + x[1] * j
    s = 0.0
    for (i, j), v in d.items():
        s += v * v * i
        if (j, i) in d:
            s += 1000
    return s + d[n - 1, 0]


def dd(x, n):
    d = defaultdict(float)
    for i in range(n):
        d[i % 3] += x[i % 2]
    return d[0] * d[1] + d[7] + len(d)


def arrays(x, n):
    d = {}
    for i in range(n):
        d[i] = x * i
    d[1][0] = x[1]
    e = d
    e[2] *= x
    return sum(np.sum(v * v) for v in d.values())


def tuples(x, n):
    d = {}
    for i in range(n):
        d[i] = (x[0] * i, i)
    s = 0.0
    for k, (a, b) in d.items():
        s += a * b
    return s + d[n - 1][0]


def comp(x, n):
    d = {i: x[0] * i for i in range(n)}
    e = {k: v * v for k, v in d.items() if k > 1}
    return sum(e.values()) + e[2] + len(e)


def comp2(x, n):
    d = {i: v for i, v in enumerate(x)}
    return d[0] * d[1]


def popping(x, n):
    d = dict()
    for i in range(n):
        d[i] = x[0] + i
    a = d.pop(1)
    b = d.pop(77, x[1])
    k, v = d.popitem()
    d.setdefault(50, x[1])
    d.update({60: x[0]})
    d[1] = x[1] * a
    s = 0.0
    for i, k in enumerate(d):
        s += i * d[k] * k
    return s + a * b * v + k


def sorts(x, n):
    d = {}
    for i in range(n):
        d[i * 5 % 4] = x[0] * i
    s = 0.0
    for k in sorted(d):
        s = s * 0.5 + d[k]
    for k, v in sorted(d.items(), key=lambda p: -p[1]):
        s = s * 0.7 + v * k
    best = max(d, key=lambda k: d[k])
    return s + d[best] * best


def missing(x, n):
    d = {}
    for i in range(n):
        d[i] = x[0]
    return d[n]


def update(d, k, v):
    d[k] = d.get(k, 0.0) + v


def by_callee(x, n):
    d = {}
    for i in range(n):
        update(d, i % 2, x[0] * i)
    return d[0] * d[1]


def made(x, n):
    d = {}
    for i in range(n):
        d[i] = x[0] * i
    return d


def from_callee(x, n):
    d = made(x, n)
    d[3] = x[1]
    return d[1] * d[3]


def tried(x, n):
    d = {}
    for i in range(n):
        d[2 * i] = x[0]
    s = 0.0
    for i in range(n):
        try:
            s += d[i] * i
        except KeyError:
            s *= x[1]
    return s


def adjacency(x, n):
    graph = {0: [1, 2], 1: [2], 2: []}
    dist = {}
    dist[0] = x[0]
    for u in range(3):
        for v in graph[u]:
            w = x[1] * (u + v)
            if v not in dist or dist[u] + w < dist[v]:
                dist[v] = dist[u] + w
    return dist[2]


PROGRAMS = [
    store, count, memo, memo2, memo3, words, words2, pairs, dd,
    arrays, tuples, comp, comp2, popping, sorts, by_callee, from_callee, tried,
    adjacency,
]  # fmt: skip

X = np.array([0.5, 0.7])


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_programs(f) -> None:
    check(f, X, 4, wrt=[0], compiles=False)


def test_a_key_that_is_not_there() -> None:
    fails(missing, X, 3, error=KeyError)


def test_a_dict_that_changes_its_size_while_it_is_gone_through() -> None:
    def f(x, n):
        d = {}
        for i in range(n):
            d[i] = x[0]
        for k in d:
            d[k + n] = x[1]
        return d[0]

    fails(f, X, 3, error=RuntimeError)


def test_a_comparison_with_none_that_depends_on_the_keys() -> None:
    def f(x, n):
        d = {}
        s = 0.0
        for i in range(n):
            last = d.get(i % 2)
            d[i % 2] = x[0] * i if last is None else last * x[1]
            s += d[i % 2]
        return s

    check(f, X, 4, compiles=False)


def keys(x):
    return 3.0 * x


known = 2.0


def test_what_a_dict_does_binds_no_name_that_the_function_reads_elsewhere() -> None:
    def captured(x, n):
        values = {0: x[0]}

        def value(k):
            if k not in values:
                values[k] = value(k - 1) * x[1]
            return values[k]

        return value(n)

    def outside(x, n):
        seen = {}
        for i in range(n):
            seen[i] = x[0] * i
            seen[i] = keys(x[1]) * seen[i] * known
        return seen[n - 1]

    for f in (captured, outside):
        check(f, X, 4, wrt=[0], compiles=False)


def of_argument(seen, x, n):
    for i in range(n):
        seen[i] = seen.get(i - 1, x[0]) * x[1]
    return sum(seen.values())


def memo_of_argument(known, x, n):
    if n not in known:
        known[n] = memo_of_argument(known, x, n - 1) * x[0] + memo_of_argument(known, x, n - 2)
    return known[n]


def counted_words(counts, x, text):
    for word in text.split():
        counts[word] = counts.get(word, 0.0) + x[0]
    return sum(v * v for v in counts.values())


def within_another(config, x, n):
    for i in range(n):
        config["seen"][i] = x[0] * i
        config["log"].append((i, x[1]))
    return config["rate"] * config["seen"][n - 1] + sum(i * v for i, v in config["log"])


@pytest.mark.parametrize(
    ("f", "given", "more"),
    [
        (of_argument, {}, 3),
        (of_argument, {0: 2.0, 5: 3.0}, 3),
        (memo_of_argument, {0: 1.0, 1: 2.0}, 5),
        (counted_words, {"a": 1.0}, "a b a c"),
        (within_another, {"seen": {}, "log": [(1, 2.0)], "rate": 0.5}, 3),
        (within_another, {"seen": {0: 1.5}, "log": [], "rate": 0.5}, 3),
    ],
)
def test_a_dict_that_is_given_gets_keys(f, given, more) -> None:
    check(f, given, X, more, wrt=[0, 1], compiles=False, second=True)


def test_one_dict_under_two_names() -> None:
    def f(a, b, x):
        for i in range(3):
            a[i] = x * (i + 1)
        return b[0] * a[2]

    given = {0: 2.0}
    assert zg.gradient(f, given, given, 3.0)[2] == pytest.approx(2 * 3.0 * 3.0)
    assert given == {0: 2.0}


def test_a_name_in_an_expression_that_is_kept_is_not_given_away_when_a_loop_is_lowered_again() -> None:
    def f(x, n):
        groups = {}
        for i in range(n):
            groups.setdefault(i % 3, []).append((i, x[0] * i))
        return sum(k * max(v for _, v in pairs) for k, pairs in groups.items())

    check(f, X, 7, wrt=[0], compiles=False)


def more_of_what_dicts_do(given, x, n):
    for _ in range(n):
        for name in ("w", "b"):
            given[f"{name} m"] = 0.9 * given.get(f"{name} m", 0.0) + x[0] * given[name]
            given[name] = given[name] - x[1] * given[f"{name} m"]
    copied = given.copy()
    for i in range(n):
        copied[f"{i}"] = x[0]
    merged = {**copied, "last": x[1], **{"w": x[0]}}
    return given["w"] * given["b"] + sum(copied.values()) * sum(merged.values())


def test_copies_and_merges() -> None:
    check(more_of_what_dicts_do, {"w": 1.0, "b": 2.0}, X, 3, wrt=[0, 1], compiles=False)


def listed_first(x, n):
    d, total = {}, x[0]
    for i in range(n):
        d[i] = x[0] * i
    for k, v in list(d.items()):
        d[k + 10] = v * x[1]
        total += v * k
    for k in list(d.keys()):
        del d[k]
        total += x[1] * k
    return total + sum(list(d.values())) + len(d)


def test_a_dict_changes_while_a_list_of_its_entries_is_gone_through() -> None:
    check(listed_first, X, 3, wrt=[0], compiles=False)
