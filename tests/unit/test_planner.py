"""The planner: a table of claims, what any plan is like, and that applying one leaves nothing to do."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from community.messages import translator
from community.model import Description
from community.store import Request, RequestState, Store
from matrix.ids import user_id
from provisioning.apply import Applier, Outcome
from provisioning.changes import SetState, sign
from provisioning.passwords import PasswordBook
from provisioning.planner import Plan, plan
from provisioning.provisioner import awaiting
from provisioning.topology import topology
from tests.lib.descriptions import SETTINGS, changed, small
from tests.lib.memory_homeserver import SERVER, MemoryHomeserver
from tests.lib.plan_cases import Case, cases, edit

ROOT = Path(__file__).parents[2]
ENGLISH = translator("en", [])
FRENCH = translator("fr", [ROOT / "provisioning"])
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


async def planned(case: Case) -> Plan:
    """Return the plan of a case."""
    community = small().community
    homeserver = MemoryHomeserver()
    homeserver.realize(topology(changed(community, case.before), SETTINGS))
    for step in case.actual:
        edit(homeserver, step)
    asked = [request_of(homeserver, **values) for values in case.pending]
    actual = awaiting(await homeserver.snapshot(), asked)
    return plan(topology(changed(community, case.description), SETTINGS), actual, again=case.again)


def request_of(homeserver: MemoryHomeserver, room: str, user: str) -> Request:
    """Return the request that the bot has for somebody."""
    payload = {"room_id": homeserver.room_id(room), "room_key": room, "user_id": user_id(user, SERVER)}
    return Request(1, "key", "invite", payload, RequestState.PENDING, None, NOW, None)


@pytest.mark.parametrize("case", list(cases()), ids=lambda case: case.claim)
async def test_claim(case: Case) -> None:
    made = await planned(case)
    lines = list(made.lines(ENGLISH))
    assert [line for line in lines if line[:2] in ("+ ", "~ ", "- ")] == case.plan
    assert [ENGLISH(note) for note in made.notes] == case.notes
    assert (None if made.excess is None else ENGLISH(made.excess)) == case.excess


def test_the_claims_are_many_and_each_is_made_once() -> None:
    claims = [case.claim for case in cases()]
    assert len(claims) == len(set(claims))
    assert len(claims) >= 60


async def plan_from_nothing() -> Plan:
    return plan(topology(small().community, SETTINGS), await MemoryHomeserver().snapshot())


async def test_the_text_ends_with_counts_and_digest() -> None:
    made = await plan_from_nothing()
    *_, summary, digest = made.lines(ENGLISH)
    assert summary == "Plan: 59 to add, 0 to change, 0 to remove"
    assert digest == f"Digest: {made.digest}"
    assert len(made.digest) == 12


async def test_an_empty_plan_says_so_and_has_no_digest_to_apply() -> None:
    homeserver = MemoryHomeserver()
    desired = topology(small().community, SETTINGS)
    homeserver.realize(desired)
    made = plan(desired, await homeserver.snapshot())
    assert list(made.lines(ENGLISH)) == ["Plan: 0 to add, 0 to change, 0 to remove"]


async def test_the_plan_is_read_in_french() -> None:
    lines = list((await plan_from_nothing()).lines(FRENCH))
    assert lines[0] == "+ compte @awa.diallo:palabre.localhost"
    assert "+ space.theme.waste : contient exchange.waste" in lines
    assert lines[-2] == "Plan : 59 à ajouter, 0 à changer, 0 à retirer"


async def test_a_digest_names_the_changes_and_no_others() -> None:
    desired = topology(small().community, SETTINGS)
    homeserver = MemoryHomeserver()
    before = plan(desired, await homeserver.snapshot())
    assert plan(desired, await homeserver.snapshot()).digest == before.digest
    homeserver.realize(desired)
    homeserver.close(next(iter(desired.accounts)))
    assert plan(desired, await homeserver.snapshot()).digest != before.digest


def test_every_process_finds_the_same_digest() -> None:
    code = (
        "import asyncio\n"
        "from tests.unit.test_planner import plan_from_nothing\n"
        "print(asyncio.run(plan_from_nothing()).digest)\n"
    )
    digests = set()
    for seed in ("1", "2", "3"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        digests.add(done.stdout)
    assert len(digests) == 1


# --- Any two descriptions -----------------------------------------------------------------------------------

THEMES = ("waste", "mobility", "land")
CITIES = ("bamako", "kigali")
POLICIES = ("closed", "open", "announce", "lobby")


@st.composite
def room_specs(draw: st.DrawFn, themes: list[str], cohorts: list[str]) -> list[dict[str, Any]]:
    specs = [_spec("lobby", "community", "lobby", "Lobby")]
    for key in draw(st.lists(st.sampled_from(("cafe", "news", "work", "club")), unique=True)):
        scope = draw(st.sampled_from(("community", "theme", "cohort", "theme-cohort")))
        spec = _spec(key, scope, draw(st.sampled_from(POLICIES)), draw(st.sampled_from(("A", "B"))))
        if scope.startswith("theme") and themes and draw(st.booleans()):
            spec["themes"] = [draw(st.sampled_from(themes))]
        if scope.endswith("cohort") and cohorts and draw(st.booleans()):
            spec["cohorts"] = [draw(st.sampled_from(cohorts))]
        if draw(st.booleans()):
            spec["roles"] = ["coordinator"]
        specs.append(spec)
    return specs


def _spec(key: str, scope: str, policy: str, name: str) -> dict[str, Any]:
    return {"key": key, "for": scope, "policy": policy, "name": name, "topic": {"fr": name, "en": "On it"}}


@st.composite
def communities(draw: st.DrawFn) -> dict[str, Any]:
    """Parts of a small community, of which two drawn ones share some."""
    themes = draw(st.lists(st.sampled_from(THEMES), unique=True))
    # A cohort and a theme may have the same key: a room may then move from one space to another.
    cohorts = draw(st.lists(st.sampled_from(("pioneers", "waste")), unique=True))
    return {
        "name": draw(st.sampled_from(("Network", {"fr": "Réseau", "en": "Network"}))),
        "themes": [{"key": key, "name": key, "summary": key} for key in themes],
        "cohorts": [
            {"key": key, "name": key, "cities": ["kigali"], "from": "2026-01-01", "until": "2027-01-01"}
            for key in cohorts
        ],
        "rooms": draw(room_specs(themes, cohorts)),
        "members": [
            {
                "username": name,
                "name": name,
                "role": draw(st.sampled_from(("coordinator", "city-lead"))),
                "city": draw(st.sampled_from(CITIES)),
                "themes": draw(st.lists(st.sampled_from(themes), unique=True)) if themes else [],
                "languages": ["fr"],
            }
            for name in draw(st.lists(st.sampled_from(("ana", "bo", "cy")), unique=True))
        ],
    }


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as opened:
        yield opened


@pytest.fixture(scope="module")
def store(runner: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("store") / "palabre.db"
    opened = runner.run(Store.open(f"sqlite+aiosqlite:///{path}"))
    yield opened
    runner.run(opened.close())


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> PasswordBook:
    return PasswordBook(
        tmp_path_factory.mktemp("book") / "sign-in.json", "http://127.0.0.1:1", lambda: "drawn"
    )


async def reach(
    description: Description, homeserver: MemoryHomeserver, store: Store, book: PasswordBook
) -> tuple[Plan, Outcome, Plan]:
    """Plan and apply; return the plan, its outcome, and the plan after it."""
    desired = topology(description.community, SETTINGS)

    async def look() -> tuple[Plan, Any]:
        actual = awaiting(await homeserver.snapshot(), await store.requests.pending("invite"))
        return plan(desired, actual), actual

    made, actual = await look()
    applier = Applier(homeserver, store, book, now=lambda: NOW, progress=lambda _change: None)
    outcome = await applier.apply(made, actual)
    return made, outcome, (await look())[0]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=communities(), second=communities())
def test_applying_a_plan_leaves_nothing_to_do(
    runner: asyncio.Runner, store: Store, book: PasswordBook, first: dict[str, Any], second: dict[str, Any]
) -> None:
    homeserver = MemoryHomeserver()
    for parts in (first, second):
        made, outcome, after = runner.run(reach(small(**parts), homeserver, store, book))
        assert outcome.failed == []
        assert len(outcome.done) == len(made.changes)
        assert after.changes == ()
    encrypted = [events for events in homeserver.rooms.values() if ("m.room.encryption", "") in events]
    spaces = [
        events
        for events in homeserver.rooms.values()
        if events["m.room.create", ""]["content"].get("type") == "m.space"
    ]
    assert len(encrypted) + len(spaces) == len(homeserver.rooms)
    everything = asyncio.run(_described_rooms_match(small(**second), homeserver))
    assert everything


async def _described_rooms_match(description: Description, homeserver: MemoryHomeserver) -> bool:
    """Whether each described room has exactly the described state, links to rooms no longer described aside."""
    desired = topology(description.community, SETTINGS)
    actual = await homeserver.snapshot()
    for key, room in desired.rooms.items():
        there = {
            state_key: content
            for state_key, content in actual.rooms[key].state.items()
            if not state_key[1] or state_key[1] in desired.rooms
        }
        if there != dict(room.state):
            return False
    return True


@settings(max_examples=40, deadline=None)
@given(parts=communities())
def test_a_plan_is_sorted_and_has_no_change_twice(parts: dict[str, Any]) -> None:
    made = plan(topology(small(**parts).community, SETTINGS), asyncio.run(MemoryHomeserver().snapshot()))
    lines = [line for line in made.lines(ENGLISH) if line[:2] in ("+ ", "~ ", "- ")]
    assert len(lines) == len(set(lines)) == len(made.changes)
    assert not any(isinstance(change, SetState) for change in made.changes)
    assert {sign(change) for change in made.changes} == {"+"}
