"""How much the answers depend on the weights of the search, which are set by hand.

    python benchmarks/weights.py [--quick]

Each weight is left out, halved and doubled in turn, and all questions of `tests/data/questions` are asked again. A
weight whose change makes many answers wrong is one to be careful with; one whose change alters nothing
has no question that shows its use. ``--quick``: every tenth thread.

Prints progress, then one line of JSON: for each weight its value, and of each change how many more answers are right
(fewer: negative) and are wrongly asserted than with the weights as they are, and how many have other verdicts.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from community.search import entry_index, ranking, unknown_words
from tests.lib.scoring import Scored, Thread, Verdict, count, score, sets, threads

WEIGHTS: tuple[tuple[ModuleType, str], ...] = (
    *(
        (ranking, f"_{name}")
        for name in ("THEME", "WORDED", "PLACE", "OTHER", "SAME_WORD", "HOW", "EVERYWHERE")
    ),
    *((ranking, f"_{name}") for name in ("PERSON_FOR_CITY", "LEADER", "LEADER_OF_THEME", "DESK", "DEPUTY")),
    *((ranking, f"_{name}") for name in ("PEOPLE_FIRST", "VACANT", "WHOLE_NAME")),
    (unknown_words, "_COVERED"),
    *((entry_index, f"_{name}") for name in ("NAME", "WORDS", "TEXT", "TOPIC", "A_SLIP")),
)
FACTORS = (0.0, 0.5, 2.0)


@contextmanager
def changed(module: ModuleType, name: str, value: float) -> Iterator[None]:
    """Give a weight another value. An index does not depend on it, only what it is asked."""
    before = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, before)


def ask(asked: Sequence[Thread]) -> list[Scored]:
    return [one for thread in asked for one in score(thread)]


def change(before: Sequence[Scored], now: Sequence[Scored]) -> dict[str, int]:
    """Return how many more answers are right and wrongly asserted, and how many have other verdicts."""
    right, wrong = (
        count(now, verdict) - count(before, verdict) for verdict in (Verdict.RIGHT, Verdict.WRONG)
    )
    others = sum(one.verdict != other.verdict for one, other in zip(before, now, strict=True))
    return {"right": right, "wrong_asserted": wrong, "other_verdicts": others}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="every tenth thread")
    quick = parser.parse_args().quick
    asked = [thread for name in sets("*") for thread in threads(name)][:: 10 if quick else 1]
    before = ask(asked)
    results: list[dict[str, Any]] = []
    for module, name in WEIGHTS:
        value = getattr(module, name)
        result: dict[str, Any] = {
            "weight": f"{module.__name__.rsplit('.', 1)[-1]}.{name[1:].lower()}",
            "value": value,
        }
        for factor in FACTORS:
            with changed(module, name, value * factor):
                result[f"times {factor}"] = change(before, ask(asked))
        results.append(result)
        sys.stderr.write(f"{result}\n")
    turns = sum(len(thread.said) for thread in asked)
    report = {
        "benchmark": "weights",
        "quick": quick,
        "turns": turns,
        "right": count(before, Verdict.RIGHT),
        "wrong_asserted": count(before, Verdict.WRONG),
    }
    sys.stdout.write(json.dumps({**report, "results": results}) + "\n")


if __name__ == "__main__":
    main()
