"""`map`, `filter`, `zip`, `reduce`, `itertools`, `operator`: differentiated as the loops that they stand for."""

import functools
import itertools
import math
import operator
import statistics

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check, fails

X = np.array([0.7, -1.2, 0.4, 2.1])


def square(t):
    return t * t


def map_of_a_lambda(x):
    return sum(map(lambda t: t * t, x))


def map_of_a_function_and_of_two_iterables(x):
    return sum(map(square, x)) * sum(map(lambda a, b: a * b, x, x[::-1])) * sum(map(pow, x, (2, 2, 2, 3)))


def map_unpacked(x):
    a, b = map(math.sin, (x[0], x[1]))
    first, *rest = [*map(math.exp, x)]
    return a * b * first * rest[1]


def filter_with_and_without_function(x):
    s = 0.0
    for t in filter(lambda t: t > 0, x):
        s += t**3
    return s + sum(filter(None, x)) ** 2 + sum(itertools.filterfalse(lambda t: t > 0, x)) ** 2


def reduce_of_products(x):
    product = functools.reduce(lambda a, b: a * b, x)
    return product * functools.reduce(operator.mul, x[1:], 2.0) + functools.reduce(lambda s, v: s * 0.9 + v * v, x, 1.0)


def reduce_of_matrices(x):
    return np.sum(functools.reduce(np.dot, [np.outer(x, x), np.eye(4) * x, np.outer(x, x)])[0])


def partial_of_reduce(x):
    product = functools.partial(functools.reduce, operator.mul)
    return product(x)


def accumulate_in_its_forms(x):
    return (
        sum(itertools.accumulate(x))
        * sum(itertools.accumulate(x, lambda a, b: a * b + 1.0))
        * sum(itertools.accumulate([x[0], x[1], x[2]], operator.mul, initial=2.0))
    )


def chains(x):
    s = 0.0
    for a in itertools.chain(x, x[1:] * x[:-1]):
        s += a * a
    return s * sum(itertools.chain.from_iterable([[x[0], x[1]], [x[2] * x[2]]]))


def products_of_iterables(x):
    s = sum(a * b for a, b in itertools.product((x[0], x[1]), repeat=2))
    for i, j in itertools.product(range(2), range(2)):
        s += x[i] * x[j + 1]
    return s * sum(a * b for a, b in itertools.product(x, x[:2]))


def pairs_and_triples(x):
    pairs = sum(a * b for a, b in itertools.combinations(x, 2))
    triples = sum(a * b * c for a, b, c in itertools.combinations(x, 3))
    spread = 0.0
    for i, j in itertools.combinations(range(len(x)), 2):
        spread += (x[i] - x[j]) ** 2 * i
    return pairs * triples + spread


def permuted(x):
    return sum(a * b * b * c**3 for a, b, c in itertools.permutations((x[0], x[1], x[2])))


def neighbours(x):
    return sum(a * b * b for a, b in itertools.pairwise(x))


def slices_of_iterators(x):
    part = sum(itertools.islice(x, 1, 3))
    return part * sum(v * f for f, v in enumerate(itertools.islice((a * a for a in x), 1, 4, 2), start=1))


def counted_cycled_repeated(x):
    s = 0.0
    for c, v in zip(itertools.count(1), x):
        s += c * v * v
    for c, v in zip(itertools.cycle((1.0, -1.0)), x):
        s += c * v
    for c, v in zip(itertools.repeat(3.0), x):
        s += c * v
    return s


def longest_zip(x):
    return sum(a * b for a, b in itertools.zip_longest(x, x[1:], fillvalue=2.0))


def starmapped(x):
    return sum(map(lambda a, b: a * b, x, x[1:]))


def taken_and_dropped_while(x):
    head = sum(itertools.takewhile(lambda t: t < 1, (x[0], x[1], x[3], x[0])))
    return head * sum(itertools.dropwhile(lambda t: t < 1, x)) * sum(itertools.compress(x, [1, 0, 1, 1]))


def rows_to_columns(x):
    a, b = zip(*[(x[0], x[1]), (x[2], x[3])], strict=True)
    return a[0] * b[1] + sum(a) + sum(sum(r) for r in zip(*[x, x * x], strict=True))


def names_and_values(x):
    named = dict(zip(("a", "b", "c"), x))
    squares = {k: v * v for k, v in zip(("a", "b"), x)}
    return named["a"] * named["c"] * squares["b"]


def numbered_pairs(x):
    s = 0.0
    for i, (a, b) in enumerate(zip(x[:-1], x[:0:-1], strict=True), start=1):
        s += i * a * b
    return s


