"""What is published of invitations for `palabre web`: a file for each open link, and none for any other."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import yaml

from community.core.language_folders import CHAT_LANGUAGES, LANGUAGES
from community.description.data_folder import DataFolder
from community.description.settings import Settings
from community.directory.entry import entries_of
from community.joining.arrival import ArrivalStage
from community.joining.invitation import NetworkInvitation
from community.joining.published import link_file, network_file, published_invitation, published_network
from community.joining.publishing import network_to_publish, published_links, write_links
from community.joining.rules import rules_of, rules_version
from community.search.examples import first_questions
from community.storage import Store
from community.storage.invitations import NewInvitation
from palabre_cli.options import shipped
from provisioning.described_people import described_people
from provisioning.invitation_publishing import InvitationPublishing
from tests.lib.descriptions import changed, example
from tests.lib.invitations import LATER, NOW, invitation, people_of, terms
from web.join_form import JoinForm
from web.join_page import JoinPage

COMMUNITY = example().community
SERVER = "palabre.localhost"
PEOPLE = people_of("x")
SETTINGS = Settings.model_validate({"homeserver": {"server_name": "x"}})
NETWORK = network_to_publish(COMMUNITY, SETTINGS, None, {})


@dataclass
class Publishing:
    """The service's publisher before a store, at a time of the tests."""

    data: DataFolder
    store: Store
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.publisher = InvitationPublishing(shipped("config"), self.data, lambda: self.now)

    async def make(
        self, digest: str, inviter: str = f"@awa.diallo:{SERVER}", **fields: object
    ) -> NetworkInvitation:
        (made,) = await self.store.invitations.add(
            [NewInvitation(digest, terms(**fields), inviter, LATER)], by="x", at=NOW
        )
        return made

    async def seen(self) -> set[str]:
        await self.publisher.look(self.store)
        return {path.stem[:1] for path in self.data.invitations.glob("*.json")} - {"n"}


@pytest.fixture
async def publishing(tmp_path: Path) -> AsyncIterator[Publishing]:
    data = DataFolder(tmp_path / "data")
    data.prepare()
    async with await Store.open(data.store_url) as store:
        await store.people.replace(people_of(SERVER), {})
        yield Publishing(data, store)


async def test_each_open_link_has_a_file_until_it_is_closed(publishing: Publishing) -> None:
    assert await publishing.seen() == set()
    one, other = await publishing.make("a" * 64), await publishing.make("b" * 64, name=None, uses=2)
    assert await publishing.seen() == {"a", "b"}
    await publishing.store.invitations.redeem(other.digest, f"@x:{SERVER}", NOW)
    assert await publishing.seen() == {"a", "b"}
    await publishing.store.invitations.redeem(other.digest, f"@y:{SERVER}", NOW)
    # As long as one of them has no account yet: it may have been broken off, and they go on there.
    for name in ("x", "y"):
        assert await publishing.seen() == {"a", "b"}
        user = f"@{name}:{SERVER}"
        await publishing.store.invitations.note_stage(user, ArrivalStage.ACCOUNT_MADE, NOW)
    assert await publishing.seen() == {"a"}
    await publishing.store.invitations.revoke(one.id, by="x", at=NOW)
    assert await publishing.seen() == set()


async def test_a_link_runs_out_without_any_change_in_the_store(publishing: Publishing) -> None:
    await publishing.make("a" * 64)
    assert await publishing.seen() == {"a"}
    publishing.now = LATER - timedelta(microseconds=1)
    assert await publishing.seen() == {"a"}
    publishing.now = LATER
    assert await publishing.seen() == set()


