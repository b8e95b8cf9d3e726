"""Inviting in chat: who may, what cannot be forced or smuggled in, kills, limits, traces, what is kept of people."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bots.context.personal_data import all_about
from bots.features.inviting.details import DetailReader
from bots.features.inviting.draft import AWAITED
from bots.features.inviting.effects import MakeInvitation
from bots.features.inviting.executor import MOST_A_DAY
from bots.features.inviting.words import LONGEST, SIGNS, InvitingWish, reading
from community.core.language_folders import LANGUAGES
from community.description.person import Person
from community.joining.invitation import InvitationState, InvitationTerms
from community.search.word_tables import expanded_words
from community.storage import NewInvitation
from matrix.errors import HomeserverUnreachable
from tests.lib.bot_runtime import AWA, EXAMPLE, batch, kept_replies
from tests.lib.editing import example_lexicon
from tests.lib.inviting_talk import MOBILITY, PEOPLE, InvitingTalk, digest_in, inviting_talk, secret_in

READER = DetailReader(EXAMPLE, example_lexicon())
BEGUN = "invite Awa Traoré, member, waste"


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[InvitingTalk]:
    async with inviting_talk(tmp_path) as made:
        yield made


async def open_links(talk: InvitingTalk) -> int:
    return sum(link.state(talk.now) is InvitationState.OPEN for link in await talk.links())


# --- what is no invitation to the network -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        "who invited Awa?",
        "when is the invitation deadline?",
        "invite Lena Hoffmann to the call",
        "invite also Lena Hoffmann",
        "invite the experts",
        "invite Bamako",
        "invite everyone to the assembly on Friday",
        "guests in Kigali",
        "who are the guests of the webinar?",
        "who is invited?",
        "inviter Awa à la réunion",
        "invite aussi Lena Hoffmann",
        "à qui demander une invitation ?",
        "convida a Lena Hoffmann para a chamada",
        "quem é convidado?",
        "ادع Lena Hoffmann إلى مكالمة النفايات",
        "من المدعو؟",
        "invitar a Lena a la reunión",
        "cancel the meeting",
        "take back my question",
        "invite +223 70 11 22 33",
        "invite @awa:example.org",
        "invite https://example.org",
    ],
)
async def test_what_is_for_the_directory_or_the_calendar_is_left_to_them(said: str) -> None:
    for preferred in LANGUAGES:
        found = reading(said, (preferred,))
        if found is not None:
            assert found.wish is InvitingWish.INVITE
            assert READER.invitation(found.rest, found.perhaps_in, is_clear=True) is None


def test_each_phrase_has_a_word_by_which_it_is_looked_at() -> None:
    for table in ("openings", "guests", "all_guests", "take_back"):
        for phrases in expanded_words(f"inviting/{table}").values():
            assert [phrase for phrase in phrases if SIGNS.isdisjoint(phrase)] == []


# --- who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "said", "may"),
    [
        ("peter", "coordinator", True),
        ("peter", "lead, Niamey, waste", True),
        ("peter", "expert, Kigali, waste", True),
        ("awa", "coordinator", False),
        ("awa", "lead, Bamako, waste", True),
        ("awa", "member, Bamako, waste", True),
        ("awa", "member, Kigali, waste", False),
        ("moussa", "member, Bamako, waste", False),
    ],
)
async def test_who_may_invite_whom(talk: InvitingTalk, who: str, said: str, may: bool) -> None:
    shown = await talk.says(f"invite Zara Sow, {said}", who)
    assert ("I would make a link" in shown) is may, shown
    await talk.says("yes {yes}", who)
    assert await open_links(talk) == may


async def test_whoever_may_no_longer_makes_none(talk: InvitingTalk) -> None:
    await talk.says(BEGUN)
    people = await talk.store.people.all()
    now = [replace(person, role="member") if person.user_id == AWA else person for person in people]
    await talk.store.people.replace(now)
    assert "I invite nobody" in await talk.says("yes {yes}")
    assert await talk.links() == ()


async def test_of_a_link_whose_inviter_may_not_invite_any_more_it_is_said(talk: InvitingTalk) -> None:
    await talk.says(BEGUN)
    await talk.letter("yes {yes}")
    assert "may not do so any more" not in await talk.says("all invitations", "peter")
    people = await talk.store.people.all()
    now = [replace(person, role="member") if person.user_id == AWA else person for person in people]
    await talk.store.people.replace(now)
    shown = await talk.says("all invitations", "peter")
    assert "is closed: whoever invited may not do so any more" in shown
    assert "you can send the same text again" not in shown


async def test_somebody_else_confirms_nothing_and_nobody_elsewhere(talk: InvitingTalk) -> None:
    await talk.says(BEGUN)
    for who in ("peter", "lucie", "moussa"):
        user, room = PEOPLE[who]
        await talk.hears(f"yes {talk.asked}", sender=user, room=room)
    await talk.hears(f"!p yes {talk.asked}", room=MOBILITY)
    assert await talk.links() == ()


async def test_nobody_takes_back_or_sees_anothers_but_coordinators(talk: InvitingTalk) -> None:
    await talk.says(BEGUN)
    await talk.letter("yes {yes}")
    for who in ("lucie", "moussa"):
        assert "You have no invitation 1" in await talk.says("take back invitation 1", who)
        assert "You have no invitation 7" in await talk.says("take back invitation 7", who)
        assert "Awa" not in await talk.says("where are my guests?", who)
        assert "Only coordinators" in await talk.says("all invitations", who)
    assert "for Awa Traoré" in await talk.says("take back invitation 1", "peter")
    assert "is taken back" in await talk.says("yes {yes}", "peter")
    assert await open_links(talk) == 0


async def test_nothing_is_made_where_an_identity_is_in_doubt(talk: InvitingTalk) -> None:
    await talk.says(BEGUN)
    await talk.store.identities.see(AWA, "old", at=talk.now)
    await talk.store.identities.see(AWA, "new", at=talk.now)
    await talk.start()
    await talk.says("yes {yes}")
    await talk.says(BEGUN)
    assert await talk.links() == ()


async def test_an_edit_of_what_was_said_changes_nothing(talk: InvitingTalk) -> None:
    await talk.says(BEGUN)
    await talk.edits("$said1", "invite Eve Ngo, lead, waste", room=PEOPLE["awa"][1])
    letter = await talk.letter("yes {yes}")
    assert "Awa Traoré" in letter
    await talk.edits("$said2", "yes 99", room=PEOPLE["awa"][1])
    assert [link.terms.name for link in await talk.links()] == ["Awa Traoré"]


async def test_a_message_that_is_deleted_takes_what_it_began_along(talk: InvitingTalk) -> None:
    await talk.says("invite Awa Traoré")
    (kept,) = await talk.store.drafts.of_no_room(AWAITED)
    assert kept.origins
    await talk.says("member")
    (later,) = await talk.store.drafts.of_no_room(AWAITED)
    assert set(kept.origins) < set(later.origins)


# --- what is smuggled in ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<b>Awa</b> & co", "<b>Awa</b> & co"),
        ("Awa\u202etrom", "Awatrom"),
        ("Awa\u2066\u200b Sow", "Awa Sow"),
        ("@room", None),
        ("https://evil.example", None),
        ("Awa\nSow", None),
    ],
)
async def test_a_name_shows_as_text_and_nothing_else(
    talk: InvitingTalk, name: str, shown: str | None
) -> None:
    await talk.says(f"invite {name}, member, waste")
    if shown is None:
        assert not any(link.terms.name == name for link in await talk.links())
        return
    letter = await talk.letter("yes {yes}")
    (link,) = await talk.links()
    assert link.terms.name == shown
    assert len(letter.splitlines()) == 7
    for _, content in talk.homeserver.sent:
        assert "<b>" not in content["formatted_body"]
        assert "\u202e" not in content["body"] + content["formatted_body"]
        assert content["m.mentions"] == {"user_ids": [AWA]}


async def test_a_very_long_message_is_none(talk: InvitingTalk) -> None:
    for said in (f"invite {'Awa ' * 500}", f"invite Awa, {'member, ' * 300}", "invite " + "," * 1990):
        assert reading(said, ("en",)) is None
        assert "I would make a link" not in await talk.says(said)
    assert "I would make a link" not in await talk.says(f"invite {'x' * (LONGEST - 20)}")
    assert await talk.links() == ()


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=LONGEST))
def test_whatever_follows_is_a_name_of_one_line_or_nothing(text: str) -> None:
    said = READER.invitation(text, frozenset(LANGUAGES), is_clear=True)
    name = None if said is None else said.values.get("name")
    if name is not None:
        assert isinstance(name, str)
        assert name.isprintable()
        assert len(name) <= 80
        assert "\u202e" not in name


# --- once, and no oftener ---------------------------------------------------------------------------------------------


async def test_killed_between_making_and_saying_the_next_process_says_the_same_address(
    talk: InvitingTalk, tmp_path: Path
) -> None:
    await talk.says(BEGUN)
    with capture_logs() as logs:
        talk.homeserver.is_away = True
        with pytest.raises(HomeserverUnreachable):
            await talk.says("yes {yes}")
        talk.homeserver.is_away = False
        (kept,) = await kept_replies(talk.store)
        (made,) = await talk.links()
        raw = b"".join(path.read_bytes() for path in tmp_path.glob("palabre.db*"))
        await talk.start()
        await talk.takes(batch(list(talk.homeserver.earlier.values())[-1]))
    letter, _ = (content["body"] for _, content in talk.homeserver.sent[-2:])
    secret = secret_in(letter)
    assert secret in kept.planned
    assert secret.encode() not in raw
    assert digest_in(letter) == made.digest
    assert [link.id for link in await talk.links()] == [made.id]
    assert await kept_replies(talk.store) == []
    assert secret not in json.dumps(logs, default=str)
    after = b"".join(path.read_bytes() for path in tmp_path.glob("palabre.db*"))
    assert secret.encode() not in after
    assert secret not in repr(MakeInvitation({}, 14, "https://x", secret))


async def test_a_text_that_cannot_be_sent_leaves_no_link(talk: InvitingTalk) -> None:
    await talk.says(BEGUN)
    number, room = talk.asked, PEOPLE["awa"][1]
    there = talk.homeserver.rooms[room]
    talk.homeserver.rooms[room] = replace(there, members={**there.members, AWA: "leave"})
    await talk.hears(f"yes {number}", room=room)
    assert await open_links(talk) == 0


async def test_a_link_that_was_taken_back_before_it_was_said_is_not_said(talk: InvitingTalk) -> None:
    await talk.says(BEGUN)
    talk.homeserver.is_away = True
    with pytest.raises(HomeserverUnreachable):
        await talk.says("yes {yes}")
    talk.homeserver.is_away = False
    (made,) = await talk.links()
    await talk.store.invitations.revoke(made.id, by="cli:root", at=talk.now)
    before = len(talk.homeserver.sent)
    await talk.start()
    await talk.takes(batch(list(talk.homeserver.earlier.values())[-1]))
    said = [content["body"] for _, content in talk.homeserver.sent[before:]]
    assert not any("https://" in one for one in said)
    assert "I have made no link" in said[-1]


async def test_nobody_is_named_to_receive_a_guest_who_has_not_come_themselves(talk: InvitingTalk) -> None:
    begun = "invite Salif Traoré, member, Kigali, waste, in English, greeter Claudine"
    assert "Received by: Claudine Uwase" not in await talk.says(begun, "peter")
    assert "Claudine" not in await talk.letter("yes {yes}", "peter")
    claudine = Person(
        "@claudine.uwase:h", "claudine.uwase", "Claudine Uwase", "city-lead", "kigali", (), ("en",)
    )
    await talk.store.people.replace([*await talk.store.people.all(), claudine])
    assert "Received by: Claudine Uwase" in await talk.says(begun, "peter")
    assert "Claudine Uwase" in await talk.letter("yes {yes}", "peter")


async def test_a_second_yes_makes_no_second_link(talk: InvitingTalk) -> None:
    await talk.says(BEGUN)
    await talk.letter("yes {yes}")
    await talk.says("yes {yes}")
    assert len(await talk.links()) == 1


async def test_so_many_a_day_and_no_more(talk: InvitingTalk) -> None:
    new = [
        NewInvitation(f"{number:064x}", InvitationTerms(role="member", language="en"), AWA, talk.now)
        for number in range(MOST_A_DAY)
    ]
    await talk.store.invitations.add(new, by=AWA, at=talk.now)
    await talk.says(BEGUN)
    assert "as many links today" in await talk.says("yes {yes}")
    talk.now += timedelta(days=1)
    await talk.says(BEGUN)
    await talk.letter("yes {yes}")


async def test_what_was_begun_is_over_after_an_hour(talk: InvitingTalk) -> None:
    await talk.says(BEGUN)
    talk.now += timedelta(hours=2)
    await talk.says("yes {yes}")
    assert await talk.links() == ()


async def test_where_nothing_is_served_that_is_said_and_nothing_made(talk: InvitingTalk) -> None:
    talk.feed_server = None
    assert "I cannot make links here" in await talk.says(BEGUN)
    talk.feed_server = "http://127.0.0.1:8010"
    await talk.says(BEGUN)
    assert "enough to try it" in await talk.says("yes {yes}")


# --- what is kept -----------------------------------------------------------------------------------------------------


async def test_ones_data_name_what_one_has_made_and_forgetting_takes_ones_name_off(
    talk: InvitingTalk,
) -> None:
    await talk.says(BEGUN)
    secret = secret_in(await talk.letter("yes {yes}"))
    await talk.says("invite Binta Sow")
    about = await all_about(talk.store, {}, AWA, "awa.diallo")
    assert [link["name"] for link in about["invitations"]] == ["Awa Traoré"]  # type: ignore[attr-defined]
    assert "Binta Sow" in json.dumps(about["drafts"])
    assert secret not in json.dumps(about, default=str)
    answer = await talk.says("forget me")
    await talk.says(f"forget me {answer.rsplit(' ', 1)[1]}")
    assert [link.inviter == AWA for link in await talk.links()] == [False]
    assert await talk.store.drafts.of_no_room(AWAITED) == ()
