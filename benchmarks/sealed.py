"""What can be seen of the replies to the sealed rounds of questions, which people judged once (`tests.lib.sealed`).

    python benchmarks/sealed.py [--quick] [--all]

Lists every turn that is not seen to be right, with what was found (``--all``: every turn, with its reply); ends with
one line of JSON: for each file and kind how many were right, unsure, wrong and missed. ``--quick``: every fifth
dialogue.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter

from tests.lib.sealed import Seen, features_of, judged, rounds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="every fifth dialogue")
    parser.add_argument("--all", action="store_true", help="every turn, with its reply")
    options = parser.parse_args()
    results: dict[str, dict[str, int]] = {}
    for name, config, dialogues in rounds():
        counted: dict[str, Counter[Seen]] = {}
        for dialogue in dialogues[:: 5 if options.quick else 1]:
            for one in judged(features_of(config), name, dialogue):
                counted.setdefault(one.turn.kind, Counter())[one.seen] += 1
                if options.all or one.seen is not Seen.RIGHT:
                    found, wanted = (
                        ", ".join(keys[:3]) or "nothing" for keys in (one.found, one.turn.expected)
                    )
                    print(
                        f"{name} {one.turn.id} ({one.seen}) “{one.turn.say}”: {found}; expected {wanted}",
                        file=sys.stderr,
                    )
                if options.all:
                    print(f"    {one.reply}".replace("\n", "\n    "), file=sys.stderr)
        for kind, seen in counted.items():
            results[f"{name} {kind}"] = {verdict.value: seen[verdict] for verdict in Seen}
            print(f"{name} {kind}: {results[f'{name} {kind}']}", file=sys.stderr)
    print(json.dumps({"benchmark": "sealed", "quick": options.quick, "results": results}))


if __name__ == "__main__":
    main()
