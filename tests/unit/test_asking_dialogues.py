"""Questions that lean on what was said or shown before, and the words that decide who or what is asked for."""

from __future__ import annotations

import pytest

from tests.lib.scoring import Asked, Expected, engine


def ask(language: str, *said: str) -> Asked:
    """Ask one thing after the other in a thread; return the last answer."""
    asked: Asked | None = None
    for say in said:
        asked = engine().ask(Expected("x", say, ()), language, asked)
    assert asked is not None
    return asked


@pytest.mark.parametrize(
    ("language", "said", "first"),
    [
        ("fr", ["qui s'occupe du tramway à Casablanca", "il a des projets ?"], "casablanca-busway"),
        ("fr", ["inondations à Dakar, qui ?", "un document là-dessus ?"], "retention-basins"),
        ("en", ["street lights in Lagos: who?", "is there a tool?"], "street-lighting-audit"),
        ("en", ["night ambulances", "who runs it?"], "nairobi-health"),
        ("en", ["night ambulances", "who runs it?", "does she speak Swahili?"], "nairobi-health"),
        ("en", ["tell me about the Mbeubeuss project", "partners?"], "dakar-mbeubeuss"),
        ("pt", ["quem trata dos mercados na Beira?", "e algum documento sobre isso?"], "mercado-peixe"),
        ("pt", ["projetos do Banco Mundial", "quem lidera?"], "accra-toilets"),
        ("ar", ["مشاريع مع البنك الدولي", "من يقودها؟"], "accra-toilets"),
        ("ar", ["الإنارة العمومية في لاغوس مين", "هل هناك أداة؟"], "street-lighting-audit"),
    ],
)
def test_what_was_shown_is_spoken_of(language: str, said: list[str], first: str) -> None:
    assert ask(language, *said).shown[0][1] == first


@pytest.mark.parametrize(
    ("language", "say", "first"),
    [
        ("fr", "De quel projet s'occupe Cheick Oumar Diallo ?", "bamako-stall-fees"),
        ("en", "projects with UN-Habitat", "nairobi-walkways"),
        ("pt", "projetos de Graça Sitoe", "maputo-titles"),
        ("fr", "nouveautés de la bibliothèque depuis lundi", "women-night-walk"),
        ("en", "hello, who could get a report translated into Arabic?", "network-translation"),
        ("pt", "telefone dà coordenação da rede", "network-coordination"),
        ("ar", "تنسيق الشبكة", "network-coordination"),
        ("en", "the Senegalese city lead", "dakar-lead"),
        ("fr", "qui suit Boribana", "abidjan-housing"),
    ],
)
def test_who_or_what_is_asked_for(language: str, say: str, first: str) -> None:
    assert ask(language, say).shown[0][1] == first


@pytest.mark.parametrize(
    ("language", "say"),
    [
        ("fr", "où manger à Marseille"),
        ("en", "projects with Greenpeace"),
        ("en", "thanks a lot!"),
        ("pt", "ciclovias na Beira"),
        ("ar", "من المسؤول عن الكرنفال في مابوتو"),
    ],
)
def test_what_nobody_does_is_only_offered(language: str, say: str) -> None:
    assert not ask(language, say).answer.certain


def test_a_part_of_the_world_is_its_countries() -> None:
    leads = {key for _kind, key in ask("en", "city leads in West Africa").shown}
    assert leads <= {"dakar-lead", "praia-lead", "lagos-lead", "bamako-lead", "abidjan-lead", "accra-lead"}
