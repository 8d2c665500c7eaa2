"""Help, completion, settings, and leaving without a trace."""

import pytest
from IPython.core.completer import provisionalcompleter

NAMES = ["grad", "adjoint", "gradgraph", "gradcheck", "gradprof", "nantrace"]


def complete(shell, line):
    with provisionalcompleter():
        return {found.text for found in shell.Completer.completions(line, len(line))}


@pytest.mark.parametrize("name", NAMES)
def test_help_shows_the_options(shell, name):
    text = shell.find_line_magic(name).__doc__
    assert "-w NAME" in text
    assert text.count(f"%{name}") >= 1


def test_cell_help(shell):
    assert "-g" in shell.find_cell_magic("grad").__doc__


@pytest.mark.parametrize("name", NAMES)
def test_options_are_completed(shell, name):
    assert "--wrt" in complete(shell, f"%{name} --w")


def test_functions_parameters_and_variables_are_completed(shell, cell):
    cell("def my_loss(weights, bias):\n    return weights * bias\nmy_matrix = np.ones(2)\nmy_text = 'x'")
    assert "my_loss" in complete(shell, "%grad my_")
    assert "weights" in complete(shell, "%adjoint -w we")
    found = complete(shell, "%%grad my_")
    assert "my_matrix" in found
    assert "my_text" not in found


def test_settings_are_listed_and_set(shell, cell, capsys):
    cell("%config ZygoteMagics")
    printed = capsys.readouterr().out
    assert "ZygoteMagics.picture" in printed
    assert "ZygoteMagics.budget" in printed
    cell("%config ZygoteMagics.budget = 0.5")
    assert "0.5" in capsys.readouterr().out or shell.magics_manager.registry["ZygoteMagics"].budget == 0.5


def test_unloading_leaves_no_trace(shell):
    shell.run_line_magic("unload_ext", "zygote_nb")
    before = snapshot(shell)
    shell.run_line_magic("load_ext", "zygote_nb")
    assert snapshot(shell) != before
    shell.run_line_magic("unload_ext", "zygote_nb")
    assert snapshot(shell) == before
    assert not any("zygote" in str(part).lower() for part in before)


def test_reloading_registers_everything_once(shell):
    before = snapshot(shell)
    shell.run_line_magic("reload_ext", "zygote_nb")
    assert [len(part) for part in snapshot(shell)] == [len(part) for part in before]


def snapshot(shell):
    return (
        sorted(shell.magics_manager.magics["line"]),
        sorted(shell.magics_manager.magics["cell"]),
        sorted(shell.magics_manager.registry),
        [type(c).__name__ for c in shell.configurables],
        [getattr(m, "__qualname__", "") for m in shell.Completer.custom_matchers],
    )
