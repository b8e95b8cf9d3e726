"""The pages of invitations over HTTP: what they show, what becomes of a form, and what is said of a mistake."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from bots.features.spaces.words import SpaceWish
from bots.features.spaces.words import readings as space_readings
from community.core.language_folders import LANGUAGES
from community.core.messages import msg, translator
from community.directory.entry import entries_of
from community.joining.account_request import AccountRefusal
from community.joining.address import JOINING
from community.search.examples import first_questions
from tests.lib.descriptions import changed, example
from tests.lib.invitations import LATER, NOW
from tests.lib.joining import (
    COMMUNITY,
    DIGEST,
    DOMAIN,
    PASSWORD,
    RULES,
    SECRET,
    JoiningServer,
    joining_server,
    link,
)
from web.drawing import ROOTS
from web.join_seals import FORM_HOLDS, MADE_HOLDS

LIGHT = 60_000
"""Bytes of a page with everything."""


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[JoiningServer]:
    async with joining_server(tmp_path) as serving:
        yield serving


def text_of(html: str) -> str:
    """Return what of a page is read, with plain blanks."""
    body = html.split("<body>")[1].split("<script>", maxsplit=1)[0]
    return " ".join(re.sub(r"<[^>]*>", " ", body).replace("\xa0", " ").split())


# --- what it shows ----------------------------------------------------------------------------------------------------


async def test_it_says_who_invites_to_what_and_who_receives(server: JoiningServer) -> None:
    text = text_of((await server.get()).text)
    assert "Mariam Coulibaly vous invite à rejoindre : Villes en palabre." in text
    assert "Votre rôle : Membre d&#39;une équipe de ville, Bamako. Votre thème : Déchets." in text
    assert (
        "Awa Diallo répond à vos questions : le premier message que vous recevrez après la connexion" in text
    )
    # What a password may not have is said before anybody has typed one.
    assert "Au moins 10 caractères, sans votre nom ni celui de votre lieu." in text
    assert "Cette invitation est valable jusqu&#39;au 19 décembre 2026." in text


async def test_what_the_inviter_has_said_stands_there_and_the_rest_is_asked(server: JoiningServer) -> None:
    html = (await server.get()).text
    assert 'value="Salif Traoré"' in html
    assert 'value="salif.traore"' in html
    assert 'name="city"' not in html
    assert 'name="theme"' not in html
    server.publish([link(name=None, city=None, themes=(), uses=30)])
    html = (await server.get()).text
    assert 'name="name" dir="auto" autocomplete="name" maxlength="120" required value=""' in html
    assert html.count('name="theme"') == len(COMMUNITY.themes)
    assert html.count("<option value=") == len(COMMUNITY.cities) + 1 + len(LANGUAGES)


async def test_a_user_name_is_promised_only_where_it_can_be_made_of_the_name(server: JoiningServer) -> None:
    for name, language, is_promised in ((None, "fr", True), (None, "ar", False), ("Salif", "fr", False)):
        server.publish([link(name=name, language=language)])
        html = (await server.get()).text
        assert ("Si vous le laissez vide" in html or "إن تركته فارغاً" in html) is is_promised


async def test_whoever_is_described_already_keeps_their_user_name(server: JoiningServer) -> None:
    server.publish([link(username="s.traore")])
    html = (await server.get()).text
    assert '<bdi class="who" dir="ltr" id="username">s.traore</bdi>' in html
    # Only the rules and the password are left to them.
    asked = set(re.findall(r'<(?:input(?! type="hidden")|select)[^>]* name="([^"]*)"', html))
    assert asked == {"consent", "password", "again"}
    await server.send(await server.form(username="another.name"))
    assert [asked.username for asked in server.desk.asked] == ["s.traore"]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_it_speaks_each_language_and_is_light(server: JoiningServer, language: str) -> None:
    server.publish([link(name=None, city=None, themes=(), uses=30)])
    shown = await server.get(f"{SECRET}/{language}")
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in shown.text
    made = await server.ask((await server.send(await server.form(language=language))).headers["location"])
    sizes = [len(page.text.encode()) for page in (shown, made)]
    sys.stdout.write(
        f"{language}: the page has {sizes[0]} bytes with everything, the one after it {sizes[1]}\n"
    )
    assert max(sizes) < LIGHT
    words = (text_of(shown.text) + text_of(made.text)).lower()
    assert not [word for word in ("homeserver", "matrix", "mxid") if word in words]
    if language != "en":
        assert "password" not in words


async def test_the_page_of_a_hundred_cities_is_light(server: JoiningServer) -> None:
    cities = [
        {"key": f"city-{n}", "name": {"fr": f"Ville de Nouvelle-Espérance {n}", "ar": f"مدينة الأمل الجديد {n}"},
         "country": "ML", "timezone": "Africa/Bamako", "languages": ["fr"]}
        for n in range(100)
    ]  # fmt: skip
    described = changed(
        COMMUNITY, {"cities": [*(c.model_dump(mode="json") for c in COMMUNITY.cities), *cities]}
    )
    server.publish([link(name=None, city=None, themes=(), uses=30)], described)
    for language in ("fr", "ar"):
        assert len((await server.get(f"{SECRET}/{language}")).text.encode()) < LIGHT


async def test_it_asks_for_nothing_from_anywhere(server: JoiningServer) -> None:
    for html in ((await server.get()).text, (await server.send(await server.form(password=""))).text):
        assert re.findall(r'(?:src|srcset|action|data|poster)="(?!data:)([^"]*)"', html) == [
            f"{JOINING}/{SECRET}/fr"
        ]
        assert re.findall(r'<link [^>]*href="([^"]*)"', html) == ["data:,"]


# --- what becomes of a form -------------------------------------------------------------------------------------------


async def test_an_account_is_asked_for_as_it_was_filled_in(server: JoiningServer) -> None:
    server.publish([link(name=None, city=None, themes=(), uses=30)])
    sent = await server.send(
        await server.form(
            name=" Ọlá  Ọbásànjọ́ ", username="", city="bamako", theme=["waste", "mobility"], language="en"
        )
    )
    assert sent.status == 303
    (asked,) = server.desk.asked
    assert (asked.name, asked.username) == ("Ọlá Ọbásànjọ́", "ola.obasanjo")
    assert (asked.city, asked.themes, asked.language) == ("bamako", ("waste", "mobility"), "en")
    assert (asked.secret, asked.password, asked.consent) == (SECRET, PASSWORD, RULES)


async def test_what_the_link_says_is_not_asked_of_whoever_comes(server: JoiningServer) -> None:
    await server.send(await server.form(city="lagos", theme=["mobility"]))
    assert [(asked.city, asked.themes) for asked in server.desk.asked] == [(None, ())]


@pytest.mark.parametrize(
    "typed", ["Salif.Traore", " salif.traore ", "@salif.traore", "@Salif.Traore:palabre.org"]
)
async def test_a_user_name_is_taken_as_it_is_meant(server: JoiningServer, typed: str) -> None:
    assert (await server.send(await server.form(username=typed))).status == 303
    assert server.desk.asked[0].username == "salif.traore"


async def test_the_page_that_follows_leads_to_element_and_can_be_loaded_again(server: JoiningServer) -> None:
    sent = await server.send(await server.form())
    for _ in range(2):
        made = await server.ask(sent.headers["location"])
        assert made.status == 200
        assert f"?account_provider={DOMAIN}&amp;login_hint=mxid:@salif.traore:{DOMAIN}" in made.text
        assert f'href="https://{DOMAIN}/#/login"' in made.text
        assert "Awa Diallo répond à vos questions" in made.text
    assert len(server.desk.asked) == 1
    assert SECRET not in made.text + sent.headers["location"]


async def test_what_to_say_first_has_an_answer_in_this_network(server: JoiningServer) -> None:
    questions = first_questions(COMMUNITY, entries_of(example().directory))
    # In a network where nothing is to be asked for yet, there are spaces all the same.
    spaces = {"fr": "Quels espaces existent ?", "ar": "ما المساحات الموجودة؟"}
    for asked in ({}, questions):
        server.questions = asked
        for language in ("fr", "ar"):
            server.publish([link(language=language)])
            location = (await server.send(await server.form(language=language))).headers["location"]
            said = re.findall(r'<p class="say" dir="auto">(.*)</p>', (await server.ask(location)).text)
            expected = asked.get(language, spaces[language])
            assert said == [(expected[0].upper() + expected[1:]).replace(" ?", "\xa0?")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_bot_understands_what_is_said_first_in_an_empty_network(language: str) -> None:
    said = translator(language, ROOTS)(msg("Which spaces are there?"))
    assert language == "en" or said != "Which spaces are there?"
    (first, *_others) = space_readings(said, (language,))
    assert (first.language, first.wish, first.rest) == (language, SpaceWish.LIST, ())


async def test_who_sends_it_twice_is_answered_twice_though_the_link_is_closed_by_then(
    server: JoiningServer,
) -> None:
    form = await server.form()
    first = await server.send(form)
    server.publish([])
    second = await server.send(form)
    assert (first.status, second.status) == (303, 303)
    assert [asked.username for asked in server.desk.asked] == ["salif.traore", "salif.traore"]
    # Whoever was not shown the page gets nothing by it.
    assert (await server.send({**form, "token": ""})).status == 404
    server.desk.refusals[:] = [AccountRefusal.USED_UP]
    assert (await server.send({**form, "username": "other"})).status == 404


async def test_the_page_that_follows_is_shown_for_a_day(server: JoiningServer) -> None:
    location = (await server.send(await server.form())).headers["location"]
    server.now = NOW + MADE_HOLDS + timedelta(seconds=2)
    late = await server.ask(location)
    assert late.status == 404
    assert "salif" not in late.text


# --- mistakes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("consent", "", "acceptez les règles"),
        ("consent", "0" * 16, "Les règles ont changé"),
        ("name", "  \u200b ", "Écrivez votre nom"),
        ("name", "x" * 121, "Ce nom est trop long"),
        ("username", "salif traoré", "comme salif.traore"),
        ("username", "_salif", "comme salif"),
        ("username", "x" * 65, "Un nom d&#39;utilisateur a des minuscules"),
        ("password", "", "Choisissez un mot de passe"),
        ("password", "neuf sign", "trop court : au moins 10"),
        ("password", "x" * 201, "trop long : 200"),
        ("password", f"{PASSWORD} ", "finit par un espace"),
        ("again", "autre chose", "ne sont pas les mêmes"),
    ],
)
async def test_a_mistake_is_said_beside_its_field(
    server: JoiningServer, field: str, typed: str, said: str
) -> None:
    shown = await server.send(await server.form(**{field: typed}))
    assert shown.status == 422
    assert server.desk.asked == []
    html = shown.text.replace("\xa0", " ")
    assert re.search(rf'<span class="bad" id="{field}-bad">[^<]*{re.escape(said)}', html)
    (tag,) = re.findall(rf'<input[^>]* id="{field}"[^>]*>', html)
    assert 'aria-invalid="true"' in tag
    assert f'{field}-bad"' in tag
    assert " autofocus" in tag
    # What was typed is there still, the password never.
    assert PASSWORD not in html
    assert typed not in html or field not in ("password", "again") or not typed
    assert field == "name" or 'value="Salif Traoré"' in html


async def test_who_is_named_in_other_letters_is_asked_for_a_user_name(server: JoiningServer) -> None:
    shown = await server.send(await server.form(name="أمل بنت", username=""))
    assert "en lettres latines, comme awa.diallo" in shown.text


@pytest.mark.parametrize(
    ("refusal", "status", "said"),
    [
        (AccountRefusal.NAME_TAKEN, 422, "est pris : choisissez-en un autre, comme salif.traore.bamako."),
        (AccountRefusal.WEAK_PASSWORD, 422, "se devine facilement"),
        (AccountRefusal.OTHER_RULES, 422, "Les règles ont changé"),
        (AccountRefusal.NOT_OFFERED, 422, "Ce que vous avez choisi n&#39;existe plus"),
        (AccountRefusal.TOO_MANY, 429, "essayé très souvent"),
        (AccountRefusal.NOT_NOW, 503, "rouvrez le même lien plus tard, avec le même nom"),
        *((closed, 404, "Cette invitation ne peut pas être utilisée") for closed in (
            AccountRefusal.UNKNOWN_LINK, AccountRefusal.USED_UP, AccountRefusal.EXPIRED, AccountRefusal.REVOKED)),
    ],
)  # fmt: skip
async def test_a_refusal_is_said_in_the_language_of_the_page(
    server: JoiningServer, refusal: AccountRefusal, status: int, said: str
) -> None:
    server.desk.refusals[:] = [refusal]
    shown = await server.send(await server.form())
    assert shown.status == status
    assert said in shown.text.replace("\xa0", " ")
    assert ("retry-after" in shown.headers) is (status in (429, 503))
    if status != 404:
        # As it is, with the password once more, it can be sent again.
        assert 'value="Salif Traoré"' in shown.text
        assert (await server.send(await server.form(token=shown.token))).status == 303


async def test_a_page_that_was_open_for_long_gives_the_form_back(server: JoiningServer) -> None:
    form = await server.form()
    server.now = NOW + FORM_HOLDS + timedelta(seconds=2)
    shown = await server.send(form)
    assert (shown.status, server.desk.asked) == (422, [])
    assert "restée longtemps ouverte" in shown.text
    assert 'value="Salif Traoré"' in shown.text
    assert (await server.send({**form, "token": shown.token})).status == 303


# --- closed -----------------------------------------------------------------------------------------------------------


async def test_a_link_that_never_was_and_one_that_is_closed_answer_the_same(server: JoiningServer) -> None:
    never = [await server.get(path) for path in ("A" * 32, "x", f"{SECRET}x", f"{SECRET}/de")]
    form = await server.form()
    server.now = LATER
    closed = [await server.get()]
    server.publish([])
    closed += [await server.get(), await server.send({**form, "token": "0.0"})]
    answers = {(page.status, page.text.replace(' lang="fr"', ' lang="en"')) for page in never}
    assert len(answers) == 1
    assert {page.status for page in closed} == {404}
    assert closed[0].text == closed[1].text == never[0].text
    for page in (*never, *closed):
        page.headers.pop("date")
    assert {tuple(page.headers.items()) for page in (*never, *closed[:2])} == {
        tuple(never[0].headers.items())
    }


async def test_who_finds_it_closed_is_told_in_the_language_of_their_browser(server: JoiningServer) -> None:
    for accepts, said in (("pt-BR,pt;q=0.9", "pt"), ("de,ar-MA;q=0.5", "ar"), ("", "en"), ("x" * 9000, "en")):
        shown = await server.get("A" * 32, Accept_Language=accepts[:4000])
        assert f'<html lang="{said}"' in shown.text


async def test_only_a_person_has_looked_at_a_page(server: JoiningServer) -> None:
    previews = [
        "WhatsApp/2.23",
        "TelegramBot (like TwitterBot)",
        "Mozilla/5.0 (compatible; Discordbot/2.0)",
        "",
    ]
    for agent in previews:
        assert (await server.get(User_Agent=agent)).status == 200
    assert (await server.get(method="HEAD")).status == 200
    assert server.desk.seen == []
    await server.get()
    await asyncio.sleep(0)
    assert server.desk.seen == [DIGEST]


def test_the_address_is_one_that_a_messenger_takes_whole() -> None:
    assert quote(f"{JOINING}/{SECRET}") == f"{JOINING}/{SECRET}"
