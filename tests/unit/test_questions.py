"""Questions in four languages to a directory of 400 entries: the first answer is right, nothing wrong is asserted."""

from __future__ import annotations

import pytest

from community.core.language_folders import CHAT_LANGUAGES, LANGUAGES
from community.directory.entry import kind_of
from tests.lib.scoring import (
    LATER,
    Expected,
    Scored,
    Verdict,
    by_name,
    count,
    engine,
    judge,
    misses,
    network,
    network_of,
    score,
    scores,
    sets,
    share_right,
    threads,
)

OWN = {language: [said for thread in threads(language) for said in thread.said] for language in LANGUAGES}


def entries_of(name: str) -> set[str]:
    directory = network(name).directory
    lists = (directory.contacts, directory.resources, directory.projects)
    return {f"{kind_of(entry)}/{entry.key}" for entries in lists for entry in entries}


def test_there_are_400_entries() -> None:
    assert len(entries_of("network")) == 400


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_questions_with_and_without_an_answer(language: str) -> None:
    assert sum(bool(said.entries) for said in OWN[language]) >= 30
    assert sum(not said.entries for said in OWN[language]) >= 5


@pytest.mark.parametrize("language", CHAT_LANGUAGES)
def test_there_are_enough_questions_of_each_sort(language: str) -> None:
    questions = [said for said in OWN[language] if "+" not in said.id]
    assert len(questions) >= 60
    assert sum(said.slips for said in questions) * 3 >= len(questions)
    assert sum(not said.entries for said in questions) >= 10
    assert len({said.id for said in OWN[language]}) == len(OWN[language])


@pytest.mark.parametrize("name", sets("*"))
def test_what_is_expected_is_in_the_directory(name: str) -> None:
    expected = {entry for thread in threads(name) for said in thread.said for entry in said.entries}
    assert not expected - entries_of(network_of(name))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_answer_is_right(language: str) -> None:
    scored = scores(language)
    assert share_right(scored) >= 0.97, misses(scored)


def test_every_entry_is_found_by_each_of_its_names() -> None:
    scored = [one for thread in by_name() for one in score(thread)]
    assert share_right(scored) >= 0.99, misses(scored)


def test_nothing_wrong_is_asserted() -> None:
    scored = [one for language in LANGUAGES for one in scores(language)]
    assert count(scored, Verdict.WRONG) / len(scored) <= 0.01, misses(scored)


def test_what_is_right_is_asserted_and_not_only_offered() -> None:
    scored = [one for language in LANGUAGES for one in scores(language) if one.expected.entries]
    offered = [one for one in scored if one.verdict is Verdict.RIGHT and not one.certain]
    assert len(offered) / len(scored) <= 0.25, "\n".join(map(str, offered))


@pytest.mark.parametrize(
    ("names", "share"),
    [(sets("blind*"), 0.9), (LATER, 0.95), (("example-everyday",), 0.95)],
    ids=["by others", "ours", "everyday"],
)
def test_questions_that_came_later_are_answered_too(names: tuple[str, ...], share: float) -> None:
    by_language: dict[str, list[Scored]] = {language: [] for language in LANGUAGES}
    for name in names:
        for one in scores(name):
            by_language[one.language].append(one)
    low = [scored for scored in by_language.values() if scored and share_right(scored) < share]
    assert not low, "\n".join(map(misses, low))


@pytest.mark.parametrize("language", CHAT_LANGUAGES)
def test_what_is_said_around_a_question_leaves_the_answer_certain(language: str) -> None:
    scored = [one for name in sets("*certain") for one in scores(name) if one.language == language]
    assert len(scored) >= 30
    assert share_right(scored) >= 0.95, misses(scored)


def test_a_verdict_says_whether_something_wrong_was_asserted() -> None:
    asked = Expected("x", "?", ("contact/a", "contact/b"))
    assert judge(asked, ["contact/b"], (), certain=False) is Verdict.RIGHT
    assert judge(asked, ["contact/c", "contact/a"], (), certain=False) is Verdict.MISSED
    assert judge(asked, ["contact/c"], (), certain=True) is Verdict.WRONG
    assert judge(asked, [], (), certain=False) is Verdict.MISSED


def test_an_answer_that_must_be_asserted_is_missed_when_it_is_only_offered() -> None:
    asked = Expected("x", "?", ("contact/a",), certain=True)
    assert judge(asked, ["contact/a"], (), certain=False) is Verdict.MISSED
    assert judge(asked, ["contact/a"], (), certain=True) is Verdict.RIGHT


def test_more_is_what_was_not_shown() -> None:
    asked = Expected("x", "more", ("contact/a", "contact/b"), more=True)
    assert judge(asked, ["contact/a"], ["contact/a"], certain=True) is Verdict.WRONG
    assert judge(asked, ["contact/b"], ["contact/a"], certain=True) is Verdict.RIGHT


def test_where_there_is_no_answer_something_near_may_be_offered() -> None:
    asked = Expected("x", "?", ())
    assert judge(asked, ["contact/a"], (), certain=False) is Verdict.RIGHT
    assert judge(asked, ["contact/a"], (), certain=True) is Verdict.WRONG


def test_the_engine_is_one_for_all_questions() -> None:
    assert engine() is engine()