def backwards(x):
    s = 0.0
    for v in reversed(list(filter(None, x))):
        s = s * 0.5 + v
    return s


def first_that_fits(x):
    return next(v for v in x if v < 0) ** 2 * next((v for v in x if v > 1000), 2.0) * x[0]


def one_by_one(x):
    it = iter(x)
    first = next(it)
    s = 0.0
    for v in it:
        s += first * v
    signs = itertools.cycle([1.0, -1.0])
    return s + sum(next(signs) * v for v in x)


def until_nothing_is_left(x):
    it, s = iter(x), 0.0
    while True:
        v = next(it, None)
        if v is None:
            break
        s += v * v
    return s


def getters(x):
    second = operator.itemgetter(1)
    return second(x) * operator.itemgetter(0, 2)(x)[1] * operator.attrgetter("T")(x)[3] + operator.methodcaller("sum")(
        x
    )


def sorted_by_a_key(x):
    ordered = sorted(x, key=lambda v: v * v)
    downwards = sorted(map(square, x), reverse=True)
    return ordered[0] * 3 + ordered[-1] * ordered[1] + downwards[0] * downwards[1]


def best_by_a_key(x):
    return max(x, key=lambda v: -v * v) ** 2 + min(x, key=lambda v: (v - 2) ** 2) * max(map(square, x))


def sums_and_means(x):
    return math.fsum(v * v for v in x) * math.prod(map(square, x)) + statistics.mean(x) * statistics.fmean(
        v * v for v in x
    )


def answers_about_iterators(x):
    return all(v < 10 for v in map(abs, x)) * x[0] + any(map(lambda v: v > 2, x)) * x[1]


def arrays_of_iterators(x):
    windows = [x[i : i + 2] for i in range(3)]
    return (
        sum(map(np.prod, windows))
        + np.prod(np.fromiter((v * v for v in x), float))
        + np.sum(np.array([*map(square, x)]))
    )


def numbers_of_an_array(x):
    a, b, *_ = x[0], x[1], x[2]
    return sum(v * v for v in x.tolist()) * a * b


def ranges_as_values(x):
    steps = range(len(x))
    inner = range(1, len(x), 2)
    return sum(x[i] * i for i in steps) * sum(x[i] for i in inner) * len(steps) + len(inner) * x[0]


PROGRAMS = [
    map_of_a_lambda, map_of_a_function_and_of_two_iterables, map_unpacked, filter_with_and_without_function,
    reduce_of_products, reduce_of_matrices, partial_of_reduce, accumulate_in_its_forms, chains, products_of_iterables,
    pairs_and_triples, permuted, neighbours, slices_of_iterators, counted_cycled_repeated, longest_zip, starmapped,
    taken_and_dropped_while, rows_to_columns, names_and_values, numbered_pairs, backwards, first_that_fits, one_by_one,
    until_nothing_is_left, getters, sorted_by_a_key, best_by_a_key, sums_and_means, answers_about_iterators,
    arrays_of_iterators, numbers_of_an_array, ranges_as_values,
]  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_iterators(program):
    check(program, X)


def test_what_a_zip_writes_while_it_runs_is_read():
    def f(x):
        for a, b in zip(x, x[1:], strict=False):  # noqa: RUF007
            x[0] += a * b
        return x[0]

    check(f, X)


def test_a_shorter_array_beside_names_is_refused_rather_than_cut():
    def f(x):
        s = 0.0
        for k, v in zip(("a", "b", "c"), x):
            s += v * len(k)
        return s

    check(f, X)
    with pytest.raises(zg.ZygoteError, match="fewer than 3 items"):
        zg.gradient(f, X[:2])


def test_generated_code_of_map_is_the_loop():
    text = str(zg.code_adjoint(map_of_a_lambda, X))
    assert "map" not in text.replace("map_of_a_lambda", "")
    assert "d_x[i1] = 2 * d_out * item" in text


def test_fields_of_two_iterators_of_one_name_are_apart():
    """The items of the inner combinations once overwrote those of the outer ones."""

    def f(x):
        return sum(a * b for a, b in itertools.combinations(x, 2))

    check(f, X)


@pytest.mark.parametrize(
    ("program", "what"),
    [],
)
def test_refusals(program, what):
    with pytest.raises(zg.ZygoteError, match=what):
        zg.gradient(program, X)


def test_an_array_of_another_length_is_not_unpacked():
    """``a, b = x`` once took the first entries of a longer array."""

    def f(x):
        a, b = x
        return a * b

    check(f, X[:2])
    fails(f, X, error=ValueError)


