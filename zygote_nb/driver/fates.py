"""How each function of an interpreted program is run, in words."""

from __future__ import annotations

from zygote_nb.backend.plan import NotCompiled
from zygote_nb.driver import trial
from zygote_nb.driver.callees import Callee, reached_by, with_callees
from zygote_nb.driver.compilable import own_reason
from zygote_nb.driver.derived import Derived

Fates = dict[int, str]


def fates(derived: Derived) -> Fates:
    """For each function, by identity: compiled, and when; or interpreted, and why."""
    with_callees(derived.module)
    alone = {id(c.forward.source): c for c in derived.module.callees}
    told = {key: of_callee(callee) for key, callee in alone.items()}
    inner = {id(i) for key, c in alone.items() if c.obstacle is None for i in reached_by(c.forward.source)}
    found: Fates = {}
    for instance in derived.program.instances.values():
        why = own_reason(instance, instance is derived.instance)
        if id(instance) in told:
            found[id(instance)] = told[id(instance)]
        elif why is not None:
            found[id(instance)] = f"interpreted: {why}"
        elif id(instance) in inner:
            found[id(instance)] = "compiled with what calls it"
        else:
            found[id(instance)] = "interpreted"
    return found


def of_callee(callee: Callee) -> str:
    try:
        callee.written_texts()
    except NotCompiled as error:
        callee.leave(str(error))
    if callee.obstacle is not None:
        return f"interpreted: {callee.obstacle}"
    if callee.is_worth_while():
        return "compiled"
    return f"compiled after {trial.LIMIT:,} iterations, or {trial.PATIENCE:g} s"
