"""While the clock is not believed nothing counts as too old: no answer, no draft, no agreement, no job."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bots.context.daily_limits import DAILY_LIMITS
from bots.context.incoming import IncomingMessage
from bots.context.kept_texts import KEPT_FOR, KeptTexts
from bots.context.message import Awaited, MessageContext, OverheardMessage
from bots.features.edit.consent import WantedMessage, wanted_messages
from bots.features.pass_on.answer_draft import AnswerDraft, kept_answer
from bots.features.removal.effects import RemovalWish
from bots.features.removal.wishes import WISHES
from community.core.clock import MOST_APART, ClockComparison, ClockDoubt
from community.description.data_folder import DataFolder
from community.description.load import load_description
from community.description.person import Person
from community.description.settings import Settings
from community.jobs.job import JobState
from community.jobs.plans import PlanApplication
from community.jobs.requested import PassedQuestion
from community.storage import Draft, Store
from matrix.http import RequestCounts
from provisioning.errors import RenewalRefused
from provisioning.health import ServiceHealth
from provisioning.provisioner import Provisioner
from provisioning.service import Service
from provisioning.token_renewal import RenewalJournal, _require_patience
from tests.lib.bot_runtime import AWA, DIRECT, NOW
from tests.lib.descriptions import SMALL
from tests.lib.memory_homeserver import OWN, MemoryHomeserver
from tests.lib.room_talk import RoomTalk, seeded_store

TWO_DAYS = timedelta(days=2)
EVER = datetime.min.replace(tzinfo=UTC)
AWA_PERSON = Person(AWA, "awa.diallo", "Awa Diallo", "city-lead", "bamako", (), ("en",))


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[RoomTalk]:
    store = await seeded_store(tmp_path, ("en",))
    opened = RoomTalk(store, tmp_path)
    await opened.start()
    yield opened
    await store.close()


def two_days_on(talk: RoomTalk, *, believed: bool) -> None:
    talk.now, talk.is_clock_believed = NOW + TWO_DAYS, believed


@pytest.mark.parametrize(("believed", "followed"), [(True, False), (False, True)])
@pytest.mark.parametrize("restarted", [False, True])
async def test_an_answer_follows_its_question(
    talk: RoomTalk, believed: bool, followed: bool, restarted: bool
) -> None:
    await talk.hears("!p who is the contact for waste in Kigali?")
    await talk.answers.kept.keep()
    two_days_on(talk, believed=believed)
    if restarted:
        await talk.start()
    edited = await talk.edits("$said1", "!p who is the contact for mobility in Bamako?")
    assert ("m.new_content" in (edited[0] if edited else {})) is followed


@pytest.mark.parametrize(("believed", "left"), [(True, 1), (False, 2)])
async def test_what_is_noted_of_answers_is_deleted_for_its_age(
    talk: RoomTalk, believed: bool, left: int
) -> None:
    await talk.hears("!p who is the contact for waste in Kigali?")
    await talk.answers.kept.keep()
    two_days_on(talk, believed=believed)
    await talk.hears("!p who is the contact for mobility in Bamako?")
    await talk.answers.kept.keep()
    assert len(await talk.store.answers.since(EVER)) == left


@pytest.mark.parametrize("believed", [True, False])
async def test_an_edit_that_was_begun_goes_on(talk: RoomTalk, believed: bool) -> None:
    assert "9-12" in await talk.told("change hours of Awa Diallo to 9-12", room=DIRECT)
    two_days_on(talk, believed=believed)
    await talk.told("yes", room=DIRECT)
    saved = any(
        "9-12" in entry.model_dump_json() for entry in (await talk.store.entries.directory()).contacts
    )
    assert saved is not believed


# --- the day, where the two clocks differ ---------------------------------------------------------------------------


def with_wrong_clock(talk: RoomTalk) -> None:
    """This machine is two days ahead of the homeserver."""
    talk.now, talk.server_time, talk.is_clock_believed = NOW + TWO_DAYS, NOW, False


async def days_of(talk: RoomTalk, name: str) -> str:
    found = (entry for entry in (await talk.store.entries.directory()).contacts if name in str(entry.name))
    return str(next(found).confirmed)


@pytest.mark.parametrize("said", ["confirm Awa Diallo", "change hours of Awa Diallo to 9-12"])
async def test_what_is_confirmed_or_changed_has_the_homeservers_day(talk: RoomTalk, said: str) -> None:
    with_wrong_clock(talk)
    await talk.told(said, room=DIRECT)
    await talk.told("yes", room=DIRECT)
    assert await days_of(talk, "Awa Diallo") == NOW.date().isoformat()
    assert "25 November" not in await talk.told("who is Awa Diallo?", room=DIRECT)


async def test_what_is_added_has_the_homeservers_day(talk: RoomTalk) -> None:
    with_wrong_clock(talk)
    for said in ("add a contact: Fanta Sow", "head of waste", "Bamako", "waste", "that is all", "yes"):
        await talk.told(said, room=DIRECT)
    assert await days_of(talk, "Fanta Sow") == NOW.date().isoformat()


async def test_questions_are_counted_on_the_homeservers_day(talk: RoomTalk) -> None:
    with_wrong_clock(talk)
    await talk.hears("!p who is the contact for waste in Kigali?")
    assert await talk.store.counts.read(NOW.date())
    assert not await talk.store.counts.read(NOW.date() + timedelta(days=1))


async def test_what_one_person_may_bring_to_others_is_counted_by_the_homeservers_day(talk: RoomTalk) -> None:
    limit = DAILY_LIMITS[PassedQuestion]
    for number in range(limit):
        await ask_in_vain(talk, number)
    # On this machine it is another day.
    with_wrong_clock(talk)
    await ask_in_vain(talk, limit)
    assert len(await talk.passed_on()) == limit


async def ask_in_vain(talk: RoomTalk, number: int) -> None:
    offer = await talk.told(f"who knows about zeppelins, type {number}?", room=DIRECT)
    await talk.told(offer.partition("write “")[2].partition("”")[0], room=DIRECT)


@pytest.mark.parametrize("believed", [True, False])
def test_what_waits_for_somebodys_word_goes_on_waiting(believed: bool) -> None:
    wanted, answer = WantedMessage("@a:h", "!r", "$e", 5), AnswerDraft(1, 5, "text", "$e")
    wish = RemovalWish("talk", "@b:h", "!dm", "en", 7)
    later = NOW + TWO_DAYS
    heard = OverheardMessage(AWA_PERSON, IncomingMessage("!r", "$m", AWA, "yes 5"), later, believed)
    awaited = (Awaited(WISHES.awaited, WISHES.content_of(wish), NOW),)
    asked = MessageContext("yes 7", AWA_PERSON, True, later, awaited=awaited, is_clock_believed=believed)
    of_message, of_answer = (
        Draft(room_id="", conversation="x", user_id=AWA, content=content, at=NOW)
        for content in (wanted.to_json(), answer.to_json())
    )
    assert wanted_messages([of_message], later, is_clock_believed=believed) == ([] if believed else [wanted])
    assert kept_answer(of_answer, heard) == (None if believed else answer)
    assert WISHES.waiting(asked) == (None if believed else wish)


def test_words_in_memory_are_rather_forgotten_where_the_clock_was_put_back() -> None:
    """Nobody knows then how long they have been there, and less than an hour is promised."""
    kept: KeptTexts[str, str] = KeptTexts(10)
    kept.put("a", "words", ("!r/$e",), NOW)
    kept.forget_old(NOW - MOST_APART + timedelta(seconds=1))
    assert kept.get("a", NOW + KEPT_FOR) is not None
    assert kept.get("a", NOW - MOST_APART) is None
    kept.forget_old(NOW - MOST_APART)
    assert len(kept) == 0


# --- the service ----------------------------------------------------------------------------------------------------


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[tuple[Service, Provisioner, MemoryHomeserver]]:
    config, data, homeserver = tmp_path / "config", DataFolder(tmp_path / "data"), MemoryHomeserver()
    shutil.copytree(SMALL, config)
    data.prepare()
    async with await Store.open(data.store_url) as store:
        provisioner = Provisioner(
            load_description(config), Settings(), config, data, homeserver, store, "http://x", RequestCounts()
        )
        health = ServiceHealth(lambda: NOW + timedelta(days=400))
        yield Service(config, data, health, asyncio.Event()), provisioner, homeserver


@pytest.mark.parametrize(("server", "left"), [(timedelta(days=400), 0), (timedelta(), 1)])
async def test_the_service_deletes_no_job_for_its_age(
    service: tuple[Service, Provisioner, MemoryHomeserver], server: timedelta, left: int
) -> None:
    watching, provisioner, homeserver = service
    jobs = provisioner.store.jobs
    await jobs.file(PlanApplication("0" * 12, AWA), at=NOW)
    (job,) = await jobs.pending(PlanApplication.KIND)
    await jobs.end(job.id, JobState.DONE, at=NOW)
    homeserver.clock = NOW + server
    worker = watching.worker(homeserver, provisioner.store, lambda: provisioner)
    await worker.turn(asyncio.Event())
    assert len(await jobs.of_state(PlanApplication.KIND, JobState.DONE)) == left


def test_a_clock_that_is_compared_is_doubted_where_it_differs_or_was_moved() -> None:
    now, server, steady = [NOW], [NOW], [0.0]
    clock = ClockComparison(lambda: now[0], lambda: server[0], lambda: steady[0])
    doubts = [clock.doubt]
    for moved in (now, server):
        moved[0] = NOW + TWO_DAYS
        doubts.append(clock.doubt)
    assert doubts == [None, ClockDoubt.APART, ClockDoubt.JUMPED]
    assert clock.has_moved


def test_a_token_is_renewed_also_where_the_clock_was_put_back_since_it_was_refused() -> None:
    in_two_days = datetime.now(UTC) + TWO_DAYS
    _require_patience(OWN.provisioner, RenewalJournal(refused_at=in_two_days.isoformat()))
    with pytest.raises(RenewalRefused):
        _require_patience(OWN.provisioner, RenewalJournal(refused_at=datetime.now(UTC).isoformat()))
