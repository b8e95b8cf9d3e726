"""How long others wait while one person floods the bot, beside how long they wait otherwise, in one run.

    python benchmarks/flood.py [--quick]

The directory bot of `benchmarks/latency.py` answers ten people, each in a room of their own, who ask at once. In every
second round somebody else, in yet another room, has just sent 25 messages, each of the kind that costs a parser most;
progress tells how many of them still waited. The clock runs from the request that sends a question until the asker's
sync brings the reply, which must be the asker's own. All the flood is answered before the next round. Needs Synapse in
`.venv-synapse` (`./palabre test`). Prints progress, then one line of JSON: milliseconds (p50, p95) of the others, with
and without the flood, and the ratio of their p95.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.latency import (
    SERVER,
    Asker,
    Json,
    Question,
    be,
    check,
    network,
    percentile,
    progress,
    spoken,
)
from bots.context.incoming import LONGEST_QUESTION
from tests.lib.crowd import CrowdDevice, populate
from tests.lib.synapse_server import SynapseServer, running_synapse
from tests.lib.templates import templates_of_a_run

BOT = "directory"
OTHERS, MESSAGES = 10, 25
ROUNDS, QUICK_ROUNDS = 12, 3
ATTACKS = tuple(
    (start + unit * LONGEST_QUESTION)[:LONGEST_QUESTION]
    for start, unit in (
        ("!p change phone of ", "to "),
        ("!p undo ", "before "),
        ("!p ", "\ufdfa"),
        ("!p change the phone of ", "\ufb03"),
        ("!p remove a ", "from b "),
    )
)


async def flood(asker: Asker) -> list[str]:
    """Send all messages; return their event ids."""
    texts = [ATTACKS[number % len(ATTACKS)] for number in range(MESSAGES)]
    return await asyncio.gather(*(asker.send(BOT, text) for text in texts))


async def ask_all(others: Sequence[Asker], asked: Sequence[Question]) -> list[float]:
    """Let everybody ask at once; return seconds."""
    pairs = list(zip(others, asked, strict=True))
    replies = await asyncio.gather(*(asker.ask(BOT, spoken(BOT, question)) for asker, question in pairs))
    for (_, question), (_, said) in zip(pairs, replies, strict=True):
        check(BOT, question, said)
    return [took for took, _ in replies]


async def compare(there: Sequence[Asker], asked: Sequence[Question], rounds: int) -> dict[str, list[float]]:
    """Return the seconds that others wait: ``calm``, and during a ``flood``. The first round of each is not counted."""
    flooding, others = there[0], there[1 : 1 + OTHERS]
    seconds: dict[str, list[float]] = {"calm": [], "flood": []}
    for number in range(rounds + 1):
        questions = [asked[(number * OTHERS + i) % len(asked)] for i in range(OTHERS)]
        calm = await ask_all(others, questions)
        sent = await flood(flooding)
        waiting = sum(event_id not in flooding.replies for event_id in sent)
        during = await ask_all(others, questions)
        await asyncio.gather(*(flooding.reply_to(event_id, BOT) for event_id in sent))
        if number > 0:
            seconds["calm"] += calm
            seconds["flood"] += during
        progress(f"round {number}: calm {max(calm):.3f} s, flood {max(during):.3f} s, {waiting} waited")
    return seconds


def result(seconds: dict[str, list[float]]) -> Json:
    """Return the percentiles in milliseconds, and the ratio of the two p95."""
    found = {name: {p: percentile(took, p / 100) for p in (50, 95)} for name, took in seconds.items()}
    spread = {
        f"{name}_ms": {f"p{p}": round(value * 1000, 1) for p, value in each.items()}
        for name, each in found.items()
    }
    return {
        "benchmark": "flood",
        "others": OTHERS,
        "messages": MESSAGES,
        **spread,
        "ratio": round(found["flood"][95] / found["calm"][95], 2),
    }


async def measure(server: SynapseServer, devices: Sequence[CrowdDevice], folder: Path, rounds: int) -> Json:
    """Run the bot and compare."""
    async with network(server, devices, folder, [BOT]) as (_description, there, asked):
        return result(await compare(there, asked, rounds))


def main() -> None:
    """Measure and print, or be one of the bots."""
    if sys.argv[1:2] == ["--be"]:
        contender, url, home = sys.argv[2:]
        be(contender, url, Path(home))
        return
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    rounds = QUICK_ROUNDS if parser.parse_args().quick else ROUNDS
    with (
        tempfile.TemporaryDirectory() as name,
        templates_of_a_run(),
        running_synapse(Path(name) / "server") as server,
    ):
        people = {f"@asker{number}:{SERVER}": 1 for number in range(1 + OTHERS)}
        devices = populate(server.data.synapse / "homeserver.db", people, one_time_keys=8)
        found = asyncio.run(measure(server, devices, Path(name), rounds))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
