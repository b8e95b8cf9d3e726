"""The way of a message through the code: which of our files it enters until its feature, and until the reply.

A question ("who do I ask about waste in Kigali?") and the two steps of an edit ("confirm Awa Diallo", then a reaction)
are put to a bot over the example community and a homeserver in memory, and followed from `MessageProcessor.answer` on,
in all threads. What is counted is files of this repository in which a function is called. ``--quick`` changes nothing:
it takes seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from opcode import opmap
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from bots.encryption import Reacted, Received
from bots.features.registry import FEATURES
from community.description.load import load_description
from community.description.person import Person
from community.storage import Store
from matrix.ids import EventId
from tests.lib.bot_runtime import AWA, DIRECT, NOW, ROOT, Homeserver, batch, runtime, said

_PACKAGES = ("bots", "community", "matrix")
_RESUME = opmap["RESUME"]
_BEGINS = ("bots/message_processor.py", "MessageProcessor.answer")


@dataclass
class Walk:
    """What a message enters: one stop for each call into another file than the last, in their order.

    ``feature`` is the one that it is for. ``before`` is the number of stops until a function of its folder is called.
    """

    name: str
    feature: str
    stops: list[tuple[str, str]] = field(default_factory=list)
    before: int | None = None

    def enter(self, path: str, function: str) -> None:
        """Take note of a call."""
        if not self.stops and (path, function) != _BEGINS:
            return
        if self.before is None and path.startswith(f"bots/features/{self.feature}/"):
            self.before = len(self.stops)
        if not self.stops or self.stops[-1][0] != path:
            self.stops.append((path, function))

    @property
    def to_feature(self) -> list[tuple[str, str]]:
        """The first call into each file until the feature is entered."""
        first: dict[str, str] = {}
        for path, function in self.stops[: self.before]:
            first.setdefault(path, function)
        return list(first.items())

    def report(self) -> dict[str, Any]:
        """Return the numbers."""
        files = {path for path, _ in self.stops}
        return {
            "walk": self.name,
            "files_to_feature": len(self.to_feature),
            "stops_to_feature": self.before,
            "files": len(files),
            "comes_back": len(self.stops) - len(files),
        }


class Watch:
    """Notes each call of a function of ours in the ``current`` walk, in the threads that are begun meanwhile."""

    def __init__(self) -> None:
        self.current: Walk | None = None
        self._known: dict[CodeType, tuple[str, str] | None] = {}

    def __enter__(self) -> Watch:
        # Threads of a pool are begun once: they have to be watched from then on.
        threading.setprofile(self._profile)
        sys.setprofile(self._profile)
        return self

    def __exit__(self, *_anything: object) -> None:
        sys.setprofile(None)
        threading.setprofile(None)

    def _profile(self, frame: FrameType, event: str, _argument: object) -> None:
        code = frame.f_code
        if event != "call" or self.current is None or _goes_on(code, frame.f_lasti):
            return
        if code not in self._known:
            self._known[code] = _place(code)
        place = self._known[code]
        if place is not None:
            self.current.enter(*place)


def _goes_on(code: CodeType, at: int) -> bool:
    """Whether a coroutine or generator goes on there, which Python reports as a call too."""
    return code.co_code[at] == _RESUME and code.co_code[at + 1] != 0


def _place(code: CodeType) -> tuple[str, str] | None:
    path = Path(code.co_filename)
    if not path.is_relative_to(ROOT):
        return None
    relative = path.relative_to(ROOT)
    return (str(relative), code.co_qualname) if relative.parts[0] in _PACKAGES else None


async def walks(folder: Path, watch: Watch) -> list[Walk]:
    """Return the walks of a question and of the two steps of an edit."""
    question, command, agreed = (
        Walk("question", "ask"),
        Walk("edit, its command", "edit"),
        Walk("edit, its reaction", "edit"),
    )
    async with await Store.open(f"sqlite+aiosqlite:///{folder}/palabre.db") as store:
        await store.entries.seed(load_description(ROOT / "config"), at=NOW)
        await store.people.replace([Person(AWA, "awa.diallo", "Awa", "city-lead", "bamako", (), ("en",))])
        homeserver = Homeserver()
        bot = runtime(homeserver, store, folder, features=FEATURES)
        await bot._handler._executor._context.answers.refresh(store)

        async def hear(walk: Walk, heard: Received | Reacted) -> None:
            watch.current = walk
            await bot._hear([heard])
            watch.current = None

        # The first message after a start looks up what the last process has left.
        await bot._take(batch(said("thank you", "$0")))
        await hear(question, said("who do I ask about waste in Kigali?", "$1"))
        await hear(command, said("confirm Awa Diallo", "$2"))
        shown = EventId(f"$reply{len(homeserver.sent)}")
        await hear(agreed, Reacted(DIRECT, EventId("$3"), AWA, shown, "✅"))
        assert "Saved" in homeserver.sent[-1][1]["body"]
    return [question, command, agreed]


def main() -> None:
    """Print each walk, and last one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Watch() as watch:
        found = asyncio.run(walks(Path(folder), watch))
    for walk in found:
        sys.stderr.write(f"{walk.name}:\n")
        for number, (path, function) in enumerate(walk.to_feature, 1):
            sys.stderr.write(f"{number:4} {path}  {function}\n")
    sys.stdout.write(json.dumps({"benchmark": "walk", "results": [walk.report() for walk in found]}) + "\n")


if __name__ == "__main__":
    main()
