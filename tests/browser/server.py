"""Jupyter servers on the loopback interface, with settings of their own, and notebooks in a real browser."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TOKEN = "only-on-this-machine"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SETTINGS = {
    "@jupyterlab/apputils-extension/notification.jupyterlab-settings": {"fetchNews": "false"},
    "@jupyterlab/notebook-extension/tracker.jupyterlab-settings": {"windowingMode": "none"},
}


def missing() -> str:
    """What the tests need and can't find, in words; empty if all is there."""
    for module in ("playwright", "jupyterlab", "notebook"):
        if __import__("importlib.util").util.find_spec(module) is None:
            return f"{module} is not installed: pip install 'zygote_nb[test]'"
    return "" if chromium() else "there is no Chromium: apt-get install chromium"


def chromium() -> str | None:
    """The browser's program."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@dataclass(frozen=True)
class Server:
    """A running server, and the folder of its notebooks."""

    address: str
    folder: Path

    def lab(self, name: str) -> str:
        """In a workspace of its own, where no other notebook is open."""
        return f"{self.address}/lab/workspaces/{Path(name).stem}/tree/{name}?token={TOKEN}"

    def notebook(self, name: str) -> str:
        return f"{self.address}/notebooks/{name}?token={TOKEN}"


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    """A server that offers both JupyterLab and Notebook 7."""
    port = free_port()
    settings = folder / ".settings"
    for name, value in SETTINGS.items():
        path = settings / "user" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value))
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}",
        "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}", "--expose-app-in-browser",
        f"--ServerApp.root_dir={folder}", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
        "--ServerApp.jpserver_extensions={'notebook': True}", "--JupyterNotebookApp.expose_app_in_browser=True",
    ]  # fmt: skip
    log = (folder / ".server.log").open("w")
    server = subprocess.Popen(command, env=environment(folder), stdout=log, stderr=log, cwd=folder)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(f"{address}/api/status?token={TOKEN}", server, folder / ".server.log")
        yield Server(address, folder)
    finally:
        server.terminate()
        server.wait(20)
        log.close()


def environment(folder: Path) -> dict[str, str]:
    """A person's own settings are neither read nor written."""
    root = str(Path(__file__).resolve().parents[2])
    private = {
        name: str(folder / f".{name.lower()}")
        for name in (
            "JUPYTER_CONFIG_DIR",
            "JUPYTER_DATA_DIR",
            "JUPYTER_RUNTIME_DIR",
            "JUPYTERLAB_WORKSPACES_DIR",
            "IPYTHONDIR",
        )
    }
    paths = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
    return {
        **os.environ,
        **private,
        "JUPYTERLAB_SETTINGS_DIR": str(folder / ".settings" / "user"),
        "PYTHONPATH": paths,
        "JUPYTER_PLATFORM_DIRS": "1",
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, server: subprocess.Popen, log: Path, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"the server did not start:\n{log.read_text()[-2000:]}")


def write_notebook(path: Path, *cells: str) -> None:
    """A notebook of code cells."""
    import nbformat

    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(text) for text in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    nbformat.write(book, path)


def open_notebook(page, url: str) -> None:
    """Load a notebook, and wait until it is drawn."""
    page.goto(url)
    page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=60_000)


def run_all(page, seconds: float = 120) -> None:
    """Run every cell, and wait until none is waiting or running."""
    page.wait_for_function("window.jupyterapp !== undefined", timeout=30_000)
    page.wait_for_function(
        """() => { const w = window.jupyterapp.shell.currentWidget;
                   return w && w.sessionContext && w.sessionContext.session && w.sessionContext.session.kernel
                     && w.sessionContext.session.kernel.status === 'idle'; }""",
        timeout=60_000,
    )
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_function(
        """() => { const cells = window.jupyterapp.shell.currentWidget.content.model.cells;
                   let code = 0, done = 0;
                   for (const c of cells) if (c.type === 'code') { code += 1; done += c.executionCount ? 1 : 0; }
                   return code === done; }""",
        timeout=seconds * 1000,
    )
