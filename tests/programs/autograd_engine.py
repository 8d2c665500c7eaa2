"""A tiny engine for derivatives, with objects and a topological order: differentiated once more from outside."""

import math


class Value:
    def __init__(self, data, op, left, right):
        self.data = data
        self.op, self.left, self.right = op, left, right
        self.grad = 0.0
        self.seen = False

    def __add__(self, other):
        return Value(self.data + other.data, "+", self, other)

    def __mul__(self, other):
        return Value(self.data * other.data, "*", self, other)

    def tanh(self):
        return Value(math.tanh(self.data), "tanh", self, None)

    def spread(self):
        if self.op == "+":
            self.left.grad += self.grad
            self.right.grad += self.grad
        elif self.op == "*":
            self.left.grad += self.grad * self.right.data
            self.right.grad += self.grad * self.left.data
        elif self.op == "tanh":
            self.left.grad += self.grad * (1.0 - self.data**2)


def in_order(root):
    order, stack = [], [(root, False)]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif not node.seen:
            node.seen = True
            stack.append((node, True))
            if node.left is not None:
                stack.append((node.left, False))
            if node.right is not None:
                stack.append((node.right, False))
    return order


def f(x, w, steps):
    a, b = Value(x, "leaf", None, None), Value(w, "leaf", None, None)
    y = a
    for _ in range(steps):
        y = (y * b + a).tanh()
    y.grad = 1.0
    for node in reversed(in_order(y)):
        node.spread()
    return a.grad * a.grad + 0.5 * b.grad + y.data


def args():
    return 0.4, 1.1, 3
