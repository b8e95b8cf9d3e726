"""A link whose themes lead into a safe room: whoever comes by it is let in by those who keep it, as by asking."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from html import unescape
from io import StringIO
from pathlib import Path
from typing import Any, cast

import pytest

from bots.directs import DirectRooms
from bots.encryption import EncryptedClient, RoomView
from bots.greetings import GreetingDelivery
from bots.posting import PostOnce
from community.core.messages import CHAT_LANGUAGES, translator
from community.description.model import Community, Joining, Permission, Who
from community.description.settings import Settings
from community.description.theme_rooms import with_theme
from community.jobs.greetings import Greeting
from community.jobs.worker import JobWorker
from community.joining.invitation import InvitationTerms, NetworkInvitation
from community.joining.invitation_text import InvitationLetter, others_decide, own_themes, theme_names
from community.joining.newcomer import newcomer, offered_themes, offered_to_ask_for
from community.joining.publishing import PublishedLinks, network_to_publish, published_links
from community.storage import NewInvitation, Store
from matrix.client_api import ClientApi
from matrix.ids import UserId
from palabre_cli.invite.making import _invited
from palabre_cli.invite.showing import say_made
from palabre_cli.terminal import Terminal
from tests.lib.account_asking import DeskBench, asking
from tests.lib.asking import CATALOGUES, visible
from tests.lib.descriptions import example
from tests.lib.invitations import LATER, NOW, invitation, people_of
from tests.lib.memory_homeserver import SERVER
from tests.lib.space_talk import KEEPERS, SAFE, SpaceTalk, direct, space_talk, spaces_community, user
from web.join_form import JoinForm
from web.join_page import JoinPage

COORDINATOR = "mariam.coulibaly"
KEEPER = KEEPERS[0]
TERMS = InvitationTerms(role="member", language="en", city="kigali", themes=("health", "waste"))
SECRET = "A" * 32
PAGES = "https://palabre.example.org"
GUEST = "moses.okello"


def published_here(community: Community, link: NetworkInvitation) -> PublishedLinks:
    """Return what is published of that link where everybody has come."""
    settings = Settings.model_validate({"homeserver": {"server_name": SERVER}})
    network = network_to_publish(community, settings, None, {})
    return published_links(network, community, [link], NOW, people_of(SERVER, community))


def kept_by(community: Community, *names: str) -> Community:
    """Return a community whose safe room has other keepers."""
    (spec,) = (room for room in community.rooms if room.key == SAFE)
    assert spec.who is not None
    rule = Who(people=names, may=(Permission.MODERATE,))
    changed = spec.model_copy(update={"who": (spec.who[0], rule)})
    return community.model_copy(
        update={"rooms": tuple(changed if room is spec else room for room in community.rooms)}
    )


@pytest.mark.parametrize("joining", [Joining.ASK, Joining.CLOSED, None])
def test_whoever_comes_has_the_other_themes_and_not_the_safe_one(joining: Joining | None) -> None:
    community = spaces_community(joining)
    for inviter in (COORDINATOR, None, "nobody.known"):
        came = newcomer(asking(SECRET), TERMS, community, inviter)
        assert getattr(came, "themes", None) == ("waste",), inviter


def test_a_keeper_gives_it_and_so_does_nobody_who_keeps_another_room_of_it() -> None:
    came = newcomer(asking(SECRET), TERMS, spaces_community(), KEEPER)
    assert getattr(came, "themes", None) == ("health", "waste")


def test_two_themes_of_the_same_safe_room_do_not_hide_each_other() -> None:
    community = spaces_community()
    (spec,) = (room for room in community.rooms if room.key == SAFE)
    assert spec.who is not None
    either = spec.who[0].model_copy(update={"themes": ("health", "waste")})
    changed = spec.model_copy(update={"who": (either, spec.who[1])})
    rooms = tuple(changed if room is spec else room for room in community.rooms)
    community = community.model_copy(update={"rooms": rooms})
    came = newcomer(asking(SECRET), TERMS, community, COORDINATOR)
    assert getattr(came, "themes", None) == ()


def test_who_would_not_come_into_the_safe_room_has_the_theme_by_the_coordinators_word() -> None:
    expert = TERMS.model_copy(update={"role": "expert", "city": None})
    given = newcomer(asking(SECRET), expert, spaces_community(), COORDINATOR)
    assert getattr(given, "themes", None) == ("health", "waste")
    # Of a link that is nobody's, nobody has decided it.
    assert offered_to_ask_for(expert, None, spaces_community()) == ("health",)


def test_a_described_member_is_who_the_files_say() -> None:
    community = spaces_community()
    described = next(one for one in community.members if "health" in one.themes)
    terms = TERMS.model_copy(update={"username": described.username})
    assert newcomer(asking(SECRET, username=described.username), terms, community, COORDINATOR) == described
    assert offered_to_ask_for(terms, COORDINATOR, community) == ()


@pytest.mark.parametrize("inviter", ["cli:root", f"@{COORDINATOR}:{SERVER}"])
async def test_the_desk_makes_nobody_a_member_with_it(tmp_path: Path, inviter: str) -> None:
    async with (
        await Store.open(f"sqlite+aiosqlite:///{tmp_path / 'store.db'}") as store,
        DeskBench(store).open(spaces_community()) as bench,
    ):
        assert await bench.why(await bench.link(TERMS, inviter)) is None
        assert (await bench.members())["salif.new"].themes == ("waste",)


def test_the_page_is_told_which_themes_others_decide_on_and_who_chooses_none() -> None:
    community = spaces_community()

    def published(inviter: str, community: Community = community, **fields: Any) -> Any:
        one = invitation(terms=TERMS.model_copy(update=fields), inviter=inviter)
        return published_here(community, one).links[one.digest]

    assert published(f"@{COORDINATOR}:{SERVER}").asked == ("health",)
    assert published("cli:root").asked == ("health",)
    assert published(f"@{COORDINATOR}:{SERVER}", kept_by(community, COORDINATOR)).asked == ()
    assert published("cli:root", themes=()).are_themes_open is True
    assert published("cli:root", themes=(), role="coordinator", city=None).are_themes_open is False


async def test_whoever_invites_is_told_before_and_the_letter_says_it_to_the_guest(tmp_path: Path) -> None:
    async with space_talk(tmp_path, ("en",)) as talk:
        talk.feed_server = PAGES
        await talk.start()
        shown = await talk.says("invite Zara Sow, member, Kigali, health", COORDINATOR)
        assert (
            "Health leads into a safe room: those who keep it are asked once your guest has arrived" in shown
        )
        other = await talk.says("invite Zara Sow, member, Kigali, waste", COORDINATOR)
        assert "safe room" not in other


def test_the_command_says_it_to_whoever_invites() -> None:
    def said(inviter: str) -> str:
        out = StringIO()
        link = invitation(terms=TERMS, inviter=inviter)
        made = _invited(link, f"{PAGES}/palabre/j/{SECRET}", None, None, spaces_community())
        say_made(Terminal(out, StringIO(), translator("en", CATALOGUES)), [made])
        return out.getvalue()

    assert "Health leads into a safe room: those who keep it are asked" in said("cli:root")
    assert "safe room" not in said(f"@{KEEPER}:{SERVER}")


@pytest.mark.parametrize("language", CHAT_LANGUAGES)
def test_the_letter_and_the_page_say_it_in_the_language_of_the_guest(language: str) -> None:
    community, translate = spaces_community(), translator(language, CATALOGUES)
    health = community.theme["health"].name.text(language)
    said = visible(translate(others_decide((health,), language)))
    assert health in said
    letter = InvitationLetter(TERMS, "Mariam", None, "https://x/y", NOW.date(), ("health",))
    assert said in visible(letter.text(community, translate))
    assert said not in visible(replace(letter, asked=()).text(community, translate))
    # What is given and what others give are not named together.
    (given,) = theme_names(("waste",), community, language)
    assert visible(translate(own_themes((given,), language))) in visible(letter.text(community, translate))
    one = invitation(terms=TERMS, inviter=f"@{COORDINATOR}:{SERVER}")
    published = published_here(community, one)
    page = JoinPage(published.network, published.links[one.digest], language, "/j/x", "token", JoinForm())
    assert said in visible(unescape(page.html()))
    assert visible(translate(own_themes((given,), language))) in visible(unescape(page.html()))


def test_who_belongs_everywhere_chooses_no_themes_as_they_come() -> None:
    community = example().community
    for role in community.roles:
        offered = offered_themes(InvitationTerms(role=role.key, language="fr"), community)
        assert bool(offered) is not role.everywhere, role.key


# --- once they are there ----------------------------------------------------------------------------------------------


@dataclass
class GuestTalk:
    """Moses, who has come by a link, and the bot that greets him."""

    talk: SpaceTalk

    async def with_person(self, user_id: UserId) -> RoomView | None:
        return self.talk.homeserver.rooms.get(direct(user_id[1:].partition(":")[0]))

    async def greeted(self, *, after: timedelta = timedelta()) -> str:
        """Have the bot greet him, so long after his first sign-in; return what it says."""
        store, incoming, now = self.talk.store, self.talk.bot._incoming, lambda: self.talk.now
        client, api = cast(EncryptedClient, self.talk.homeserver), cast(ClientApi, self.talk.homeserver)
        once = PostOnce(store, client, api, late_limit=timedelta(hours=1), now=now)
        features = cast(Any, self.talk.answers.executor._context.answers)
        delivery = GreetingDelivery(store, once, incoming, cast(DirectRooms, self), features, now=now)
        came = self.talk.now - after
        await store.jobs.file(Greeting(user(GUEST), came.isoformat()), at=self.talk.now)
        before = len(self.talk.homeserver.sent)
        worker = JobWorker(store.jobs, (delivery,), holder="bot", now=now, counts=Counter())
        for _look in range(2):
            self.talk.now += timedelta(seconds=6)
            await worker.turn(asyncio.Event())
        return "\n".join(visible(content["body"]) for _, content in self.talk.homeserver.sent[before:])

    async def asked(self) -> None:
        """Have the bot bring what waits to those who decide."""
        await self.talk.answers.executor._context.escalations.post()


def without_health(community: Community) -> Community:
    members = tuple(
        one.model_copy(update={"themes": ("waste",)}) if one.username == GUEST else one
        for one in community.members
    )
    return community.model_copy(update={"members": members})


@asynccontextmanager
async def coming(folder: Path, community: Community, inviter: str) -> AsyncIterator[GuestTalk]:
    async with space_talk(folder, ("en",), without_health(community)) as talk:
        new = NewInvitation("a" * 64, TERMS, inviter, LATER + timedelta(days=3650))
        await talk.store.invitations.add([new], by="x", at=talk.now)
        await talk.store.invitations.redeem(new.digest, user(GUEST), talk.now)
        yield GuestTalk(talk)


@pytest.mark.parametrize("joining", [Joining.ASK, Joining.CLOSED])
async def test_keepers_are_asked_once_and_let_them_in(tmp_path: Path, joining: Joining) -> None:
    async with coming(tmp_path, spaces_community(joining), user(COORDINATOR)) as guest:
        said = await guest.greeted()
        assert (
            "Your invitation names Health: those who look after it decide whether you come in there." in said
        )
        await guest.greeted()
        (request,) = await guest.talk.requests()
        assert (request.user_id, request.theme, request.is_invited) == (user(GUEST), "health", True)
        await guest.asked()
        (card,) = guest.talk.read_by(direct(KEEPER))
        assert "Moses Okello (Kampala) has come by an invitation that names “Health”." in card
        assert "They are told how it is there once they are let in." in card
        assert await guest.talk.themes(GUEST) == ("waste",)
        await guest.talk.says(f"yes {request.number}", KEEPER)
        assert await guest.talk.themes(GUEST) == ("waste", "health")
        assert await guest.talk.requests() == []
        assert ("space-granted", {"theme": "Health"}) in await guest.talk.notices(GUEST)


async def test_keepers_are_asked_too_where_it_is_too_late_to_greet(tmp_path: Path) -> None:
    """The bot was away for more than a week."""
    async with coming(tmp_path, spaces_community(), user(COORDINATOR)) as guest:
        assert await guest.greeted(after=timedelta(days=8)) == ""
        assert [one.theme for one in await guest.talk.requests()] == ["health"]


async def test_refused_they_are_told_and_nobody_is_asked_again(tmp_path: Path) -> None:
    async with coming(tmp_path, spaces_community(), user(COORDINATOR)) as guest:
        await guest.greeted()
        (request,) = await guest.talk.requests()
        await guest.talk.says(f"no {request.number}", KEEPER)
        assert await guest.talk.themes(GUEST) == ("waste",)
        assert ("space-refused", {"theme": "Health"}) in await guest.talk.notices(GUEST)
        await guest.greeted()
        assert await guest.talk.requests() == []


async def test_no_coordinator_answers_for_the_keepers(tmp_path: Path) -> None:
    async with coming(tmp_path, spaces_community(), user(COORDINATOR)) as guest:
        await guest.greeted()
        (request,) = await guest.talk.requests()
        await guest.talk.says(f"yes {request.number}", COORDINATOR)
        assert await guest.talk.themes(GUEST) == ("waste",)
        assert len(await guest.talk.requests()) == 1


async def test_who_was_let_in_by_a_keepers_link_is_not_asked_about(tmp_path: Path) -> None:
    async with coming(tmp_path, kept_by(spaces_community(), COORDINATOR, KEEPER), user(COORDINATOR)) as guest:
        await guest.talk.store.members.change(
            GUEST, partial(with_theme, theme="health"), user(GUEST), by="x", at=NOW
        )
        await guest.talk.bot._incoming.refresh(frozenset())
        said = await guest.greeted()
        assert "Your invitation names" not in said
        assert await guest.talk.requests() == []


async def test_what_was_not_given_is_asked_for_though_the_inviter_keeps_it_by_now(tmp_path: Path) -> None:
    """Days may pass between the account and the first sign-in: whoever is greeted is told of what they lack."""
    async with coming(tmp_path, kept_by(spaces_community(), COORDINATOR, KEEPER), user(COORDINATOR)) as guest:
        assert "Your invitation names Health" in await guest.greeted()
        assert [one.theme for one in await guest.talk.requests()] == ["health"]
        await guest.asked()
        assert len(guest.talk.read_by(direct(COORDINATOR))) == 1