def test_a_starred_name_takes_what_is_between():
    def f(x):
        a, *b, c = x
        return a * sum(b) * c**2

    check(f, X)
    check(f, X[:3])
    fails(f, X[:1], error=ValueError)


def test_indices_and_entries_of_arrays():
    def f(x):
        out = np.zeros(x.shape)
        for index, value in np.ndenumerate(x):
            out[index] = value * value
        for i, j in np.ndindex(*x.shape):
            out[i, j] *= i + 2 * j
        for i, j in np.ndindex(x.shape):
            out[i, j] += x[j, i]
        return out.sum()

    check(f, 0.3 * np.arange(4.0).reshape(2, 2) - 0.2)


def test_sets_of_constants():
    def f(x):
        chosen, without = {i for i in range(3)}, frozenset([1])
        return sum(x[i] * (i + 1) for i in frozenset([0, 1, 2, 2]) if i not in without) * len(chosen)

    check(f, np.array([0.7, 1.1, 2.0]))


def test_sorted_ranges_and_tuples():
    def f(x):
        order = sorted(range(len(x)), key=lambda k: x[k])
        first, second, third = sorted([(x[0] * x[1], 1), (x[1] + x[2], 2), (x[2], 3)])
        names = sorted({"b": x[0], "a": x[3]}.items(), reverse=True)
        return x[order[0]] * x[order[-1]] ** 2 + first[0] * second[0] ** 2 + third[0] * names[0][1]

    check(f, np.array([0.3, -1.2, 0.8, 2.2]), compiles=False)


def test_the_best_of_an_object_that_can_be_iterated_over():
    class Pair:
        def __init__(self, p, q):
            self.p, self.q = p, q

        def __iter__(self):
            yield self.p
            yield self.q

    def f(x, y):
        return max(Pair(x, y)) * 3.0 + min(Pair(x * y, y)) ** 2

    check(f, 1.0, 2.5, compiles=False)


def test_averages_with_weights_and_moments() -> None:
    """Weights of `fmean` were passed over, and the spread of numbers had no derivative."""
    check(lambda x, w: statistics.fmean(x, w) * statistics.fmean(list(x), weights=w), X, X * X)
    check(lambda x: statistics.stdev(x) * statistics.variance(v * v for v in x), X)
    check(lambda x, c: statistics.variance(x, c) + statistics.pvariance(x, mu=c) * statistics.pstdev(x), X, 0.3)
    check(lambda x: statistics.median(x) * statistics.median(x[1:]) * statistics.geometric_mean(x * x), X)
    assert zg.gradient(lambda a: statistics.stdev([a, a, a]), 0.7) == (0.0,)
    for f in (lambda x: statistics.stdev(x[:1]), lambda x: statistics.fmean(x, [1.0])):
        with pytest.raises(statistics.StatisticsError):
            zg.gradient(f, X)


@pytest.mark.skipif(not hasattr(math, "sumprod"), reason="since Python 3.12")
@pytest.mark.parametrize(
    ("p", "q"),
    [
        (X, X * 2.0), (list(X), list(X)), ([0.3, 0.5], [1.0, 2.0]), ([0.3, 0.5], X[:2]), ([1, 2], [0.5, 2.0]),
        ([np.float64(1.5)], [2.0]), ((1.5, 2.5), (2.0, 0.5)),
    ],
)  # fmt: skip
def test_sums_of_products_are_numbers_of_numpy_where_one_of_them_is(p, q) -> None:
    check(lambda p, q: math.sumprod(p, q), p, q)
    check(lambda p, q: statistics.fmean(p, q), p, q)


def test_arguments_of_averages_that_are_not_known_are_refused() -> None:
    with pytest.raises(zg.UnsupportedSyntaxError, match="arguments of `mean`"):
        zg.gradient(lambda x: statistics.mean(x, weights=x), X)


def read_by_place(x):
    return x.flat[1] * 2.0


def read_in_turn(x):
    return sum(v * v for v in x.flat)


def written_by_place(x):
    y = x.copy()
    y.flat[1] = 3.0
    return np.sum(y)


def filled(x):
    y = np.zeros((2, 2))
    y.flat = x
    return np.sum(y)


@pytest.mark.parametrize("f", [read_by_place, read_in_turn, written_by_place, filled])
def test_the_iterator_of_an_array_is_refused_with_a_way_out(f):
    with pytest.raises(zg.UnsupportedSyntaxError, match=r"`flat` of an array(.|\n)*ravel"):
        zg.gradient(f, np.ones((2, 2)))
