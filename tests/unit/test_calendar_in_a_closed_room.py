"""What is posted in a room for chosen people alone is answered there, and to them directly; to nobody else."""

from __future__ import annotations

from datetime import datetime

import pytest

from bots.feature_set import FeatureSet
from bots.features.registry import FEATURES
from tests.lib.asking import CATALOGUES
from tests.lib.calendar_asking import CalendarAsker, keys_of
from tests.lib.descriptions import example

CLOSED = "property-register"
"""A room of the example for local taxes in Kumasi, Lagos and Niamey, and for one expert."""


@pytest.fixture(scope="module")
def skills() -> FeatureSet:
    description = example()
    cafe = next(event for event in description.calendar.events if event.key == "open-cafe")
    changes = {
        "key": "register-talk",
        "rooms": (CLOSED,),
        "start": datetime.fromisoformat("2026-12-02T10:00"),
    }
    calendar = description.calendar.model_copy(
        update={"events": (*description.calendar.events, cafe.model_copy(update=changes))}
    )
    made = FeatureSet(description.community, "example.org", CATALOGUES, FEATURES)
    made.use(description.directory, calendar=calendar)
    return made


@pytest.mark.parametrize(
    ("username", "room", "is_told"),
    [
        ("kwame.boateng", CLOSED, True),
        ("kwame.boateng", None, True),
        ("david.mensah", None, True),
        ("mariam.coulibaly", None, True),
        ("kwame.boateng", "exchange.local-taxes", False),
        ("kwame.boateng", "leads", False),
        ("awa.diallo", None, False),
        ("nobody", None, False),
    ],
)
def test_who_is_told_and_where(skills: FeatureSet, username: str, room: str | None, is_told: bool) -> None:
    asker = CalendarAsker(username, ("en",), room, conversation=f"{username} {room}")
    reply = skills.answer(asker.asked("anything on 2 December?"))
    assert ("register-talk" in keys_of(reply)) is is_told
