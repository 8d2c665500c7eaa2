"""Cells that grow, share what they have with their neighbours, and divide when they are large: a list of objects."""

from dataclasses import dataclass


@dataclass
class Cell:
    position: float
    size: float
    age: int = 0

    def grow(self, rate, food):
        self.size += 0.1 * rate * food * self.size / (1.0 + self.size)
        self.age += 1

    def divided(self, drift):
        half = 0.5 * self.size
        self.size = half
        self.age = 0
        return Cell(self.position + drift * half, half)


def f(rate, drift, food, steps):
    cells = [Cell(0.0, 0.8), Cell(1.0, 1.1)]
    for _ in range(steps):
        total = sum(c.size for c in cells)
        for c in cells:
            c.grow(rate, food - 0.1 * total)
        born = []
        for c in cells:
            if c.size > 1.2:
                born.append(c.divided(drift))
        cells.extend(born)
    largest = max(cells, key=lambda c: c.size)
    largest.size *= 2.0
    return sum(c.size * (1.0 + c.position) for c in cells) + 0.01 * len(cells) * largest.position


def args():
    return 1.3, 0.4, 2.0, 8
