"""What the bot tells people to write is understood as people write it: no hamza, other digits, quotation marks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bots.notices import rendered
from community.accounts.faults import AccountFault, FaultKind
from community.core.messages import CHAT_LANGUAGES, msg, translator
from community.core.plain_text import listed
from community.jobs.notices import COORDINATORS, Notice, NoticeKind
from tests.lib.asking import CATALOGUES, visible
from tests.lib.bot_runtime import DIRECT
from tests.lib.room_talk import RoomTalk, seeded_store

COMMANDS = {
    "Se confirmar, apago: o seu contacto": ("apagar os meus dados", "Apagar os meus dados."),
    "Aqui está tudo": ("exportar os meus dados",),
    "Nenhuma pergunta sua espera": ("retirar a minha pergunta", "retira a minha pergunta"),
    "Responda “guardar isto”": ("guardar isto", "guarda isto", "Guarde isto, por favor"),
    "Qual é o título?": ("adicionar um recurso",),
    "Não alterou nada que se possa desfazer": ("desfazer",),
    "Não há alteração n.º 4000": ("desfazer 4000", "desfazer n.º 4000", "desfazer a alteração n.º 4000"),
    "Essa proposta já não está": ("recusar 12", "recusar n.º 12", "recusar a proposta n.º 12"),
    "ninguém confirma estas fichas": ("o que está desatualizado?",),
    "Só quem guarda uma sala segura": ("retirar Lucie de Falar livremente",),
    "جهة اتصالك في الدليل": ("حذف بياناتي", "احذف بياناتي", "إحذف بياناتي"),
    "هذا كل ما لديّ عنك": ("تصدير بياناتي",),
    "ليس لك سؤال ينتظر": ("سحب سؤالي", "اسحب سؤالي", "إسحب سؤالي"),
    "بـ «حفظ هذا»": ("حفظ هذا", "احفظ هذا", "إحفظ هذا من فضلك"),
    "ما عنوانه؟": ("إضافة مورد", "اضافة مورد", "أضف موردا"),
    "ليس لك تغيير يمكن التراجع عنه": ("تراجع", "تَراجُع"),
    "لا يوجد تغيير رقمه 4000": ("تراجع 4000", "تراجع ٤٠٠٠", "تراجع رقم ٤٠٠٠"),
    "لم يعد هذا الاقتراح ينتظر": ("أرفض 12", "ارفض ١٢", "أرفض الاقتراح رقم ١٢"),
    "لم يؤكدها أحد منذ مدة طويلة": ("ما الذي يحتاج إلى تحديث؟", "ما الذي يحتاج الى تحديث"),
    "لا يُخرج أحدًا من غرفة آمنة إلا حراسها": ("إخراج Lucie من الكلام بحرية", "اخراج Lucie من الكلام بحرية"),
}
OFTEN_WRITTEN = [(said, reply) for reply, each in COMMANDS.items() for said in each]


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[RoomTalk]:
    async with await seeded_store(tmp_path, ("pt", "ar")) as store:
        opened = RoomTalk(store, tmp_path)
        await opened.start()
        yield opened


@pytest.mark.parametrize(("said", "reply"), OFTEN_WRITTEN, ids=[said for said, _ in OFTEN_WRITTEN])
async def test_a_dictated_word_is_understood(room: RoomTalk, said: str, reply: str) -> None:
    assert reply in await room.told(said, room=DIRECT)


@pytest.mark.parametrize("language", CHAT_LANGUAGES)
@pytest.mark.parametrize("kind", FaultKind)
def test_every_fault_of_an_account_can_be_told_in_every_language(kind: FaultKind, language: str) -> None:
    """An Arabic reader's values are isolated, and the kind of a fault is a value: no alarm may stop at it."""
    fault = AccountFault(kind, "@palabre-bot:example.org", "Speaking freely")
    notice = Notice(NoticeKind.ACCOUNT_FAULT, COORDINATORS, fault.key, fault.values)
    assert "palabre-bot:example.org" in visible(rendered(notice, translator(language, CATALOGUES)).text)


def test_values_of_the_other_direction_are_isolated_wherever_they_stand() -> None:
    arabic, english = (translator(language, CATALOGUES) for language in ("ar", "en"))
    said = msg("I have brought your answer to {name}.", name="Awa")
    assert "\u2068Awa\u2069" in arabic(said)
    assert english(said) == "I have brought your answer to Awa."
    assert "\u2068عوا\u2069" in english(msg("I have brought your answer to {name}.", name="عوا"))


def test_a_list_of_names_runs_in_the_direction_of_its_reader() -> None:
    names = listed(["Bamako", "بنزرت"], "ar")
    assert names == "\u2068Bamako\u2069، بنزرت"
    assert f"(مدن): {names}." in translator("ar", CATALOGUES)(
        msg("I do not know “{text}”. The {places} are: {names}.", text="x", names=names)
    )
    assert listed(["Bamako", "Kigali"], "pt", apart=True) == "Bamako · Kigali"
