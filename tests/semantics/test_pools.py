"""Objects that are known by number as the program runs: linked, in lists that grow, one of several."""

from dataclasses import dataclass

import numpy as np
import pytest

import zygote_nb as zg
from tests.oracle import check


class Node:
    def __init__(self, value, rest):
        self.value, self.rest = value, rest


def chain(x, n):
    c = None
    for i in range(n):
        c = Node(x[0] * i, c)
    return c.value * c.rest.value + x[1]


def walk(x, n):
    c = None
    for i in range(n):
        c = Node(x[i % 2] * i, c)
    s = 0.0
    k = c
    while k is not None:
        s = s * x[0] + k.value**2
        k.value = s
        k = k.rest
    while c:
        s += c.value
        c = c.rest
    return s


def length(node):
    if node is None:
        return 0.0
    return node.value + 0.5 * length(node.rest)


def recursive(x, n):
    c = None
    for i in range(n):
        c = Node(x[i % 2] * i, c)
    return length(c)


class Tree:
    def __init__(self, key, value):
        self.key, self.value = key, value
        self.left = None
        self.right = None


def insert(t, key, value):
    if t is None:
        return Tree(key, value)
    if key < t.key:
        t.left = insert(t.left, key, value)
    elif key > t.key:
        t.right = insert(t.right, key, value)
    else:
        t.value += value
    return t


def total(t, d):
    if t is None:
        return 0.0
    return d * t.value**2 + total(t.left, d + 1) * 2.0 + total(t.right, d + 1)


def bst(x, n):
    root = None
    for i in range(n):
        root = insert(root, (i * 3) % 4, x[i % 2] * (i + 1))
    root = insert(root, 1, x[0])
    return total(root, 1)


def bst_loop(x, n):
    root = Tree(2, x[0])
    for i in range(n):
        key = (i * 3) % 5
        t = root
        while True:
            if key < t.key:
                if t.left is None:
                    t.left = Tree(key, x[1] * i)
                    break
                t = t.left
            else:
                if t.right is None:
                    t.right = Tree(key, x[0] * i)
                    break
                t = t.right
    return total(root, 1)


def build(x, d):
    if d == 0:
        return None
    t = Tree(d, x[0] * d)
    t.left = build(x * 0.5, d - 1)
    t.right = build(x, d - 1)
    return t


def built(x, n):
    return total(build(x, n), 1)


@dataclass
class Point:
    x: float
    y: float

    def norm(self):
        return self.x**2 + self.y**2

    def move(self, dx):
        self.x += dx


def points(x, n):
    pts = []
    for i in range(n):
        pts.append(Point(x[0] * i, x[1]))
    for p in pts:
        p.x += p.y
        p.move(0.5)
    pts[1].y *= 3.0
    best = pts[0]
    for p in pts:
        if p.norm() > best.norm():
            best = p
    best.x *= 2.0
    return sum(p.norm() for p in pts) + best.x + pts[-1].x


class Item:
    def __init__(self, x):
        self.x = x


def one_of_two(x, n):
    a, b = Item(x[0]), Item(2.0 * x[1])
    best = a if x[0] > 1.0 else b
    best.x = best.x * 3.0
    return a.x + b.x


def swap(x, n):
    a, b = Item(x[0]), Item(x[1])
    for i in range(n):
        if i % 2:
            a, b = b, a
        a.x *= 2.0
        b.x += a.x
    return a.x * b.x + (1.0 if a is b else 2.0)


def table(x, n):
    d = {}
    for i in range(n):
        if i % 2 not in d:
            d[i % 2] = Item(x[0])
        d[i % 2].x *= x[1] + i
    return d[0].x + d[1].x ** 2


class Particle:
    def __init__(self, q, v):
        self.q, self.v = q, v
        self.trail = []

    def step(self, dt):
        self.q = self.q + dt * self.v
        self.trail.append(self.q[0])


def particles(x, n):
    ps = [Particle(x * (i + 1), x[::-1] * 1.0) for i in range(n)]
    for _ in range(3):
        for p in ps:
            p.step(0.1)
        for p in ps:
            for o in ps:
                if p is not o:
                    p.v += 0.1 * (o.q - p.q)
    return sum(np.sum(p.q**2) + sum(p.trail) for p in ps)


class Expr:
    def __init__(self, op, left, right, value):
        self.op, self.left, self.right, self.value = op, left, right, value


def evaluate(e, x):
    if e.op == "num":
        return e.value
    if e.op == "+":
        return evaluate(e.left, x) + evaluate(e.right, x)
    return evaluate(e.left, x) * evaluate(e.right, x)


def parser(x, n):
    stack = []
    for tok in "0 1 + 0 *".split():
        if tok == "+" or tok == "*":
            b = stack.pop()
            a = stack.pop()
            stack.append(Expr(tok, a, b, 0.0))
        else:
            stack.append(Expr("num", None, None, x[int(tok)]))
    return evaluate(stack[-1], x)


def shared(x, n):
    a = Item(x[0])
    l = []
    for i in range(n):
        l.append(a)
    l[0].x = x[1] * 2
    return sum(i.x for i in l)


def queue(x, n):
    head = Node(x[0], None)
    tail = head
    for i in range(n):
        tail.rest = Node(tail.value * x[1], None)
        tail = tail.rest
    s = 0.0
    while head is not None:
        s += head.value
        head = head.rest
    return s


class Tree2:
    def __init__(self, v):
        self.v = v
        self.kids = []


def kids(x, n):
    root = Tree2(x[0])
    level = [root]
    for i in range(n):
        k = Tree2(x[1] * i)
        root.kids.append(k)
        level.append(k)
        if i:
            level[i].kids.append(Tree2(x[0] * x[1]))

    def total(t, d):
        return t.v * d + sum(total(k, d + 1) for k in t.kids)

    return sum(k.v for k in root.kids) + sum(len(t.kids) * t.v for t in level)


PROGRAMS = [
    chain, walk, recursive, bst, bst_loop, built, points, one_of_two, swap,
    table, particles, parser, shared, queue, kids,
]  # fmt: skip

X = np.array([0.5, 0.7])


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_programs(f) -> None:
    check(f, X, 4, wrt=[0], compiles=False)


def test_an_attribute_of_none_is_no_attribute() -> None:
    def f(x, n):
        c = None
        for i in range(n):
            c = Node(x[0] * i, c)
        return c.rest.rest.rest.value

    assert zg.gradient(f, X, 4)[0][0] == 0.0
    with pytest.raises(AttributeError):
        f(X, 3)
    with pytest.raises(AttributeError):
        zg.gradient(f, X, 3)


def test_a_linked_list_is_not_returned() -> None:
    def f(x, n):
        c = None
        for i in range(n):
            c = Node(x[0] * i, c)
        return c

    with pytest.raises(zg.UnsupportedSyntaxError):
        zg.pullback(f, X, 3)
