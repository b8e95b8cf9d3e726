"""What is taken for a command, in four languages, and what never is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.context.phrases import folded
from bots.context.short_words import Word, reaction, short_word
from bots.features.edit.command_parser import command, field_and_value
from bots.features.edit.commands import (
    Add,
    Change,
    ChangeStage,
    Command,
    Confirm,
    Decision,
    Deputy,
    History,
    ListStale,
    Proposals,
    Remove,
    Save,
    Undo,
)
from bots.features.edit.text_reader import TextReader, links_in, reach, stage_in
from community.core.language_folders import LANGUAGES
from community.description.yaml_text import parse
from tests.lib.descriptions import example
from tests.lib.editing import example_lexicon

ROOT = Path(__file__).parent.parent.parent
EXAMPLE = example()
READS = TextReader(EXAMPLE.community, example_lexicon())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # add
        ("add a resource", Add("resource", None, "")),
        ("Please add the new guide: Sorting at home", Add("resource", "guide", "Sorting at home")),
        ("new resource", Add("resource", None, "")),
        ("Ajoutez un nouveau contact Awa", Add("contact", None, "Awa")),
        ("ajoute l'outil Carte", Add("resource", "tool", "Carte")),
        ("AJOUTER RESSOURCE", Add("resource", None, "")),
        ("acrescentar um projecto", Add("project", None, "")),
        ("adicione uma ferramenta Mapa", Add("resource", "tool", "Mapa")),
        ("أضِف مورداً", Add("resource", None, "")),
        ("إضافة مشروع", Add("project", None, "")),
        ("أضف جهة اتصال آوا", Add("contact", None, "آوا")),
        # save
        ("save this", Save(None, None, "")),
        ("Keep this as a contact", Save("contact", None, "")),
        ("save this under waste", Save(None, None, "under waste")),
        ("garde ça !", Save(None, None, "")),
        ("enregistre cela comme guide", Save("resource", "guide", "")),
        ("guarda isto", Save(None, None, "")),
        ("احفظ هذا", Save(None, None, "")),
        # change
        ("change the phone of Awa Diallo to +223 1", Change("phone", (("Awa Diallo", "+223 1"),))),
        ("set hours for the Waste desk: Mondays", Change("hours", (("Waste desk", "Mondays"),))),
        ("Awa's e-mail is now a@b.org", Change("email", (("Awa", "a@b.org"),))),
        ("my languages are", None),
        ("mets à jour l'adresse e-mail de Awa : a@b.org", Change("email", (("Awa", "a@b.org"),))),
        ("mes horaires sont maintenant le lundi", Change("hours", (("", "le lundi"),))),
        ("corrigir o título de Guia para Guia novo", Change("title", (("Guia", "Guia novo"),))),
        ("غيّر ساعات العمل لمكتب النفايات إلى الاثنين", Change("hours", (("مكتب النفايات", "الاثنين"),))),
        (
            "change the title of Guide to compost to Compost",
            Change("title", (("Guide", "compost to Compost"), ("Guide to compost", "Compost"))),
        ),
        # stage
        ("My project is now in pilot.", ChangeStage("", "pilot")),
        ("the project “Clean river” is finished", ChangeStage("Clean river", "finished")),
        ("Clean river is now under way", ChangeStage("Clean river", "running")),
        ("notre projet est terminé", ChangeStage("", "finished")),
        ("le projet Rivière est en phase pilote", ChangeStage("Rivière", "pilot")),
        ("o projeto Rio está em fase piloto", ChangeStage("Rio", "pilot")),
        ("o nosso projeto está concluído", ChangeStage("", "finished")),
        ("مشروعنا الآن في المرحلة التجريبية", ChangeStage("", "pilot")),
        ("مشروع النهر النظيف قيد الإعداد", ChangeStage("النهر النظيف", "preparation")),
        # deputy, confirm, remove
        ("Oumar is the deputy of Awa", Deputy("Oumar", "Awa")),
        ("Oumar est désormais le suppléant d'Awa", Deputy("Oumar", "Awa")),
        ("Célia passa a ser a substituta de João", Deputy("Célia", "João")),
        ("سامي أصبح نائب إيناس", Deputy("سامي", "إيناس")),
        ("confirm Awa", Confirm("Awa")),
        ("Awa Diallo is still right", Confirm("Awa Diallo")),
        ("c'est toujours juste", Confirm("")),
        ("O guia ainda está correto", Confirm("O guia")),
        ("لا يزال صحيحاً", Confirm("")),
        ("delete this", Remove("")),
        ("Retire le guide", Remove("le guide")),
        ("apaga o guia", Remove("o guia")),
        ("احذف الدليل", Remove("الدليل")),
        # history and the like
        ("history", History("")),
        ("who changed Awa Diallo?", History("Awa Diallo")),
        ("historique du guide", History("guide")),
        ("quem alterou o guia?", History("o guia")),
        ("من غيّر الدليل؟", History("الدليل")),
        ("undo my last change", Undo(None)),
        ("undo #12", Undo(12)),
        ("annuler la modification 7", Undo(7)),
        ("desfazer a última alteração", Undo(None)),
        ("تراجع عن آخر تعديل", Undo(None)),
        ("show the proposals", Proposals()),
        ("les propositions en attente", Proposals()),
        ("propostas pendentes", Proposals()),
        ("اعرض المقترحات", Proposals()),
        ("approve proposal 3", Decision(approved=True, number=3)),
        ("j'approuve", Decision(approved=True, number=None)),
        ("recuso a proposta 3", Decision(approved=False, number=3)),
        ("أوافق على ٣", Decision(approved=True, number=3)),
        ("أوافق على المقترح رقم 3", Decision(approved=True, number=3)),
        ("what is stale in Kigali?", ListStale("what is in Kigali")),
        ("fiches à confirmer", ListStale("fiches")),
        ("o que está por confirmar?", ListStale("o que está")),
        ("ما الذي لم يؤكده أحد؟", ListStale("ما الذي")),
        # in other words
        ("Could you please add a resource?", Add("resource", None, "")),
        ("I would like to add a contact", Add("contact", None, "")),
        ("add Awa Diallo as a contact", Add("contact", None, "Awa Diallo")),
        ("add https://example.org/x about waste", Add("resource", None, "https://example.org/x about waste")),
        ("Can you save this, please?", Save(None, None, "")),
        ("peux-tu garder ça ?", Save(None, None, "")),
        ("Je voudrais ajouter un projet, s'il vous plaît", Add("project", None, "")),
        ("ajoute https://example.org/x", Add("resource", None, "https://example.org/x")),
        ("Podes guardar isto?", Save(None, None, "")),
        ("gostaria de acrescentar um recurso", Add("resource", None, "")),
        ("adicionar Awa Diallo como contacto", Add("contact", None, "Awa Diallo")),
        ("هل يمكنك إضافة مورد؟", Add("resource", None, "")),
        ("أريد أن أضيف مشروعا من فضلك", Add("project", None, "")),
        ("my project Clean river is now in pilot", ChangeStage("Clean river", "pilot")),
        ("mark project Clean river as finished", ChangeStage("Clean river", "finished")),
        ("my project has moved to the pilot phase", ChangeStage("", "pilot")),
        ("notre projet est passé en phase pilote", ChangeStage("", "pilot")),
        ("passe le projet Rivière en phase pilote", ChangeStage("Rivière", "pilot")),
        ("o meu projeto Rio passou para a fase piloto", ChangeStage("Rio", "pilot")),
        ("passar o projeto Rio para fase piloto", ChangeStage("Rio", "pilot")),
        ("مشروعي النهر دخل المرحلة التجريبية", ChangeStage("النهر", "pilot")),
        ("my new phone number is +223 1", Change("phone", (("", "+223 1"),))),
        ("Awa's new phone is +223 1", Change("phone", (("Awa", "+223 1"),))),
        ("change Awa's phone to +223 1", Change("phone", (("Awa", "+223 1"),))),
        ("le nouveau numéro d'Awa est +223 1", Change("phone", (("Awa", "+223 1"),))),
        ("show the history of Awa please", History("Awa")),
        ("Can you tell me who leads the project Clean river?", None),
        ("Could you find a document on waste?", None),
        ("peux-tu trouver un guide ?", None),
        # not for this skill
        ("who is the deputy of Awa", None),
        ("qui est l'adjoint d'Awa", None),
        ("Is my project in pilot?", None),
        ("new resources since Monday", None),
        ("nouveau projet à Lagos", None),
        ("resources on land", None),
        ("help", None),
        ("yes", None),
        ("", None),
        ("the pilot is now on holiday", None),
    ],
)
def test_what_is_said_is_understood(text: str, expected: Command | None) -> None:
    heard = command(text, "en")
    assert (None if heard is None else heard.command) == expected


def questions() -> Iterator[str]:
    files = sorted((ROOT / "tests" / "data" / "questions").glob("*.yaml"))
    for path in (*files, ROOT / "tests" / "dialogues" / "directory.yaml"):
        yield from _said(parse(path.read_bytes(), path.name).value)


def _said(value: Any) -> Iterator[str]:
    match value:
        case dict():
            yield from ([value["say"]] if isinstance(value.get("say"), str) else [])
            for inner in value.values():
                yield from _said(inner)
        case list():
            for inner in value:
                yield from _said(inner)
        case _:
            return


@pytest.mark.parametrize("preferred", LANGUAGES)
def test_no_question_is_taken_for_a_command(preferred: str) -> None:
    asked = list(questions())
    assert len(asked) > 200
    assert [text for text in asked if command(text, preferred) is not None] == []


@given(st.text(max_size=400), st.sampled_from(list(LANGUAGES)))
def test_any_text_is_borne(text: str, preferred: str) -> None:
    heard = command(text, preferred)
    assert heard is None or heard.language in LANGUAGES
    assert field_and_value(text, preferred) is None or ":" in text or "=" in text
    assert short_word(text) is None or len(text) <= 60
    assert all(link.casefold().startswith("http") for link in links_in(text))
    READS.described("contact", text)


@pytest.mark.parametrize(
    "text",
    [
        "a " * 200_000,
        "in " * 100_000,
        "change the phone of " + "x to " * 50_000,
        "my project is now " + "in the " * 50_000,
        "مشروع " + "في قيد " * 50_000,
        "+1" + "2 " * 100_000,
        "a@" * 100_000,
        '"' * 100_000,
        "https://" * 50_000,
    ],
)
@pytest.mark.timeout(200)
def test_of_a_long_text_there_comes_an_end(text: str) -> None:
    """So long that whatever grows with the square of the length would take hours."""
    for language in LANGUAGES:
        found = command(text, language)
        assert len(str(found)) < 20 * len(text)
        field_and_value(text, language)
    for kind in ("contact", "resource", "project"):
        READS.described(kind, text)


@given(st.text(max_size=200))
def test_a_part_of_a_folded_text_is_a_part_of_the_original(text: str) -> None:
    said = folded(text)
    assert len(said.text) == len(said.starts)
    assert said.between(0, len(said.text)) in said.original
    for end in range(0, len(said.text), 7):
        assert said.between(0, end) in said.original


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Yes!", Word.YES),
        ("d’accord", Word.YES),
        ("sim.", Word.YES),
        ("نعم", Word.YES),
        ("✅", Word.YES),
        ("✔️", Word.YES),
        ("Não", Word.NO),
        ("PASSER", Word.SKIP),
        ("تخطَّ", Word.SKIP),
        ("Retour", Word.BACK),
        ("Annuler.", Word.CANCEL),
        ("إلغاء", Word.CANCEL),
        ("supprimer", Word.REMOVE),
        ("احذف", Word.REMOVE),
        ("yes but no", None),
        ("", None),
    ],
)
def test_short_words(text: str, word: Word | None) -> None:
    assert short_word(text) is word


@pytest.mark.parametrize(
    ("key", "means"),
    [
        ("✅", True),
        ("✔️", True),
        ("👍️", True),
        ("❌", False),
        ("👎", False),
        ("😀", None),
        ("", None),
        ("✅✅", None),
    ],
)
def test_reactions(key: str, means: bool | None) -> None:
    assert reaction(key) is means


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("+223 (0) 76-11-22-33, awa@x.org", {"phone": "+223 76 11 22 33", "email": "awa@x.org"}),
        ("write to @awa.diallo:example.org", {"member": "awa.diallo"}),
        ("@awa:example.org or awa@example.org.", {"member": "awa", "email": "awa@example.org"}),
        ("0612345678", {}),
        ("الهاتف +٢٢٣ ٧٦ ١١ ٢٢ ٣٣", {"phone": "+223 76 11 22 33"}),
    ],
)
def test_how_somebody_is_reached(text: str, found: dict[str, str]) -> None:
    assert reach(text) == found


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("see https://example.org/a_(b).", ("https://example.org/a_(b",)),
        ("(https://example.org/x), http://y.org/z!", ("https://example.org/x", "http://y.org/z")),
        ("ftp://example.org javascript:alert(1)", ()),
    ],
)
def test_links_are_without_what_follows(text: str, links: tuple[str, ...]) -> None:
    assert links_in(text) == links


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        ("in pilot", "pilot"),
        ("en cours", "running"),
        ("concluído", "finished"),
        ("قيد التنفيذ", "running"),
        ("soon", None),
    ],
)
def test_stages(text: str, stage: str | None) -> None:
    assert stage_in(text) == stage


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("French and English", ("fr", "en")),
        ("anglais et portugais", ("en", "pt")),
        ("بالعربية والفرنسية", ("ar", "fr")),
        ("fr, bm", ("fr", "bm")),
        ("Swahili", ("sw",)),
        ("German", ("de",)),
        ("bla bla", ()),
        ("fr, en and Twi", ("fr", "en", "tw")),
        ("fr and en", ("fr", "en")),
        ("langues: fr, ha", ("fr", "ha")),
        ("Languages: French", ("fr",)),
        ("اللغات: العربية، fr", ("ar", "fr")),
    ],
)
def test_languages(text: str, codes: tuple[str, ...]) -> None:
    assert READS.languages_listed(text)[0] == codes


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("fr, en and Twi", None),
        ("langues: fr, ha", None),
        ("French and a little Twi", None),
        ("fr en", None),
        ("French and gun", "gun"),
        ("fr, gun", "gun"),
        ("fr, gun and Twi", "gun"),
        ("bla bla", "bla bla"),
    ],
)
def test_what_is_no_language_in_a_list_is_named(text: str, unknown: str | None) -> None:
    assert READS.languages_listed(text)[1] == unknown


def test_a_code_without_a_name_is_taken_where_the_community_speaks_it() -> None:
    assert READS.languages_listed("fr, gun")[1] == "gun"
    spoken = READS.community.model_copy(update={"languages": (*READS.community.languages, "gun")})
    assert replace(READS, community=spoken).languages_listed("fr, gun") == (("fr", "gun"), None)


@pytest.mark.parametrize(
    ("kind", "text", "title"),
    [
        ("resource", "“Compost at home” about waste in French", "Compost at home"),
        ("resource", "Compost at home in French", "Compost at home"),
        ("resource", "Compost manual https://example.org/x in English", "Compost manual"),
        ("resource", "https://example.org/x about waste", None),
        ("contact", "Awa Diallo, Bamako, +223 11 11 11 11", "Awa Diallo"),
        ("contact", "Awa Diallo for mobility in Bamako", "Awa Diallo"),
        ("project", "Clean river", "Clean river"),
        ("project", "Vélos partagés à Bamako sur la mobilité", "Vélos partagés"),
        ("project", "Dessertes du marché", "Dessertes du marché"),
        ("resource", "A guide on waste", "A guide"),
        ("resource", "Manual on waste", "Manual on waste"),
        ("resource", "الفرز في البيت بالفرنسية", "الفرز في البيت"),
        ("project", "الدراجات المشتركة في بن جرير عن التنقل", "الدراجات المشتركة"),
    ],
)
def test_titles(kind: Any, text: str, title: str | None) -> None:
    found = READS.described(kind, text)
    assert found.get("title" if kind == "resource" else "name") == title
