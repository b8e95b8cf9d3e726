"""No sentence that people read has a key of the description in it, such as “exchange.mobility”, in any language."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from bots.context.reply_text import reply_of
from community.core.messages import CHAT_LANGUAGES, translator
from community.directory.cards import Cards, Readers
from community.directory.entry import DirectoryEntry
from matrix.ids import RoomId, UserId
from tests.lib.asking import CATALOGUES, NOW, Asker, example_skills
from tests.lib.bot_runtime import AWA, DIRECT, PETER
from tests.lib.descriptions import example
from tests.lib.keys import keys_in
from tests.lib.room_talk import MOBILITY, MOUSSA, RoomTalk, seeded_store

EXAMPLE = example()
ENTRIES: tuple[DirectoryEntry, ...] = (
    *EXAMPLE.directory.contacts,
    *EXAMPLE.directory.resources,
    *EXAMPLE.directory.projects,
)
ASKED = {
    "en": ("contacts for {theme} in {city}", "resources on {theme}", "projects in {city}"),
    "fr": ("contacts pour {theme} à {city}", "ressources sur {theme}", "projets à {city}"),
    "pt": ("contactos para {theme} em {city}", "recursos sobre {theme}", "projetos em {city}"),
    "ar": ("جهات الاتصال {theme} في {city}", "موارد عن {theme}", "مشاريع في {city}"),
}
SAID = {
    "en": (
        "who deals with zeppelins in Kigali?|yes|help|confirm Awa Diallo|cancel|add a contact|cancel|"
        "change themes of Awa Diallo to waste and local taxes|yes|history of Awa Diallo|change role of Awa Diallo|"
        "change cities of Awa Diallo to Kigali and Sèmè-Podji|yes|change email of Awa Diallo to a@b.example.org|"
        "remove Bamako traffic unit|undo|delete Awa Diallo|list contacts of Bamako"
    ),
    "fr": (
        "qui s'occupe des zeppelins à Kigali ?|oui|aide|confirme Awa Diallo|annuler|ajouter un contact|annuler|"
        "change les thèmes de Awa Diallo en déchets et impôts locaux|oui|historique de Awa Diallo|"
        "change les villes de Awa Diallo en Kigali et Sèmè-Podji|oui|supprime Cellule circulation de Bamako|annule"
    ),
    "pt": (
        "quem trata dos zepelins em Kigali?|sim|ajuda|confirma Awa Diallo|cancelar|adicionar um contacto|cancelar|"
        "muda os temas de Awa Diallo para resíduos e impostos locais|sim|histórico de Awa Diallo"
    ),
    "ar": "من المسؤول عن المناطيد في كيغالي؟|نعم|مساعدة|أكد Awa Diallo|إلغاء|أضف جهة اتصال|إلغاء",
}


def test_what_is_looked_for_is_found() -> None:
    assert keys_in("in exchange.mobility, for city-lead: bamako-waste") == [
        "exchange.mobility",
        "city-lead",
        "bamako-waste",
    ]
    assert keys_in("awa.diallo@bamako.example.org, https://x.example/bamako-waste, well-known") == []


@pytest.mark.parametrize("language", CHAT_LANGUAGES)
@pytest.mark.parametrize("is_brief", [False, True])
def test_no_card_has_one(language: str, is_brief: bool) -> None:
    contacts = {contact.key: contact for contact in EXAMPLE.directory.contacts}
    everybody = frozenset(EXAMPLE.community.role)
    rendered = Cards(
        EXAMPLE.community,
        EXAMPLE.community.member,
        translator(language, CATALOGUES),
        "example.org",
        datetime(2026, 11, 23, tzinfo=UTC),
        contacts.get,
        Readers(everybody, "coordinator", {}),
        is_brief=is_brief,
    )
    found = {
        entry.key: keys_in(reply_of([], [rendered.lines(entry)], [], language).text) for entry in ENTRIES
    }
    assert {key: keys for key, keys in found.items() if keys} == {}


@pytest.mark.parametrize("language", CHAT_LANGUAGES)
def test_no_answer_has_one(language: str) -> None:
    skills, community = example_skills(), EXAMPLE.community
    asker = Asker(languages=(language,), theme="mobility", conversation="!room")
    said = {
        template.format(theme=theme.name.text(language), city=city.name.text(language))
        for template, theme, city in product(ASKED[language], community.themes, community.cities)
    }
    replies = {text: skills.answer(asker.asked(text, now=NOW)) for text in sorted(said)}
    assert {text: reply.text for text, reply in replies.items() if keys_in(reply.text)} == {}


@pytest.fixture
async def room(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[RoomTalk]:
    async with await seeded_store(tmp_path, (request.param,)) as store:
        opened = RoomTalk(store, tmp_path)
        await opened.start()
        yield opened


@pytest.mark.parametrize(("room", "language"), [(code, code) for code in CHAT_LANGUAGES], indirect=["room"])
@pytest.mark.parametrize("sender", [AWA, MOUSSA, PETER])
@pytest.mark.parametrize("where", [DIRECT, MOBILITY])
async def test_nothing_that_the_bot_sends_has_one(
    room: RoomTalk, language: str, sender: UserId, where: RoomId
) -> None:
    if where == DIRECT:
        room.homeserver.rooms[DIRECT].members = {sender: "join", UserId("@palabre:h"): "join"}
    else:
        room.homeserver.rooms[MOBILITY].members[sender] = "join"
    for said in SAID[language].split("|"):
        await room.hears(said if where == DIRECT else f"!p {said}", sender=sender, room=where)
    sent: list[Any] = [content for _, content in room.homeserver.sent]
    assert len(sent) > 5
    found = [
        each["body"] for each in sent if keys_in(each["body"]) or keys_in(each.get("formatted_body", ""))
    ]
    assert found == []
