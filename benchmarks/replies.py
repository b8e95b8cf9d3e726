"""What the bot replies to a set of questions that somebody has written who has not seen it, and how that was judged.

    python benchmarks/replies.py ask QUESTIONS CONFIG REPLIES
    python benchmarks/replies.py count VERDICTS [--quick]

``ask`` says each turn of the file QUESTIONS (a list: ``id``, ``lang``, ``say``, ``then``: what follows in the same
conversation) to the features over the description in CONFIG, as a member who reads that language, and writes REPLIES:
the same list with each ``reply`` as it would be shown. Somebody with fresh eyes then writes VERDICTS: for each turn
``id``, ``lang``, ``kind`` and ``verdict``, one of `VERDICTS`. ``count`` says how many of each there are by language and
kind, with the share of those right outright and right in all, and its 95 % interval (Wilson); it ends with one line of
JSON. A set counts once: what was mended after it makes it a regression set.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from bots.feature_set import FeatureSet
from community.core.language_folders import LANGUAGE, with_fallbacks
from community.description.load import load_description
from tests.lib.asking import Asker, skills_over, visible

VERDICTS = ("right", "unsure", "wrong", "missed")
"""Right outright; right, but offered as uncertain; something wrong was asserted; no answer where there is one."""
WHEN = datetime(2026, 11, 24, 8, 42, tzinfo=UTC)
_Z = 1.96
"""The 95 % interval, in standard deviations."""


def turns(question: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what is said in one conversation."""
    yield {key: value for key, value in question.items() if key != "then"}
    for number, more in enumerate(question.get("then", ()), 1):
        yield {"id": f"{question['id']}+{number}", "lang": question["lang"], **more}


def languages_read(first: str) -> tuple[str, ...]:
    """Return what an asker reads: a language that is not complete with the one that stands in for it, else French."""
    if first in LANGUAGE and not LANGUAGE[first].complete:
        return with_fallbacks(first)
    return (first, "en" if first == "fr" else "fr")


def replies(features: FeatureSet, question: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the turns of one conversation with their replies."""
    asker = Asker("member", languages_read(question["lang"]), conversation=str(question["id"]))
    for turn in turns(question):
        reply = features.answer(asker.asked(turn["say"], now=WHEN))
        yield {**turn, "reply": visible(reply.text)}


def ask(questions: Path, config: Path, written: Path) -> None:
    """Write the replies to a file of questions."""
    features = skills_over(load_description(config))
    asked = [
        turn for question in yaml.safe_load(questions.read_text()) for turn in replies(features, question)
    ]
    written.write_text(yaml.safe_dump(asked, allow_unicode=True, sort_keys=False, width=100))
    sys.stderr.write(f"{len(asked)} turns\n")


def interval(found: int, of: int) -> tuple[float, float]:
    """Return the Wilson interval of a share."""
    share, spread = found / of, _Z * _Z / of
    middle, half = share + spread / 2, _Z * (share * (1 - share) / of + spread / of / 4) ** 0.5
    return round((middle - half) / (1 + spread), 3), round((middle + half) / (1 + spread), 3)


def report(verdicts: Iterable[str]) -> dict[str, Any]:
    """Return how many there are of each verdict, and what that says."""
    counted = Counter(verdicts)
    unknown = set(counted) - set(VERDICTS)
    if unknown:
        raise SystemExit(f"No verdict: {', '.join(sorted(unknown))}. Expected: {', '.join(VERDICTS)}.")
    number, outright = counted.total(), counted["right"]
    in_all = outright + counted["unsure"]
    return {
        "n": number,
        **{verdict: counted[verdict] for verdict in VERDICTS},
        "outright": round(outright / number, 3),
        "outright_interval": interval(outright, number),
        "in_all": round(in_all / number, 3),
        "in_all_interval": interval(in_all, number),
    }


def count(path: Path, every: int) -> None:
    """Print how a set was judged."""
    judged = yaml.safe_load(path.read_text())[::every]
    by_part: dict[str, list[str]] = {"all": [each["verdict"] for each in judged]}
    for each in judged:
        for part in (each["lang"], each["kind"]):
            by_part.setdefault(part, []).append(each["verdict"])
    results = {part: report(verdicts) for part, verdicts in by_part.items()}
    for part, result in results.items():
        sys.stderr.write(f"{part}: {result}\n")
    sys.stdout.write(json.dumps({"benchmark": "replies", "set": path.stem, "results": results}) + "\n")


def main() -> None:
    """Ask, or count."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    asking = commands.add_parser("ask")
    for name in ("questions", "config", "replies"):
        asking.add_argument(name, type=Path)
    counting = commands.add_parser("count")
    counting.add_argument("verdicts", type=Path)
    counting.add_argument("--quick", action="store_true", help="every fifth turn")
    options = parser.parse_args()
    if options.command == "ask":
        ask(options.questions, options.config, options.replies)
    else:
        count(options.verdicts, 5 if options.quick else 1)


if __name__ == "__main__":
    main()
