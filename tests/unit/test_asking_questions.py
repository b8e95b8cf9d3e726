"""What a question is understood to ask, and how follow-ups are completed, over the example network."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from community.description.directory_model import Directory
from community.directory.entry import DirectoryEntry, kind_of
from community.search.answer import Answer
from community.search.index import Index, index_of
from community.search.question import MOST_REST, MOST_WORDS, EntryKey, Question, Relation, parse
from tests.lib.descriptions import example
from tests.lib.editing import example_lexicon

EXAMPLE = example()
LEXICON = example_lexicon()
INDEX = index_of(EXAMPLE.community, EXAMPLE.directory)
ENTRIES: list[DirectoryEntry] = [
    *EXAMPLE.directory.contacts,
    *EXAMPLE.directory.resources,
    *EXAMPLE.directory.projects,
]
TODAY = date(2026, 11, 24)


def understood(text: str) -> Question:
    return parse(text, LEXICON, "en", TODAY)


def keys_of(answer: Answer) -> list[EntryKey]:
    return [(kind_of(entry), entry.key) for entry in answer.entries]


def talk(*said: str) -> tuple[Question, Answer]:
    """Say one thing after the other; return what the last was understood to be, with its answer."""
    question: Question | None = None
    shown: list[EntryKey] = []
    for text in said:
        question = parse(text, LEXICON, "en", TODAY, question, shown)
        answer = INDEX.search(question)
        shown = keys_of(answer)[:5]
    assert question is not None
    return question, answer


@pytest.mark.parametrize(
    ("text", "facet", "keys"),
    [
        ("lixo em Kigali", "themes", {"waste"}),
        ("qui gère le foncier ?", "themes", {"land"}),
        ("مسؤول القمامة", "themes", {"waste"}),
        ("dechts a Bamako", "themes", {"waste"}),
        ("transprot", "themes", {"mobility"}),
        ("resources not about waste but land", "themes", {"land"}),
        ("contact in kigalli", "cities", {"kigali"}),
        ("النفايات في كوماسي", "cities", {"kumasi"}),
        ("semepodji", "cities", {"seme-podji"}),
        ("les villes pionnières", "cities", set(EXAMPLE.community.cohort["pioneers"].cities)),
        ("projetos moçambicanos", "countries", {"MZ"}),
        ("Rwandan contacts", "countries", {"RW"}),
        ("في المغرب", "countries", {"MA"}),
        ("who speaks Portuguese", "languages", {"pt"}),
        ("documents en anglais", "languages", {"en"}),
        ("contactos que falam francês", "languages", {"fr"}),
        ("من يتحدث العربية", "languages", {"ar"}),
        ("francophone contacts", "languages", {"fr"}),
        ("projets terminés", "stages", {"finished"}),
        ("projetos em fase piloto", "stages", {"pilot"}),
        ("مشاريع قيد التنفيذ", "stages", {"running"}),
        ("project ideas", "stages", {"idea"}),
        ("any idea who does waste?", "stages", set()),
        ("vídeos sobre saúde", "resource_kinds", {"video"}),
        ("دليل الفرز", "resource_kinds", {"guide"}),
        ("city leads", "roles", {"city-lead"}),
        ("les experts", "roles", {"expert"}),
        ("coordenadora", "roles", {"coordinator"}),
        ("phone number of Awa Diallo", "fields", {"phone"}),
        ("o email da Awa", "fields", {"email"}),
        ("who?", "kinds", {"contact"}),
        ("resources on land", "kinds", {"resource"}),
        ("les projets qui avancent", "kinds", {"project"}),
        ("phone of the desk", "kinds", {"contact"}),
    ],
)
def test_a_word_means_what_it_says(text: str, facet: str, keys: set[str]) -> None:
    assert getattr(understood(text), facet) == keys


@pytest.mark.parametrize(
    ("text", "relation"),
    [
        ("deputy of Awa Diallo", Relation.DEPUTY),
        ("qui remplace Awa Diallo ?", Relation.DEPUTY),
        ("o suplente de Awa Diallo", Relation.DEPUTY),
        ("نائب مسؤول النفايات في بنزرت", Relation.DEPUTY),
        ("who leads the compost project?", Relation.LEAD),
        ("chef du projet compost", Relation.LEAD),
        ("quem lidera o projeto de compostagem?", Relation.LEAD),
        ("من يقود مشروع السماد", Relation.LEAD),
        ("projects led by Awa Diallo", Relation.LED_BY),
        ("projets menés par Awa Diallo", Relation.LED_BY),
        ("projets pilotes à Lagos", None),
        ("who is the mobility lead?", None),
    ],
)
def test_somebody_beside_the_entry_is_asked_for(text: str, relation: Relation | None) -> None:
    assert understood(text).relation is relation


@pytest.mark.parametrize(
    ("said", "first"),
    [
        (("who for waste in Kigali?", "and in Bamako?"), ("contact", "bamako-waste")),
        (("qui pour les déchets à Kigali ?", "et à Kampala ?"), ("contact", "kampala-waste")),
        (("quem trata do lixo na Matola?", "e em Lagos?"), ("contact", "lagos-waste")),
        (("من المسؤول عن النفايات في بنزرت؟", "وماذا عن نواكشوط؟"), ("contact", "nouakchott-waste")),
        (("who for waste in Kigali?", "what about mobility?"), ("contact", "kigali-mobility")),
        (("qui pour la mobilité à Bamako ?", "et son adjoint ?"), ("contact", "bamako-traffic-desk")),
        (("Awa Diallo", "e o suplente?"), ("contact", "bamako-traffic-desk")),
        (("من المسؤول عن النفايات في بنزرت؟", "ونائبه؟"), ("contact", "bizerte-waste-desk")),
        (("who for waste in Kigali?", "his phone?"), ("contact", "kigali-waste")),
        (("who for waste in Kigali?", "his deputy?", "and in Bizerte?"), ("contact", "bizerte-waste")),
    ],
)
def test_a_follow_up_is_completed_from_what_came_before(said: tuple[str, ...], first: EntryKey) -> None:
    _question, answer = talk(*said)
    assert answer.certain
    assert keys_of(answer)[0] == first


@pytest.mark.parametrize("more", ["more", "encore", "mais", "المزيد", "show more", "voir plus", "ver mais"])
def test_more_is_the_next_page(more: str) -> None:
    question, answer = talk("resources about waste", more, more)
    assert question.page == 2
    assert answer == talk("resources about waste")[1]


def test_a_question_of_its_own_is_not_completed() -> None:
    question, _answer = talk("who for waste in Kigali?", "which documents are there on land registries?")
    assert not question.cities
    assert not question.follows


def test_a_follow_up_speaks_of_other_kinds_and_languages() -> None:
    question, answer = talk("who for waste in Kigali?", "and resources?", "in French?")
    assert question.kinds == {"resource"}
    assert question.themes == {"waste"}
    assert question.languages == {"fr"}
    assert answer.certain


@pytest.mark.parametrize(
    "text",
    [
        "Who deals with parking in Kigali?",
        "waste in Paris",
        "déchets à Xanadu",
        "lixo em Lisboa",
        "النفايات في باريس",
        "qui s'occupe du foncier à Niamey ?",
        "pourquoi le ciel est-il bleu ?",
        "what is the weather in Lagos tomorrow",
        "pizza à Bamako",
        "expert in nuclear waste",
        "qwrtz zxcvb",
        "Grace Smith",
        "deputy of Moses Okello",
        "",
        "?!",
    ],
)
def test_what_nobody_answers_is_not_asserted(text: str) -> None:
    assert not INDEX.search(understood(text)).certain


@pytest.mark.parametrize("city", EXAMPLE.community.cities, ids=lambda city: city.key)
@pytest.mark.parametrize("theme", EXAMPLE.community.themes, ids=lambda theme: theme.key)
def test_word_order_case_and_accents_do_not_matter(city: object, theme: object) -> None:
    name, place = theme.name.text("fr"), city.name.text("fr")  # type: ignore[attr-defined]
    ways = (f"{name} à {place}", f"{place} {name}", f"{name.upper()} {place.upper()}", f"{place}: {name}?")
    answers = [INDEX.search(understood(way)) for way in ways]
    assert all(answer.certain == answers[0].certain for answer in answers)
    assert all(keys_of(answer)[:1] == keys_of(answers[0])[:1] for answer in answers)


WORDS = """
who qui quem من waste déchets lixo النفايات Kigali à em في project projets led by deputy adjoint نائب phone since lundi
2026 Awa Diallo speak français documents vídeo more encore and et e وماذا not sauf parking in Paris pilot terminés ' - ?
""".split()


@settings(max_examples=300)
@given(st.lists(st.lists(st.sampled_from(WORDS), max_size=8), min_size=1, max_size=4))
def test_no_talk_whatever_breaks_the_engine(said: list[list[str]]) -> None:
    question, answer = talk(*(" ".join(words) for words in said))
    assert len(question.rest) <= MOST_REST + len(question.guesses)
    assert not (answer.certain and not answer.entries)
    assert len(set(keys_of(answer))) == len(answer.entries)


@pytest.mark.parametrize(
    "text",
    [
        "kigaly " * 15_000,
        "ا" * 100_000,
        "x" * 100_000,
        " ".join(f"w{n}" for n in range(30_000)),
        "a\u0301" * 50_000,
        "1 " * 50_000,
        "since " * 20_000,
        "\u202e\u0000\u200f" * 30_000,
        "l'" * 50_000,
    ],
)
@pytest.mark.timeout(200)
def test_of_a_hundred_thousand_characters_few_words_are_heard(text: str) -> None:
    """So many that whatever grows with the square of the length would take hours."""
    question = understood(text)
    INDEX.search(question)
    assert len(question.spoken) <= MOST_WORDS


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, len(ENTRIES) - 1), st.booleans()), max_size=40))
def test_an_index_changed_bit_by_bit_answers_as_one_made_anew(changes: list[tuple[int, bool]]) -> None:
    changed, kept = Index(EXAMPLE.community), {}
    for number, added in changes:
        entry = ENTRIES[number]
        if added:
            changed.add(entry)
            kept[number] = entry
        else:
            changed.remove((kind_of(entry), entry.key))
            kept.pop(number, None)
    made = Index(EXAMPLE.community)
    for entry in kept.values():
        made.add(entry)
    for text in (
        "waste in Kigali",
        "Awa Dialo",
        "projets",
        "new since October",
        "documents land",
        "سامي الغربي",
    ):
        assert changed.search(understood(text)) == made.search(understood(text))


def test_an_entry_changed_is_found_as_it_is_now() -> None:
    index = index_of(EXAMPLE.community, EXAMPLE.directory)
    old = EXAMPLE.directory.contacts[0]
    index.add(old.model_copy(update={"name": type(old.name)("Zeferina Quintaxi")}))
    assert keys_of(index.search(understood("Zeferina Quintaxi"))) == [("contact", old.key)]
    assert not index.search(understood("Awa Diallo")).certain


def test_an_empty_directory_answers_nothing() -> None:
    index = index_of(EXAMPLE.community, Directory(version=1))
    for text in ("waste in Kigali", "deputy of Awa", "who leads the compost project", "projects led by Awa"):
        assert index.search(understood(text)) == Answer((), certain=False, total=0)
