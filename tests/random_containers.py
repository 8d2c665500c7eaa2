"""Random statements over containers of run time: histories, tables, heaps, queues of limited length, records."""

from __future__ import annotations

from dataclasses import dataclass

from tests.random_data import DATA, DATA_COMPOUND, DataWriter
from tests.random_expressions import SCALAR, Kind
from tests.random_statements import COMPOUND, SIMPLE

CONTAINERS = (
    "use_log", "use_log", "use_table", "use_table", "use_heap", "use_queue", "use_records", "list_in_a_row",
)  # fmt: skip
CONTAINER_COMPOUND = ("for_log", "for_table", "fill_in_a_loop", "fill_in_a_loop")


@dataclass
class ContainerWriter(DataWriter):
    """Writes a body that uses these as well."""

    simple: tuple[str, ...] = (*SIMPLE, *DATA, *CONTAINERS, *CONTAINERS)
    compound: tuple[str, ...] = (*COMPOUND, *DATA_COMPOUND, *CONTAINER_COMPOUND, *CONTAINER_COMPOUND)

    def container(self, kind: str, stem: str, text: str) -> str:
        """A container of the kind: one that there is, or a new one."""
        known = self.plain(kind)
        if known and self.pick(4):
            return self.choose(known)
        name = self.fresh(stem)
        self.emit(f"{name} = {text}")
        self.names[name] = Kind(kind)
        return name

    def number(self, container: str) -> str:
        """An integer that is known only when the program runs."""
        return f"len({container}) % {2 + self.pick(2)}"

    def into(self, value: str) -> None:
        self.emit(f"{self.choose([n for n in self.having('scalar') if n.isidentifier()])} = np.sin({value})")

    def use_log(self) -> None:
        log = self.container("log", "log", "[]")
        match self.pick(6):
            case 0:
                self.into(f"sum(k * v for k, v in {log}) + {self.scalar(1)}")
            case 1:
                self.into(f"({log}[-1][1] if {log} else {self.scalar(1)})")
            case 2:
                self.emit(f"if len({log}) > 2:")
                self.emit(f"    {log}.pop({self.choose(('', '0'))})")
            case _:
                self.emit(f"{log}.append(({self.number(log)}, {self.squashed(1)}))")

    def use_table(self) -> None:
        table = self.container("table", "table", "{}")
        key = self.number(table)
        match self.pick(6):
            case 0:
                self.into(f"{table}.get({key}, {self.squashed(1)})")
            case 1:
                self.emit(f"{table}.pop({key}, 0.0)")
            case 2:
                self.emit(f"{table}[{key}] = {table}.setdefault({self.pick(3)}, {self.squashed(1)}) * 0.7")
            case _:
                self.emit(f"{table}[{key}] = {table}.get({key}, 0.0) + {self.squashed(1)}")

    def use_heap(self) -> None:
        heap = self.container("heap", "heap", "[]")
        match self.pick(4):
            case 0:
                self.into(f"heapq.heappop({heap}) if {heap} else {self.scalar(1)}")
            case 1:
                self.into(f"sum(k * v for k, v in enumerate({heap}))")
            case _:
                self.emit(f"heapq.heappush({heap}, {self.squashed(1)})")

    def use_queue(self) -> None:
        queue = self.container("queue", "queue", f"deque(maxlen={2 + self.pick(2)})")
        match self.pick(4):
            case 0:
                self.into(f"sum(k * v for k, v in enumerate({queue}))")
            case 1:
                self.emit(f"{queue}.appendleft({self.squashed(1)})")
            case _:
                self.emit(f"{queue}.append({self.squashed(1)})")

    def use_records(self) -> None:
        records = self.container("records", "records", "[]")
        match self.pick(4):
            case 0:
                self.into(f"sum(r['s'] * r['k'] for r in {records})")
            case 1:
                self.emit(f"if {records}:")
                self.emit(f"    {records}[0]['s'] = np.sin({records}[-1]['s'] + {self.scalar(1)})")
            case _:
                self.emit(f"{records}.append({{'k': {self.number(records)}, 's': {self.squashed(1)}}})")

    def list_in_a_row(self) -> None:
        """Two names for one list, a copy of one, one that becomes longer by another."""
        known = self.plain("log")
        if not known:
            return self.use_log()
        log, name = self.choose(known), self.fresh("log")
        match self.pick(3):
            case 0:
                self.emit(f"{name} = {log}")
            case 1:
                self.emit(f"{name} = list({log})")
            case _:
                self.emit(f"{name} = {log} + {self.choose(known)}[:1]")
        self.names[name] = Kind("log")
        return None

    def for_log(self) -> None:
        known = self.plain("log")
        if not known:
            return self.use_log()
        k, v = self.fresh("k"), self.fresh("v")
        self.emit(f"for {k}, {v} in list({self.choose(known)}):")
        return self.loop_body({v: SCALAR})

    def for_table(self) -> None:
        known = self.plain("table")
        if not known:
            return self.use_table()
        k, v = self.fresh("k"), self.fresh("v")
        self.emit(f"for {k}, {v} in list({self.choose(known)}.items()):")
        return self.loop_body({v: SCALAR})

    def fill_in_a_loop(self) -> None:
        log, table = self.container("log", "log", "[]"), self.container("table", "table", "{}")
        i = self.fresh("i")
        self.emit(f"for {i} in range(n):")
        self.emit(f"    {log}.append(({i}, {self.squashed(1)}))")
        self.emit(f"    {table}[{i} % 2] = {table}.get({i}, 0.3) * {self.scalar(1)}")

    def finish_data(self, name: str, kind: Kind, weight: str) -> None:
        match kind.name:
            case "log":
                self.emit(f"total += {weight} * sum(v * (k + 1) for k, v in {name})")
            case "table":
                self.emit(f"total += {weight} * sum(v * (k + 1) for k, v in {name}.items())")
            case "heap" | "queue":
                self.emit(f"total += {weight} * sum(v * (k + 1) for k, v in enumerate({name}))")
            case "records":
                self.emit(f"total += {weight} * sum(r['s'] * (r['k'] + 1) for r in {name})")
            case _:
                super().finish_data(name, kind, weight)
