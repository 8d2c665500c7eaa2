"""Copies of syntax trees."""

import ast

from zygote_nb.frontend.syntax import copied


def test_what_other_programs_hang_on_shared_nodes_is_not_followed():
    # IPython's tracebacks leave `ast.Load()`, one object for all trees, with a reference to a whole cell:
    # each cell that was differentiated afterwards took seconds.
    tree = ast.parse("y = [a * i for i in x]").body[0]
    shared = tree.value.generators[0].iter.ctx
    shared.parent = tree
    try:
        found = copied(tree)
        assert ast.dump(found, include_attributes=True) == ast.dump(tree, include_attributes=True)
        assert found is not tree
        assert not any(hasattr(node, "parent") for node in ast.walk(found))
    finally:
        del shared.parent