async def test_a_link_of_somebody_who_may_not_invite_any_more_has_no_page(publishing: Publishing) -> None:
    await publishing.make("a" * 64)
    await publishing.make("b" * 64, role="city-lead")
    awa = next(one for one in people_of(SERVER) if one.username == "awa.diallo")
    for people, expected in (
        ([awa], {"a", "b"}),
        # Her role is lower, her city another; she has left; she is back.
        ([replace(awa, role="member")], set()),
        ([replace(awa, city="kigali")], set()),
        ([], set()),
        ([awa], {"a", "b"}),
    ):
        await publishing.store.people.replace(people, {})
        assert await publishing.seen() == expected


async def test_whoever_was_broken_off_goes_on_though_the_inviter_has_left(publishing: Publishing) -> None:
    one = await publishing.make("a" * 64)
    await publishing.store.invitations.redeem(one.digest, f"@x:{SERVER}", NOW)
    await publishing.store.people.replace([], {})
    assert await publishing.seen() == {"a"}


async def test_what_can_be_asked_here_is_published_and_follows_the_directory(publishing: Publishing) -> None:
    await publishing.seen()
    network = published_network(publishing.data.invitations)
    assert network is not None
    assert network.questions == {}
    await publishing.store.entries.seed(example(), at=NOW)
    await publishing.seen()
    network = published_network(publishing.data.invitations)
    assert network is not None
    assert network.questions == first_questions(COMMUNITY, entries_of(example().directory))
    assert "Bamako" in network.questions["fr"]
    assert set(network.questions) == set(LANGUAGES)


async def test_the_page_names_whoever_receives_once_they_have_come(publishing: Publishing) -> None:
    digest = "a" * 64
    await publishing.make(digest, "cli:root", greeter="claudine.uwase")
    people, former = described_people(COMMUNITY, SERVER, ())
    for come, expected in (
        ((), None),
        (("mariam.coulibaly",), "Mariam Coulibaly"),
        (("claudine.uwase", "mariam.coulibaly"), "Claudine Uwase"),
    ):
        await publishing.store.people.replace([one for one in people if one.username in come], former)
        await publishing.seen()
        page = published_invitation(publishing.data.invitations, digest)
        assert page is not None
        assert page.greeter == expected


async def test_it_goes_on_until_it_is_stopped_whatever_it_meets(publishing: Publishing) -> None:
    stop = asyncio.Event()
    publishing.data.invitations.rmdir()
    running = asyncio.create_task(publishing.publisher.run(stop))
    async with asyncio.timeout(60):
        while not network_file(publishing.data.invitations).exists():
            await asyncio.sleep(0.05)
    stop.set()
    await running
    mode = stat.S_IMODE(publishing.data.invitations.stat().st_mode)
    assert (mode, stat.S_IMODE(network_file(publishing.data.invitations).stat().st_mode)) == (0o755, 0o644)


def test_a_file_says_who_invites_to_what_and_no_more(tmp_path: Path) -> None:
    one = invitation(inviter=f"@{COMMUNITY.members[0].username}:x", terms=terms(username="salif.t"))
    write_links(tmp_path, published_links(NETWORK, COMMUNITY, [one], NOW, PEOPLE))
    read = published_invitation(tmp_path, one.digest)
    assert read is not None
    assert (read.inviter, read.name, read.username) == (COMMUNITY.members[0].name, "Salif Traoré", "salif.t")
    assert (read.role, read.city, read.themes, read.language) == ("member", "bamako", ("waste",), "fr")
    assert datetime.fromisoformat(read.expires_at) == LATER
    network = published_network(tmp_path)
    assert network is not None
    assert network.version == read.rules == rules_version(rules_of(COMMUNITY))
    assert (network.server_name, network.element, network.homeserver) == ("x", None, None)
    # Nothing of the people of the network but those two names.
    text = network_file(tmp_path).read_text() + link_file(tmp_path, one.digest).read_text()
    named = {member.name for member in COMMUNITY.members if member.name in text}
    assert named == {read.inviter, read.greeter}


def test_whoever_invites_at_the_terminal_has_no_name(tmp_path: Path) -> None:
    links = published_links(NETWORK, COMMUNITY, [invitation(inviter="cli:root")], NOW, PEOPLE).links
    assert [link.inviter for link in links.values()] == [None]


