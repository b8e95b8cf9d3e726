"""Writes docs/modules.md: each module of the house with the first sentence of its docstring.

python -P -m tests.lib.module_list
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.lib.forked import ROOT

PAGE = ROOT / "docs" / "modules.md"
PACKAGES = ("palabre_cli", "bots", "provisioning", "web", "matrix", "community")
_HEAD = """\
# The modules

One line for each module: the first sentence of its docstring. How they belong together: [the house](architecture.md).
This page is written by `PYTHONPATH=. .venv/bin/python -P -m tests.lib.module_list`; a test says when it is out of date.
"""


def module_list() -> str:
    """Return the page as it ought to be."""
    lines = [line for package in PACKAGES for line in _of_package(ROOT / package)]
    return "\n".join([_HEAD, *lines]).rstrip() + "\n"


def _of_package(folder: Path) -> Iterator[str]:
    """Yield the lines of a package, then those of the packages in it."""
    name = str(folder.relative_to(ROOT))
    modules = sorted(path for path in folder.glob("*.py") if path.name != "__init__.py")
    if (folder / "__init__.py").exists() and modules:
        yield f"## {name}\n"
        yield f"{_first_sentence(folder / '__init__.py')}\n"
        yield "| module | |"
        yield "| --- | --- |"
        for path in modules:
            yield f"| [`{path.stem}`](../{path.relative_to(ROOT)}) | {_first_sentence(path)} |"
        yield ""
    for inner in sorted(path for path in folder.iterdir() if (path / "__init__.py").exists()):
        if inner.name != "migrations":
            yield from _of_package(inner)


def _first_sentence(path: Path) -> str:
    """Return what a module says of itself, on one line and as Markdown."""
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert said, f"{path.relative_to(ROOT)} does not say what it is"
    return said.split("\n\n", 1)[0].replace("\n", " ").replace("``", "`").replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(module_list(), encoding="utf-8")
