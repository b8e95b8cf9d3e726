"""How many of the questions of tests/data/questions the engine answers rightly, by file and language.

    python benchmarks/questions.py [--quick] [--set NAME …]

Lists every answer that is not right; ends with one line of JSON: for each file and language how many were asked, right,
wrong asserted, missed (nothing wrong asserted), offered (right, worded as the nearest), and seconds for each answer
(median and 95th percentile). ``--quick``: every fifth thread.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from dataclasses import dataclass, field

from tests.lib.scoring import Scored, Verdict, count, misses, score, sets, threads


@dataclass
class Asked:
    """The answers of one file in one language, and the seconds that each thread took, by answer."""

    scored: list[Scored] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def report(self) -> dict[str, float]:
        right = [one for one in self.scored if one.verdict is Verdict.RIGHT]
        return {
            "asked": len(self.scored),
            "right": len(right),
            "wrong_asserted": count(self.scored, Verdict.WRONG),
            "missed": count(self.scored, Verdict.MISSED),
            "offered": sum(not one.certain for one in right if one.expected.entries),
            "share_right": round(len(right) / len(self.scored), 4),
            "median_seconds": round(statistics.median(self.seconds), 6),
            "p95_seconds": round(sorted(self.seconds)[int(len(self.seconds) * 0.95)], 6),
        }


def ask(name: str, every: int) -> dict[str, Asked]:
    """Ask each ``every``-th thread of a file; return the answers by language."""
    by_language: dict[str, Asked] = {}
    chosen = list(threads(name))[::every]
    list(score(chosen[0]))  # loads the network, which is no answer's time
    for thread in chosen:
        asked = by_language.setdefault(thread.language, Asked())
        began = time.perf_counter()
        scored = list(score(thread))
        asked.seconds.append((time.perf_counter() - began) / len(scored))
        asked.scored += scored
    return by_language


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="every fifth thread")
    parser.add_argument("--set", action="append", help="only that file of questions")
    options = parser.parse_args()
    results = []
    for name in options.set or sets("*"):
        for language, asked in ask(name, 5 if options.quick else 1).items():
            result = {"set": name, "language": language, **asked.report()}
            results.append(result)
            print(" ".join(f"{key} {value}" for key, value in result.items()), file=sys.stderr)
            if missed := misses(asked.scored):
                print(missed, file=sys.stderr)
    print(json.dumps({"benchmark": "questions", "quick": options.quick, "results": results}))


if __name__ == "__main__":
    main()
