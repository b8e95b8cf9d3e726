"""Invitations to the network: what a link offers, whether it is open, how far whoever was invited has come."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from community.core.address_secret import SECRET_BYTES, digest_of, secret_of
from community.core.messages import LANGUAGES, translator
from community.description.fields import Localized
from community.description.model import Community
from community.joining.address import joining_address
from community.joining.arrival import ArrivalStage, first_stage, stage_text
from community.joining.invitation import InvitationState, NetworkInvitation
from community.joining.invitation_text import InvitationLetter, poster_text
from community.joining.terms import greeter_for, terms_faults
from palabre_cli.terminal import PACKAGES
from tests.lib.asking import visible
from tests.lib.descriptions import changed, example
from tests.lib.invitations import LATER, NOW, invitation, terms

EXAMPLE = example().community
ADDRESS = "https://palabre.example.org/palabre/j/" + "A" * 32
MOMENTS = st.integers(-(10**7), 10**7).map(lambda seconds: NOW + timedelta(seconds=seconds))
LINKS = st.builds(
    lambda uses, used, expires, revoked: invitation(
        terms=terms(name=None, uses=uses), used=used, expires_at=expires, revoked_at=revoked
    ),
    st.integers(1, 500),
    st.integers(0, 500),
    MOMENTS,
    st.none() | MOMENTS,
)


@pytest.mark.parametrize(
    ("link", "at", "expected"),
    [
        (invitation(), NOW, InvitationState.OPEN),
        (invitation(), LATER - timedelta(seconds=1), InvitationState.OPEN),
        (invitation(), LATER, InvitationState.EXPIRED),
        (invitation(used=1), NOW, InvitationState.USED_UP),
        (invitation(used=1), LATER, InvitationState.USED_UP),
        (invitation(terms=terms(name=None, uses=3), used=2), NOW, InvitationState.OPEN),
        (invitation(revoked_at=NOW), NOW, InvitationState.REVOKED),
        (invitation(revoked_at=NOW, used=1), LATER, InvitationState.REVOKED),
    ],
)
def test_its_state(link: NetworkInvitation, at: datetime, expected: InvitationState) -> None:
    assert link.state(at) is expected


@given(LINKS, MOMENTS, MOMENTS)
def test_what_is_closed_never_opens_again(link: NetworkInvitation, one: datetime, other: datetime) -> None:
    earlier, later = sorted((one, other))
    if link.state(earlier) is not InvitationState.OPEN:
        assert link.state(later) is link.state(earlier)


@given(LINKS, MOMENTS)
def test_an_open_link_has_somebody_left_who_may_come(link: NetworkInvitation, at: datetime) -> None:
    is_open = link.revoked_at is None and link.used < link.terms.uses and at < link.expires_at
    assert (link.state(at) is InvitationState.OPEN) is is_open


def test_a_link_for_several_is_nobodys_own() -> None:
    assert terms(name=None, uses=2).uses == 2
    with pytest.raises(ValidationError, match="leave the name out"):
        terms(uses=2)
    for uses in (0, 501):
        with pytest.raises(ValidationError):
            terms(name=None, uses=uses)


@given(st.binary(min_size=SECRET_BYTES, max_size=SECRET_BYTES))
def test_its_address_has_the_secret_and_its_digest_does_not(random: bytes) -> None:
    secret = secret_of(random)
    assert joining_address("https://palabre.example.org", secret).rpartition("/")[2] == secret
    digest = digest_of(secret)
    assert digest is not None
    assert secret not in digest


def test_stages_follow_each_other() -> None:
    stages = list(ArrivalStage)
    assert all(later.is_after(earlier) for earlier, later in pairwise(stages))
    assert not any(stage.is_after(stage) for stage in stages)
    assert not ArrivalStage.OPENED.is_after(ArrivalStage.ARRIVED)
    assert first_stage(invitation()) is ArrivalStage.NOT_OPENED
    assert first_stage(invitation(opened_at=NOW)) is ArrivalStage.OPENED
    assert len({str(stage_text(stage)) for stage in stages}) == len(stages)


def test_what_the_community_does_not_have_is_named() -> None:
    assert not list(terms_faults(terms(greeter="awa.diallo"), EXAMPLE, "x"))
    wrong = terms(
        role="membre", city="bamaco", themes=("wast", "waste", "waste"), language="de", greeter="awa.dialo"
    )
    assert [
        (fault.path, str(fault.what)) for fault in terms_faults(wrong, EXAMPLE, "x", ("invitations", 0))
    ] == [
        (("invitations", 0, "role"), "there is no role “membre”: did you mean “member”?"),
        (("invitations", 0, "city"), "there is no city “bamaco”: did you mean “bamako”?"),
        (("invitations", 0, "themes", 0), "there is no theme “wast”: did you mean “waste”?"),
        (("invitations", 0, "themes", 2), "“waste” stands here twice: keep one"),
        (
            ("invitations", 0, "language"),
            "Palabre does not speak “de”: choose one of en, fr, pt, ar, es, sw",
        ),
        (("invitations", 0, "greeter"), "there is no member “awa.dialo”: did you mean “awa.diallo”?"),
    ]


def test_a_greeter_is_there_and_speaks_the_language() -> None:
    left = changed(EXAMPLE, {"members": [{**_written("awa.diallo"), "status": "left"}]})
    (fault,) = terms_faults(terms(greeter="awa.diallo"), left, "x")
    assert str(fault.what) == "there is no member “awa.diallo”"
    (fault,) = terms_faults(terms(greeter="awa.diallo", language="en"), EXAMPLE, "x")
    assert str(fault.what) == (
        "Awa Diallo does not speak “en”: name somebody else, or nobody, to have one chosen"
    )


def _written(username: str) -> dict[str, object]:
    return EXAMPLE.member[username].model_dump(mode="json")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "awa.diallo"),  # the city's lead
        ({"greeter": "oumar.keita"}, "oumar.keita"),
        ({"greeter": "awa.diallo", "language": "en"}, "mariam.coulibaly"),  # does not speak it (any more)
        ({"city": None}, "mariam.coulibaly"),
        ({"city": "matola", "language": "pt"}, "joao.macamo"),
        ({"city": "bamako", "language": "sw"}, None),
        ({"username": "awa.diallo"}, "mariam.coulibaly"),  # the lead's own link
    ],
)
def test_who_greets(fields: dict[str, object], expected: str | None) -> None:
    found = greeter_for(terms(**fields), EXAMPLE)
    assert (None if found is None else found.username) == expected


def test_the_text_to_send() -> None:
    letter = InvitationLetter(terms(), "Awa Diallo", "Mariam Coulibaly", ADDRESS, LATER.date())
    assert letter.text(EXAMPLE, translator("en", PACKAGES)) == (
        "Hello Salif Traoré,\n"
        "Awa Diallo invites you to Cities in Palabre.\n"
        "What you will be there: Member of a city team, Bamako.\n"
        "Your theme: Waste.\n"
        "Open this address on your telephone; it leads you on from there:\n"
        f"{ADDRESS}\n"
        "It is for you alone, so please do not pass it on. It works until 19 December 2026.\n"
        "Whom to ask if you need help: Mariam Coulibaly."
    )
    several = InvitationLetter(
        terms(name=None, city=None, themes=(), uses=12), None, None, ADDRESS, LATER.date()
    )
    assert several.text(EXAMPLE, translator("fr", PACKAGES)).replace("\N{NO-BREAK SPACE}", " ") == (
        "Bonjour,\n"
        "Voici une invitation à rejoindre : Villes en palabre.\n"
        "Votre rôle : Membre d'une équipe de ville.\n"
        "Ouvrez cette adresse sur votre téléphone, elle vous guide ensuite :\n"
        f"{ADDRESS}\n"
        "Elle est pour 12 personnes et valable jusqu'au 19 décembre 2026."
    )


ON_THEMES = {
    "en": ("Your theme: Waste.", "Your themes: Waste, Mobility."),
    "fr": ("Votre thème : Déchets.", "Vos thèmes : Déchets, Mobilité."),
    "pt": ("O seu tema: Resíduos.", "Os seus temas: Resíduos, Mobilidade."),
    "ar": ("موضوعك: النفايات.", "موضوعاك: النفايات، التنقل."),
    "es": ("Su tema: Waste.", "Sus temas: Waste, Mobility."),
    "sw": ("Mada yako: Waste.", "Mada zako: Waste, Mobility."),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_text_names_the_themes_that_come_with_it_in_the_guests_language(language: str) -> None:
    def lines(*themes: str, asked: tuple[str, ...] = (), **more: object) -> list[str]:
        offered = terms(themes=themes, language=language, **more)
        letter = InvitationLetter(offered, "Awa", None, ADDRESS, LATER.date(), asked)
        text = visible(letter.text(EXAMPLE, translator(language, PACKAGES)))
        return text.replace("\N{NO-BREAK SPACE}", " ").split("\n")

    one, two = ON_THEMES[language]
    assert one in lines("waste")
    assert two in lines("waste", "mobility")
    assert two in lines("waste", "mobility", name=None, uses=30)
    # On these others decide: that is said in a sentence of its own.
    assert one in lines("waste", "health", asked=("health",))
    # None are named where there are none, or none any more.
    assert lines() == lines("gone") == [line for line in lines("waste") if line != one]


def test_names_of_themes_in_the_text_show_as_they_are_and_apart() -> None:
    waste, land = (EXAMPLE.theme[key] for key in ("waste", "land"))
    odd = Localized.model_construct({"fr": "Eau\n\u202e@room", "en": "ماء"})
    themes = (waste.model_copy(update={"name": odd}), land)
    community = Community.model_construct(**{**dict(EXAMPLE), "themes": themes})
    letter = InvitationLetter(terms(themes=("waste", "land")), None, None, ADDRESS, LATER.date())
    french, english = (letter.text(community, translator(language, PACKAGES)) for language in ("fr", "en"))
    assert "Vos thèmes\N{NO-BREAK SPACE}: Eau @\u2060room, Foncier." in french.split("\n")
    assert "Your themes: \u2068ماء\u2069, Land." in english.split("\n")


def test_an_address_that_no_telephone_reaches_is_for_the_computer_itself() -> None:
    here = "http://127.0.0.1:8765/palabre/j/" + "A" * 32
    for language in LANGUAGES:
        translate = translator(language, PACKAGES)
        (there, ours), (far, near) = (
            (
                InvitationLetter(terms(), None, None, address, LATER.date())
                .text(EXAMPLE, translate)
                .split("\n")[4],
                poster_text(terms(), address, LATER.date(), EXAMPLE, translate).call,
            )
            for address in (ADDRESS, here)
        )
        assert there != far
        assert ours != near
    assert far.startswith("Fungua anwani hii katika kivinjari, kwenye kompyuta")


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_that_nobody_sees_is_in_the_link_of_any_language(language: str) -> None:
    letter = InvitationLetter(
        terms(name="Salif\n\u202ehttps://evil.example/"), "آوا", None, ADDRESS, LATER.date()
    )
    lines = letter.text(EXAMPLE, translator(language, PACKAGES)).split("\n")
    assert lines[5] == ADDRESS
    assert len(lines) == 7
    assert "\u202e" not in visible(lines[0])
