"""docs/modules.md has every module, with what the module says of itself."""

from __future__ import annotations

from tests.lib.module_list import PAGE, module_list


def test_the_list_of_modules_is_as_they_are() -> None:
    again = "write it anew: PYTHONPATH=. .venv/bin/python -P -m tests.lib.module_list"
    assert PAGE.read_text(encoding="utf-8") == module_list(), again