def test_a_link_whose_terms_are_not_there_any_more_has_no_page() -> None:
    gone = [
        invitation(terms=terms(**field))
        for field in ({"city": "gone"}, {"role": "gone"}, {"themes": ("gone",)})
    ]
    assert published_links(NETWORK, COMMUNITY, gone, NOW, PEOPLE).links == {}


def test_a_city_is_chosen_where_the_link_leaves_it_to_whoever_comes_as_one_who_decides_nothing_there() -> (
    None
):
    for fields, is_open in (
        ({}, False),
        ({"city": None}, True),
        ({"city": None, "role": "city-lead"}, False),
    ):
        one = invitation(inviter="cli:root", terms=terms(**fields))
        links = published_links(NETWORK, COMMUNITY, [one], NOW, PEOPLE).links
        assert [link.is_city_open for link in links.values()] == [is_open]


def test_where_element_is(tmp_path: Path) -> None:
    here = Settings.model_validate({"homeserver": {"server_name": "palabre.localhost"}})
    public = Settings.model_validate(
        {"homeserver": {"server_name": "palabre.org"}, "public_address": "https://talk.palabre.org"}
    )
    networks = [
        network_to_publish(COMMUNITY, settings, "http://127.0.0.1:8008", {}) for settings in (here, public)
    ]
    assert [(one.element, one.homeserver) for one in networks] == [
        (None, "http://127.0.0.1:8008"),
        ("https://talk.palabre.org", None),
    ]


def test_what_is_damaged_or_no_digest_is_as_good_as_none(tmp_path: Path) -> None:
    link_file(tmp_path, "a" * 64).write_text('{"role": "member"}')
    network_file(tmp_path).write_bytes(b"\xff")
    assert published_invitation(tmp_path, "a" * 64) is None
    assert published_network(tmp_path) is None
    assert published_invitation(tmp_path, "network") is None
    assert published_invitation(tmp_path, "../community") is None


# --- the rules --------------------------------------------------------------------------------------------------------


def test_the_usual_rules_are_there_in_every_language_of_the_chat() -> None:
    for rule in rules_of(COMMUNITY):
        texts = [dict(rule)[code] for code in CHAT_LANGUAGES]
        assert len(set(texts)) == len(CHAT_LANGUAGES)


def test_rules_of_a_network_stand_in_place_of_the_usual_ones_and_have_a_version() -> None:
    own = [changed(COMMUNITY, {"rules": yaml.safe_load(text)}) for text in ("[{fr: Oui}]", "[{fr: Non}]")]
    assert [rule.text("fr") for rule in rules_of(own[0])] == ["Oui"]
    versions = {rules_version(rules_of(one)) for one in (COMMUNITY, *own)}
    assert len(versions) == 3
    assert all(len(version) == 16 for version in versions)


@pytest.mark.parametrize(
    ("timezone", "ends", "day"),
    [
        ("America/Bogota", "2026-12-19T02:00+00:00", "18 December 2026"),
        ("Africa/Nairobi", "2026-12-18T22:00+00:00", "19 December 2026"),
        ("Africa/Abidjan", "2026-12-19T09:00+00:00", "19 December 2026"),
    ],
)
def test_the_page_says_the_last_day_by_the_communitys_clock_as_the_letter_does(
    timezone: str, ends: str, day: str
) -> None:
    community = changed(COMMUNITY, {"timezone": timezone})
    one = invitation(inviter=f"@{COMMUNITY.members[0].username}:x", expires_at=datetime.fromisoformat(ends))
    published = published_links(NETWORK, community, [one], NOW, PEOPLE)
    link = published.links[one.digest]
    assert datetime.fromisoformat(link.expires_at) == one.expires_at
    page = JoinPage(published.network, link, "en", "/j/x", "token", JoinForm())
    assert f"until {day}" in page.html().replace("\xa0", " ")
