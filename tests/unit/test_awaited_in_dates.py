"""Planning a date for somebody who is described and has not come: what is said depends on those alone who are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bots.features.edit import Turn
from community.description.person import Person
from tests.lib.asking import visible
from tests.lib.bot_runtime import DIRECT
from tests.lib.editing import Stage
from tests.lib.room_talk import RoomTalk, seeded_store

AWAITED, NOBODY = "Éric Habimana", "Éric Nobody"
PLAN = "plan a call tomorrow at 10:00 with {name}"
LEAD, MEMBER, COORDINATOR = "claudine.uwase", "oumar.keita", "peter.lindqvist"


def said(turn: Turn | None, name: str) -> str:
    """Return what was said, but for the name and the number in it."""
    assert turn is not None
    return re.sub(r"yes \d+", "yes #", visible(turn.reply.text).replace(name, "…"))


def told(who: str, name: str, *texts: str) -> list[str]:
    """Return what is said to somebody who writes these texts in turn, with ``name`` in them."""
    stage = Stage(awaited=frozenset({"eric.habimana", "fatoumata.sangare"}))
    return [said(stage.say(who, text.format(name=name), languages=("en",)), name) for text in texts]


@pytest.mark.parametrize(
    "texts",
    [
        (PLAN,),
        ("plan a call for {name} tomorrow at 10:00",),
        ("a call tomorrow at 10:00 for {name}",),
        ("plan a call tomorrow at 10:00", "{name}"),
        ("plan a call tomorrow at 10:00", "for {name}"),
        ("plan a call for everyone tomorrow at 10:00", "it is only for {name}"),
        ("plan a call for everyone tomorrow at 10:00", "for whom: {name}"),
    ],
)
@pytest.mark.parametrize(
    ("who", "name"), [(LEAD, AWAITED), (MEMBER, "Fatoumata Sangaré"), (MEMBER, "fatoumata.sangare")]
)
def test_the_name_of_somebody_awaited_is_nobodys(who: str, name: str, texts: tuple[str, ...]) -> None:
    nobody = "nobody.nemo" if name.islower() else NOBODY
    assert told(who, name, *texts) == told(who, nobody, *texts)


def test_coordinators_know_who_is_awaited_and_everybody_who_is_there() -> None:
    assert "For whom: Peter Lindqvist, …" in told(COORDINATOR, AWAITED, PLAN)[0]
    stage = Stage()
    there = said(stage.say(LEAD, PLAN.format(name=AWAITED), languages=("en",)), "-")
    assert f"For whom: Claudine Uwase, {AWAITED}" in there


async def test_the_bot_goes_by_the_people_whom_it_knows(tmp_path: Path) -> None:
    """Awa leads Bamako, where Fatoumata Sangaré is described, and then comes."""
    async with await seeded_store(tmp_path, ("en",)) as store:
        talk, name = RoomTalk(store, tmp_path), "Fatoumata Sangaré"
        await talk.start()
        assert name not in whom(await talk.told(PLAN.format(name=name), room=DIRECT))
        await talk.told("cancel", room=DIRECT)
        come = Person("@fatoumata.sangare:h", "fatoumata.sangare", name, "member", "bamako", (), ("en",))
        await store.people.replace([*(await store.people.all()), come])
        await talk.start()
        assert name in whom(await talk.told(PLAN.format(name=name), room=DIRECT))


def whom(text: str) -> str:
    """Return the line that says whom a date is for, empty where none does."""
    return next((line for line in text.splitlines() if line.startswith("For whom: ")), "")
