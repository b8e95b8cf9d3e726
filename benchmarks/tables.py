"""Which tables of words no question needs: each is emptied in turn, and all that tests/data asks is asked again.

    python benchmarks/tables.py [--quick] [TABLE …]

A table is named ``file/table``, as in `community.search.word_files`; it is emptied in all languages. What is asked are
the questions of `tests/data/questions`, what is said beside them (`tests/data/talk`) and the turns of
`tests/data/sealed`. Of the tables that change nothing there, those of `editing.yaml` and `commands.yaml` are for the
dialogues of tests/dialogues. ``--quick``: every tenth thread, and no turn of the others.

Each table is a process of its own, since much is made of the words once. Prints progress, then one line of JSON: for
each table how many answers are others, and how many of them are right or wrong where they were not.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from community.core import compiled as compiling
from community.core.language_folders import FOLDER
from community.search import word_file_tables, word_files
from community.search.word_page import Table, Tables

ROOT = Path(__file__).parent.parent
DATA = ROOT / "tests" / "data"
Said = list[str]
"""One thing that was said: what, the answer, and whether that is right, as far as it is known."""


def names() -> list[str]:
    """Return the names of all tables."""
    return [f"{file}/{table}" for file, tables in word_file_tables.REQUIRED.items() for table in tables]


def without(table: str) -> None:
    """Have the words read without a table, and what is made of them made anew. To be called before any is read."""
    read = word_files.read_languages

    def emptied(folder: Path = FOLDER) -> dict[str, Tables]:
        found = read(folder)
        return {
            code: {n: _empty(t) if n == table else t for n, t in had.items()} for code, had in found.items()
        }

    def made(_name: str, _sources: object, _further: str, make: Callable[[], Any]) -> Any:
        return make()

    for module, name, instead in (
        (word_files, "read_languages", emptied),
        (compiling, "compiled", made),
    ):
        setattr(module, name, instead)


def _empty(table: Table) -> Table:
    return [] if isinstance(table, list) else {key: [] for key in table}


def answers(every: int) -> Iterator[Said]:
    """Yield all that is asked with its answers. What reads words is imported here: a table is taken out before."""
    from tests.lib.scoring import score, sets, threads  # noqa: PLC0415

    asked = [thread for name in sets("*") for thread in threads(name)][::every]
    for scored in (one for thread in asked for one in score(thread)):
        yield [scored.expected.say, f"{scored.certain} {' '.join(scored.found)}", str(scored.verdict)]
    if every == 1:
        yield from _replies()


def _replies() -> Iterator[Said]:
    from benchmarks.replies import replies  # noqa: PLC0415
    from community.description.load import load_description  # noqa: PLC0415
    from tests.lib.asking import Asker, example_skills, skills_over, visible  # noqa: PLC0415

    example = example_skills()
    for path in sorted((DATA / "sealed").glob("round*/*.yaml")):
        if path.stem == "verdicts":
            continue
        third = path.stem == "third"
        features = skills_over(load_description(path.parent / "third")) if third else example
        for question in yaml.safe_load(path.read_text()):
            yield from ([turn["say"], turn["reply"], ""] for turn in replies(features, question))
    for path in sorted((DATA / "talk").glob("*.yaml")):
        for number, text in enumerate(_texts(yaml.safe_load(path.read_text()))):
            reply = example.answer(Asker(conversation=f"{path.stem} {number}").asked(text))
            yield [text, visible(reply.text), ""]


def _texts(said: object) -> Iterator[str]:
    if isinstance(said, str):
        yield said
    elif isinstance(said, Mapping):
        yield from (text for part in said.values() for text in _texts(part))
    elif isinstance(said, list):
        yield from (text for part in said for text in _texts(part))


def asked_without(table: str, every: int) -> list[Said]:
    """Ask everything in another process, where a table is empty."""
    done = subprocess.run(
        [sys.executable, "-P", __file__, "--without", table, "--every", str(every)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    found: list[Said] = json.loads(done.stdout)
    return found


def compared(table: str, every: int, before: list[Said]) -> dict[str, Any]:
    """Return what is other without a table."""
    try:
        now = asked_without(table, every)
    except subprocess.CalledProcessError as error:
        return {"table": table, "fails": str(error.stderr).strip().rsplit("\n", 1)[-1]}
    others = [(one, other) for one, other in zip(before, now, strict=True) if one != other]
    return {
        "table": table,
        "other": len(others),
        "verdicts": sum(one[2] != other[2] for one, other in others),
        "such_as": [one[0] for one, _other in others[:2]],
    }


def main() -> None:
    """Take each table out, or be one of the processes that ask."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tables", nargs="*", help="only these")
    parser.add_argument("--quick", action="store_true", help="every tenth thread")
    parser.add_argument("--without", help=argparse.SUPPRESS)
    parser.add_argument("--every", type=int, default=1, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.without is not None:
        without(options.without)
        json.dump(list(answers(options.every)), sys.stdout, ensure_ascii=False)
        return
    every = 10 if options.quick else 1
    before = asked_without("", every)
    results = []
    for table in options.tables or names():
        results.append(compared(table, every, before))
        sys.stderr.write(f"{results[-1]}\n")
    report = {"benchmark": "tables", "quick": options.quick, "asked": len(before), "results": results}
    sys.stdout.write(json.dumps(report) + "\n")


if __name__ == "__main__":
    main()
