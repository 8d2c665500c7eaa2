"""What iterators of the standard library stand for, as the loops that are written out in their place.

These functions are read, not run. Where an argument is called ``items`` it can be indexed; an ``iterable`` is gone
through once. A function that yields once stands for one that returns the value.
"""

from __future__ import annotations

import operator


def map_one(function, iterable):
    for item in iterable:
        yield function(item)


def map_(function, *iterables):
    for items in zip(*iterables):  # noqa: B905
        yield function(*items)


def filter_(function, iterable):
    for item in iterable:
        if function(item):
            yield item


def filter_true(iterable):
    for item in iterable:
        if item:
            yield item


def filterfalse(function, iterable):
    for item in iterable:
        if not function(item):
            yield item


def zip_(*iterables):
    yield from zip(*iterables)  # noqa: B905


def zip_alone(iterable):
    for item in iterable:
        yield (item,)


def zip_with_stream(stream, before, after):
    """``zip`` of one iterable that is gone through once, and others that can be indexed: the first that has no more
    ends it, and those after that one are not asked."""
    i = 0
    if not before or min([len(items) for items in before]) > 0:
        for item in stream:
            if after and i >= min([len(items) for items in after]):
                break
            yield (*[items[i] for items in before], item, *[items[i] for items in after])
            i += 1
            if before and i >= min([len(items) for items in before]):
                break


def enumerate_(iterable, start=0):
    i = start
    for item in iterable:
        yield i, item
        i += 1


def reversed_(items):
    yield from reversed(items)


def iter_(iterable):
    yield from iterable


def items_of(iterator):
    """What an object with ``__next__`` gives."""
    while True:
        try:
            item = iterator.__next__()
        except StopIteration:
            break
        yield item


def more(iterator):
    """Whether there is another item."""


def item_of(iterator):
    """That item."""


def there(value):
    """The value of a variable that is set."""


def going_on(iterator):
    while more(iterator):
        yield item_of(iterator)


def numbered(sequence):
    """The items of a sequence that is known here."""


def zip_in_turn(first, second):
    while more(first):
        item = item_of(first)
        if not more(second):
            break
        yield item, item_of(second)


def any_(iterable):
    found = False
    for item in iterable:
        if item:
            found = True
            break
    yield found


def all_(iterable):
    found = True
    for item in iterable:
        if not item:
            found = False
            break
    yield found


def is_in(iterable, value):
    found = False
    for item in iterable:
        if item == value:
            found = True
            break
    yield found


def next_(iterable):
    for item in iterable:
        yield item
        return
    raise StopIteration


def next_or(iterable, default):
    found = default
    for item in iterable:
        found = item
        break
    yield found


def reduce(function, iterable, initial):
    total = initial
    for item in iterable:
        total = function(total, item)
    yield total


def reduce_items(function, items):
    if len(items) == 0:
        raise TypeError("reduce() of empty iterable with no initial value")
    total = items[0]
    for i in range(1, len(items)):
        total = function(total, items[i])
    yield total


def accumulate_from(iterable, func, initial):
    total = initial
    yield total
    for item in iterable:
        total = func(total, item)
        yield total


def accumulate_numbers(iterable):
    total = 0
    for item in iterable:
        total += item
        yield total


def accumulate_items(items, func=operator.add):
    if len(items) > 0:
        total = items[0]
        yield total
        for i in range(1, len(items)):
            total = func(total, items[i])
            yield total


def chain(*iterables):
    for iterable in iterables:
        yield from iterable


def chain_from_iterable(iterables):
    for iterable in iterables:
        yield from iterable


def product(*iterables):
    if len(iterables) == 0:
        yield ()
    else:
        for head in iterables[0]:
            for tail in product(*iterables[1:]):
                yield (head, *tail)


def indices(*shape):
    if len(shape) == 0:
        yield ()
    else:
        for i in range(shape[0]):
            for rest in indices(*shape[1:]):
                yield (i, *rest)


def enumerated_entries(x):
    for index in indices(*x.shape):
        yield index, x[index]


def combinations(items, r):
    if r == 0:
        yield ()
    else:
        for i in range(len(items)):
            for tail in combinations(items[i + 1 :], r - 1):
                yield (items[i], *tail)


def permutations(items, r):
    if r == 0:
        yield ()
    else:
        for i in range(len(items)):
            for tail in permutations([*items[:i], *items[i + 1 :]], r - 1):
                yield (items[i], *tail)


def islice_items(items, start, stop, step):
    for i in range(start, min(stop, len(items)), step):
        yield items[i]


def islice(iterable, start, stop, step):
    i = 0
    if stop > 0:
        for item in iterable:
            if i >= start and (i - start) % step == 0:
                yield item
            i += 1
            if i >= stop:
                break


def islice_from(iterable, start, step):
    for i, item in enumerate(iterable):
        if i >= start and (i - start) % step == 0:
            yield item


def repeat(item):
    while True:
        yield item


def repeat_times(item, times):
    for _ in range(times):
        yield item


def count(start=0, step=1):
    number = start
    while True:
        yield number
        number += step


def cycle(items):
    if len(items) > 0:
        while True:
            yield from items


def zip_longest(*columns, fillvalue=None):
    for i in range(max([len(items) for items in columns])):
        yield tuple([items[i] if i < len(items) else fillvalue for items in columns])


def starmap(function, iterable):
    for items in iterable:
        yield function(*items)


def pairwise(items):
    for i in range(len(items) - 1):
        yield items[i], items[i + 1]


def takewhile(predicate, iterable):
    for item in iterable:
        if not predicate(item):
            break
        yield item


def dropwhile(predicate, iterable):
    dropping = True
    for item in iterable:
        if dropping:
            dropping = predicate(item)
        if not dropping:
            yield item


def compress(data, selectors):
    for item, selected in zip(data, selectors):  # noqa: B905
        if selected:
            yield item


def itself(item):
    return item


def set_args(self, *args):
    self.args = args


def best(better, items, key):
    if len(items) == 0:
        raise ValueError("arg is an empty sequence")
    found = items[0]
    score = key(found)
    for i in range(1, len(items)):
        own = key(items[i])
        if better(own, score):
            found = items[i]
            score = own
    yield found


def best_or(better, items, key, default):
    found = default
    if len(items) > 0:
        found = items[0]
        score = key(found)
        for i in range(1, len(items)):
            own = key(items[i])
            if better(own, score):
                found = items[i]
                score = own
    yield found


def groupby(items, key):
    i = 0
    if len(items) > 0:
        own = key(items[0])
    while i < len(items):
        last = own
        group = [items[i]]
        i += 1
        while i < len(items):
            own = key(items[i])
            if own != last:
                break
            group.append(items[i])
            i += 1
        yield last, group


def zip_strict(*iterables):
    yield from zip(*iterables, strict=True)
