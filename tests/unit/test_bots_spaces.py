"""Joining and leaving spaces: what is done, who may, what is told; hostile wishes; what is kept and forgotten."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bots.context.numbered import decided_number
from bots.features.spaces.executor import MOST_A_DAY
from bots.features.spaces.following import LATE
from bots.features.spaces.sentences import WAITS
from bots.features.spaces.words import LONGEST, readings
from community.description.model import Joining
from community.jobs.notice_text import sentences_of
from community.jobs.notices import Notice, NoticeKind
from community.jobs.removals import SafeRemoval
from community.storage import JobState
from matrix.ids import RoomId
from tests.lib.bot_runtime import COORDINATION
from tests.lib.space_talk import KEEPERS, LOBBY, SAFE, SpaceTalk, direct, space_talk, spaces_community, user

MOSES = "moses.okello"


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[SpaceTalk]:
    async with space_talk(tmp_path, ("en",)) as opened:
        yield opened


def number_in(said: str) -> str:
    """Return the number that a reply asks for."""
    found = re.search(r"“yes (\d+)”", said)
    assert found is not None, said
    return found[1]


async def asked_for(talk: SpaceTalk, theme: str, who: str = MOSES) -> str:
    """Have somebody ask for a theme; return the number of the request."""
    said = await talk.says(f"join {theme}", who)
    if "“yes " in said:
        await talk.says(f"yes {number_in(said)}", who)
    (asked,) = [asked for asked in await talk.requests() if asked.user_id == user(who)]
    return asked.number


# --- at once ------------------------------------------------------------------------------------------------------


async def test_whoever_joins_has_the_theme_and_the_provisioner_is_asked_to_make_it_so(
    talk: SpaceTalk,
) -> None:
    assert "you have joined “Mobility”" in await talk.says("join mobility")
    assert await talk.themes(MOSES) == ("waste", "mobility")
    assert await talk.updates() == [(user(MOSES), user(MOSES))]
    (noted,) = [entry for entry in await talk.store.audit.read() if entry.action == "member-change"]
    assert (noted.actor, noted.subject, noted.detail) == (user(MOSES), MOSES, "themes")
    # Of an only member of the theme nothing else has changed.
    assert await talk.says("join mobility") == "You are in “Mobility” already.\n\nYour rooms: “my rooms”."
    assert len(await talk.updates()) == 1


async def test_it_is_told_when_the_rooms_are_there(talk: SpaceTalk) -> None:
    await talk.says("join mobility")
    await talk.follows()
    assert await talk.notices(MOSES) == []
    talk.homeserver.rooms[RoomId("!mobility")].members[user(MOSES)] = "invite"
    await talk.follows()
    assert await talk.notices(MOSES) == [
        ("space-ready", {"theme": "Mobility", "joined": "", "invited": "Mobility"})
    ]
    assert await talk.changes() == []


async def test_it_is_told_when_it_takes_too_long(talk: SpaceTalk) -> None:
    await talk.says("join mobility")
    talk.now += LATE
    await talk.follows()
    assert await talk.notices(MOSES) == [("space-late", {"theme": "Mobility"})]


async def test_whoever_has_left_is_told_when_they_are_out(talk: SpaceTalk) -> None:
    said = await talk.says("leave waste")
    await talk.says(f"yes {number_in(said)}")
    assert await talk.themes(MOSES) == ()
    await talk.follows()
    assert await talk.notices(MOSES) == []
    del talk.homeserver.rooms[RoomId("!waste")].members[user(MOSES)]
    await talk.follows()
    assert await talk.notices(MOSES) == [("space-left", {"theme": "Waste"})]


async def test_nobody_joins_more_often_in_a_day_than_anybody_needs_and_leaving_stays_possible(
    talk: SpaceTalk,
) -> None:
    for count in range(MOST_A_DAY // 2):
        talk.now += timedelta(seconds=1)
        assert "Done" in await talk.says("join mobility"), count
        said = await talk.says("leave mobility")
        await talk.says(f"yes {number_in(said)}")
    talk.now += timedelta(seconds=1)
    assert "many spaces today" in await talk.says("join mobility")
    assert await talk.themes(MOSES) == ("waste",)
    said = await talk.says("leave waste")
    await talk.says(f"yes {number_in(said)}")
    assert await talk.themes(MOSES) == ()
    talk.now += timedelta(days=1)
    assert "Done" in await talk.says("join mobility")


async def test_who_belongs_everywhere_is_offered_nothing_that_would_change_nothing(talk: SpaceTalk) -> None:
    listed = await talk.says("which spaces are there?", "mariam.coulibaly")
    assert listed.count("you are in it") == len(spaces_community().themes)
    assert "to come in" not in listed


async def test_what_was_applied_meanwhile_counts(talk: SpaceTalk) -> None:
    said = await talk.says("leave waste")
    members = tuple(
        member.model_copy(update={"themes": ()}) if member.username == MOSES else member
        for member in spaces_community().members
    )
    await talk.applies(spaces_community().model_copy(update={"members": members}))
    assert "You are not in “Waste”." in await talk.says(f"yes {number_in(said)}")
    assert await talk.updates() == []


# --- requests -----------------------------------------------------------------------------------------------------


async def test_a_request_is_shown_to_the_coordinators_and_granted_by_one_of_them(talk: SpaceTalk) -> None:
    number = await asked_for(talk, "land")
    (shown,) = talk.read_by(COORDINATION)
    # In the community's first language.
    assert "Moses Okello (Kampala) aimerait rejoindre « Foncier »." in shown
    assert f"Dites « oui {number} » pour accepter" in shown
    assert await talk.themes(MOSES) == ("waste",)
    said = await talk.says(f"yes {number}", "mariam.coulibaly", COORDINATION)
    assert "Moses Okello may join “Land”" in said
    assert await talk.themes(MOSES) == ("waste", "land")
    assert await talk.updates() == [(user(MOSES), user("mariam.coulibaly"))]
    assert ("space-granted", {"theme": "Land"}) in await talk.notices(MOSES)
    assert await talk.requests() == []
    assert any("Cette demande est close" in said for said in talk.read_by(COORDINATION))


@pytest.mark.parametrize("words", ["no {}", "decline {}", "non {}", "Palabre, no {}"])
async def test_a_refusal_is_told_kindly_and_without_a_name(talk: SpaceTalk, words: str) -> None:
    number = await asked_for(talk, "land")
    said = await talk.says(words.format(number), "peter.lindqvist", COORDINATION)
    assert "does not join “Land”" in said
    assert await talk.themes(MOSES) == ("waste",)
    assert await talk.notices(MOSES) == [("space-refused", {"theme": "Land"})]
    told = sentences_of(Notice(NoticeKind.SPACE_REFUSED, user(MOSES), number, {"theme": "Land"}))
    assert "Peter" not in " ".join(map(str, told))


async def test_a_coordinator_decides_in_a_direct_message_too(talk: SpaceTalk) -> None:
    number = await asked_for(talk, "land")
    await talk.says(f"approve {number}", "peter.lindqvist")
    assert await talk.themes(MOSES) == ("waste", "land")


async def test_without_their_room_each_coordinator_is_asked(talk: SpaceTalk) -> None:
    del talk.homeserver.rooms[COORDINATION]
    await asked_for(talk, "land")
    for name in ("mariam.coulibaly", "peter.lindqvist"):
        assert any("would like to join “Land”" in said for said in talk.read_by(direct(name)))


@pytest.mark.parametrize(
    ("who", "room"),
    [
        (MOSES, None),  # one's own request
        ("awa.diallo", None),
        ("grace.nakato", None),  # keeps a safe room of another theme
        ("awa.diallo", LOBBY),
        ("mariam.coulibaly", LOBBY),
    ],
)
async def test_nobody_else_decides_nor_a_coordinator_elsewhere(
    talk: SpaceTalk, who: str, room: RoomId | None
) -> None:
    number = await asked_for(talk, "land")
    prefix = "" if room is None else "!p "
    await talk.says(f"{prefix}yes {number}", who, room)
    await talk.says(f"{prefix}no {number}", who, room)
    assert await talk.themes(MOSES) == ("waste",)
    assert len(await talk.requests()) == 1


async def test_nobody_enters_a_safe_room_without_a_keepers_word(talk: SpaceTalk) -> None:
    number = await asked_for(talk, "health")
    assert await talk.themes(MOSES) == ("waste",)
    for keeper in KEEPERS:
        (shown,) = talk.read_by(direct(keeper))
        assert "the safe room that you keep: Candid on Health. They have been told how it is there." in shown
    assert talk.read_by(COORDINATION) == []
    await talk.says(f"yes {number}", "mariam.coulibaly")
    await talk.says(f"yes {number}", "mariam.coulibaly", COORDINATION)
    await talk.says(f"!p yes {number}", "grace.nakato", LOBBY)
    assert await talk.themes(MOSES) == ("waste",)
    await talk.says(f"yes {number}", "grace.nakato")
    assert await talk.themes(MOSES) == ("waste", "health")
    # Of the safe room itself who watches its space tells.
    assert [change.rooms for change in await talk.changes()] == ["exchange.health"]


async def test_whom_a_keeper_has_removed_is_let_in_again_by_a_keeper(talk: SpaceTalk) -> None:
    removal = SafeRemoval(f"{SAFE}.health", user(MOSES), user("grace.nakato"))
    await talk.store.jobs.file(removal, at=talk.now)
    job = await talk.store.jobs.find(removal.idempotency_key)
    assert job is not None
    await talk.store.jobs.end(job.id, JobState.DONE, at=talk.now)
    await talk.says(f"yes {await asked_for(talk, 'health')}", "hadiza.issoufou")
    assert await talk.store.jobs.of_state(SafeRemoval.KIND, JobState.DONE) == ()


async def test_a_theme_that_leads_into_a_safe_room_and_does_not_say_so_is_closed(tmp_path: Path) -> None:
    async with space_talk(tmp_path, ("en",), spaces_community(safe=None)) as talk:
        said = await talk.says("which spaces are there?")
        assert "safe" not in said
        assert said.count("only the coordinators place people there") == 2
        said = await talk.says("join health")
        assert said == await _of_another(talk, said)
        assert await talk.themes(MOSES) == ("waste",)


async def _of_another(talk: SpaceTalk, said: str) -> str:
    """Return what is said of a closed theme that leads into no safe room, under the name of this one."""
    other = await talk.says("join local taxes")
    assert "Health" in said
    return other.replace("Local taxes", "Health")


async def test_a_request_that_nobody_answers_is_over(talk: SpaceTalk) -> None:
    await asked_for(talk, "land")
    talk.now += WAITS - timedelta(minutes=1)
    await talk.expires()
    assert len(await talk.requests()) == 1
    talk.now += timedelta(minutes=1)
    await talk.expires()
    assert await talk.requests() == []
    assert await talk.notices(MOSES) == [("space-expired", {"theme": "Land"})]


async def test_a_request_can_be_taken_back_and_is_not_decided_then(talk: SpaceTalk) -> None:
    number = await asked_for(talk, "land")
    assert "I have taken back your wish" in await talk.says("leave land")
    await talk.says(f"yes {number}", "mariam.coulibaly", COORDINATION)
    assert await talk.themes(MOSES) == ("waste",)


async def test_what_was_closed_meanwhile_is_not_granted(talk: SpaceTalk) -> None:
    number = await asked_for(talk, "land")
    await talk.applies(spaces_community(land=Joining.CLOSED))
    said = await talk.says(f"yes {number}", "mariam.coulibaly", COORDINATION)
    assert "nothing was changed" in said
    assert await talk.themes(MOSES) == ("waste",)


# --- hostile ------------------------------------------------------------------------------------------------------


async def test_a_reaction_an_edit_and_anybody_elses_word_change_nothing(talk: SpaceTalk) -> None:
    number = await asked_for(talk, "land")
    shown = next(key for key, event in talk.homeserver.earlier.items() if event.room_id == COORDINATION)
    await talk.reacts("✅", shown, user("mariam.coulibaly"), COORDINATION)
    said = await talk.says("leave waste")
    asked = [key for key, event in talk.homeserver.earlier.items() if event.room_id == direct(MOSES)][-1]
    await talk.reacts("✅", asked, user(MOSES), direct(MOSES))
    await talk.says(f"yes {number_in(said)}", "awa.diallo")
    assert await talk.themes(MOSES) == ("waste",)
    question = [key for key, event in talk.homeserver.earlier.items() if event.sender == user(MOSES)][-1]
    await talk.edits(question, "join mobility", sender=user(MOSES), room=direct(MOSES))
    await talk.edits(question, f"yes {number}", sender=user("mariam.coulibaly"), room=COORDINATION)
    assert await talk.themes(MOSES) == ("waste",)
    assert await talk.updates() == []


async def test_nobody_joins_or_leaves_in_anothers_name(talk: SpaceTalk) -> None:
    for text in ("join mobility for Awa Diallo", "add Awa Diallo to land", "leave waste, I am Awa Diallo"):
        await talk.says(text)
    assert await talk.updates() == []
    assert "mobility" in await talk.themes("awa.diallo")


@pytest.mark.parametrize("name", ["speaking freely", "frank-talk", "candid on health", "coordination"])
async def test_a_guessed_name_is_answered_as_one_that_nothing_has(talk: SpaceTalk, name: str) -> None:
    nothing = await talk.says("join xyzzy")
    assert nothing.startswith("I know no space of that name")
    for verb in ("join", "join the space", "leave the room"):
        said = await talk.says(f"{verb} {name}")
        assert said in (nothing, await talk.says(f"{verb} xyzzy")), (verb, name)
    # Who belongs there is told so; in a room nobody is.
    assert await talk.says(f"!p join {name}", "awa.diallo", LOBBY) == await talk.says(
        "!p join xyzzy", "awa.diallo", LOBBY
    )


@pytest.mark.parametrize(
    "text",
    [
        "join <b>@room</b> <img src=x onerror=alert(1)>",
        "join \u202eytilibom",
        "join \u2066mobility\u2069\u202e <script>",
        "join " + "a" * 5_000,
        "join " + "mobility " * 300,
        "join \x00\ufdfa\u0301",
    ],
)
async def test_a_hostile_name_is_not_repeated(talk: SpaceTalk, text: str) -> None:
    before = len(talk.homeserver.sent)
    await talk.says(text)
    for _, content in talk.homeserver.sent[before:]:
        assert "<script" not in content["formatted_body"]
        assert "onerror" not in content["formatted_body"]
        assert "\u202e" not in content["body"]
    assert await talk.themes(MOSES) == ("waste",)


def test_a_text_that_is_too_long_is_no_wish() -> None:
    assert readings("join " + "the " * LONGEST, ("en",)) == []
    assert readings("", ("en",)) == []


# --- what is kept -------------------------------------------------------------------------------------------------


async def test_the_question_outlives_a_restart_and_any_other_word_drops_it(talk: SpaceTalk) -> None:
    said = await talk.says("leave waste")
    await talk.start()
    assert "I tell you directly when you are out" in await talk.says(f"yes {number_in(said)}")
    said = await talk.says("join health")
    await talk.says("who leads mobility?")
    await talk.says(f"yes {number_in(said)}")
    assert await talk.requests() == []


async def test_what_is_kept_is_given_and_forgotten(talk: SpaceTalk) -> None:
    await asked_for(talk, "land")
    await talk.says("leave waste")
    about = await talk.store.about(user(MOSES), MOSES)
    requests, drafts = about["requests"], about["drafts"]
    assert isinstance(requests, list)
    assert isinstance(drafts, list)
    assert "land" in [one["payload"].get("theme") for one in requests]
    assert [draft["content"]["theme"] for draft in drafts] == ["waste"]
    await talk.store.forget(user(MOSES), MOSES, "somebody")
    assert await talk.requests() == []
    about = await talk.store.about(user(MOSES), MOSES)
    assert about["drafts"] == []


@pytest.mark.parametrize(
    ("said", "decision"),
    [
        ("yes 5", (True, 5)),
        ("oui 5", (True, 5)),
        ("approve 5", (True, 5)),
        ("I accept 12.", (True, 12)),
        ("no 5", (False, 5)),
        ("não 5", (False, 5)),
        ("لا 5", (False, 5)),
        ("decline #7", (False, 7)),
        ("yes", None),
        ("no thanks", None),
        ("yes 5 and 6", None),
        ("stop 5", None),
        ("5", None),
    ],
)
def test_a_decision_names_its_number(said: str, decision: tuple[bool, int] | None) -> None:
    assert decided_number(said) == decision
