"""A directory that has nobody yet: whoever may add somebody is told how, and nobody else is."""

from __future__ import annotations

import pytest

from bots.feature_set import FeatureSet
from community.description.directory_model import Directory
from tests.lib.asking import Asker, example_skills, visible
from tests.lib.descriptions import example
from tests.lib.keys import keys_in

CONTACTS = "The directory has no contacts yet. To add one, write “add a contact: …”"


def said(skills: FeatureSet, text: str, role: str = "coordinator", language: str = "en") -> str:
    reply = skills.answer(Asker(role, (language,), conversation=f"{text} {role}").asked(text))
    assert keys_in(reply.text) == []
    return visible(reply.text)


@pytest.fixture(scope="module")
def empty() -> FeatureSet:
    skills = example_skills()
    skills.use(Directory(version=1))
    return skills


@pytest.mark.parametrize(
    "text", ["who deals with waste in Kigali?", "contacts for waste", "contacts", "Awa Diallo", "waste"]
)
@pytest.mark.parametrize("role", ["coordinator", "city-lead"])
def test_whoever_may_add_a_contact_is_told_how(empty: FeatureSet, text: str, role: str) -> None:
    assert CONTACTS in said(empty, text, role)


def test_resources_and_projects_too(empty: FeatureSet) -> None:
    assert "no resources yet. To add one, write “add a resource: …”" in said(empty, "resources on waste")
    assert "no projects yet. To add one, write “add a project: …”" in said(empty, "projects on waste")


def test_what_cannot_be_found_is_not_said_to_be_known(empty: FeatureSet) -> None:
    assert said(empty, "contacts").startswith(f"I found nothing for that.\n\n{CONTACTS}")


@pytest.mark.parametrize("text", ["who deals with waste in Kigali?", "contacts"])
def test_whoever_may_only_propose_is_not_told(empty: FeatureSet, text: str) -> None:
    assert "no contacts yet" not in said(empty, text, "city-member")
    assert "no contacts yet" not in said(empty, text, "none")


def test_a_directory_that_has_somebody_is_not_called_empty() -> None:
    assert "no contacts yet" not in said(example_skills(), "who deals with parking in Kigali?")


def test_without_contacts_the_resources_that_there_are_are_shown() -> None:
    description, skills = example(), example_skills()
    skills.use(description.directory.model_copy(update={"contacts": (), "projects": ()}))
    assert CONTACTS in said(skills, "who deals with parking in Kigali?")
    assert "no contacts yet" not in said(skills, "resources on waste")


@pytest.mark.parametrize(
    ("language", "text", "told"),
    [
        ("fr", "qui s'occupe des déchets à Kigali ?", "« ajouter un contact : … »"),
        ("pt", "quem trata do lixo em Kigali?", "“adicionar um contacto: …”"),
        ("ar", "من المسؤول عن النفايات في كيغالي؟", "«إضافة جهة اتصال: …»"),
        ("es", "¿quién se ocupa de los residuos en Kigali?", "«añadir un contacto: …»"),
        ("sw", "nani anashughulikia taka Kigali?", "“ongeza mtu: …”"),
    ],
)
def test_in_each_language(empty: FeatureSet, language: str, text: str, told: str) -> None:
    assert told in said(empty, text, language=language)
