"""The names of our packages are common words: nothing else that is installed has them, nor can a folder take them."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
OURS = ("palabre_cli", "bots", "provisioning", "web", "matrix", "community")
DATA = ("config", "synapse", "deploy")


def test_no_other_package_and_no_module_of_python_has_one_of_our_names() -> None:
    installed = packages_distributions()
    assert {name: found for name in OURS if set(found := installed.get(name, ())) - {"palabre"}} == {}
    assert not {*OURS, *DATA} & sys.stdlib_module_names


def test_the_folders_of_data_are_no_packages() -> None:
    assert [path for name in DATA for path in (ROOT / name).rglob("*.py")] == []


def test_what_lies_in_the_folder_where_the_command_is_run_is_not_imported(tmp_path: Path) -> None:
    for name in (*OURS, *DATA, "click", "yaml"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('imported from the folder')\n")
    done = subprocess.run(
        [
            sys.executable,
            "-P",
            "-m",
            "palabre_cli",
            "check",
            "--config",
            str(ROOT / "config"),
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT), "LANGUAGE": "en"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "The description is right.\n"
