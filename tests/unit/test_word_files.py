"""The word lists of the search: each language has all that is needed, and a slip in a file is told with its line."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from community.core.language_folders import CHAT_LANGUAGES, FOLDER
from community.core.messages import translator
from community.core.problems import problem_line
from community.search.word_file_tables import REQUIRED
from community.search.word_files import (
    WordListError,
    read_languages,
    read_thesaurus,
)
from tests.lib.word_lists import shipped_tables

ENGLISH = translator("en", ())
MAY_BE_EMPTY = {
    *(
        "when/each_workday",
        "when/range_from_perhaps",
        "when/month_marks",
        "when/venues",
        "common/inside_prefixes",
        "common/elided",
        "common/telling",
        "common/own_letters",
    ),
    *("calendar/articles", "calendar/particles", "when/pm_early"),
    *("common/everyday", "questions/those", "questions/what_early", "questions/what_opening"),
    *("questions/in_the", "questions/person", "follow_ups/and_prefixes", "follow_ups/his_endings"),
    *(
        "follow_ups/impersonal",
        "ordinary/verb_beginnings",
        "ordinary/adverb_endings",
        "dates/from",
        "dates/of",
        "dates/ago",
        "dates/ordinals",
        "dates/weekday_endings",
        "dates/two",
        "editing/the",
        "editing/articles",
        "commands/expel_articles",
        "commands/first_words",
    ),
    "changing/written_out",
    *("when/past", "when/to_hour", "when/plus", "when/minus", "when/from_six", "when/lasting_perhaps"),
    *("when/days_from", "when/days_to", "when/nearest", "when/fortnight_later", "when/fortnightly"),
    *("when/every_other", "when/one_in_two", "when/steps_from", "when/steps_to", "when/time_behind"),
    *("when/times_behind", "when/counted_behind", "when/one_in", "when/numbered_days"),
}
"""What not every language has: elisions, prefixes, a word for two days."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the files that may be changed."""
    return Path(shutil.copytree(FOLDER, tmp_path / "languages"))


def problems_of(read: Callable[[Path], object], folder: Path) -> list[str]:
    with pytest.raises(WordListError) as caught:
        read(folder)
    return [problem_line(problem, ENGLISH) for problem in caught.value.problems]


@pytest.mark.parametrize("language", CHAT_LANGUAGES)
def test_each_complete_language_has_words_in_every_table_that_is_required(language: str) -> None:
    tables = shipped_tables()[language]
    assert set(tables) == {f"{file}/{table}" for file, names in REQUIRED.items() for table in names}
    assert [name for name, words in tables.items() if not words and name not in MAY_BE_EMPTY] == []
    for name in ("questions/kinds", "questions/stages", "dates/units", "dates/weekdays", "dates/months"):
        groups = tables[name]
        assert isinstance(groups, dict)
        assert [key for key, words in groups.items() if not words] == []


def test_each_subject_and_thing_has_a_name_in_each_language() -> None:
    subjects, things = read_thesaurus()
    topics = [topic for each in (*subjects.values(), things) for topic in each]
    assert len(subjects) > 30
    assert [topic for topic in topics if not all(topic[language] for language in CHAT_LANGUAGES)] == []


def test_every_file_of_a_language_explains_each_of_its_tables() -> None:
    of_one_kind = {"choices.yaml", "thesaurus.yaml"}  # they are explained at their beginning
    for path in (path for path in FOLDER.glob("??/*.yaml") if path.name not in of_one_kind):
        lines = path.read_text().splitlines()
        tables = [at for at, line in enumerate(lines) if line[:1].isalpha()]
        assert tables, path
        assert [lines[at] for at in tables if not lines[at - 1].startswith("# ")] == [], path


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("pt/dates.yaml", "today: [hoje]", "tday: [hoje]", "“today” is missing"),
        ("pt/dates.yaml", "today: [hoje]", "tday: [hoje]", "tday: “tday” is not known here"),
        ("pt/dates.yaml", "  monday: [segunda]", "  moonday: [segunda]", "weekdays: “monday” is missing"),
        ("pt/dates.yaml", "today: [hoje]", "today: hoje", "today: words are expected here"),
        ("pt/dates.yaml", "today: [hoje]", "today: [hoje, 5]", "today[1]: a word is expected here"),
        ("pt/dates.yaml", "today: [hoje]", "today: [hoje, hoje]", "today[1]: “hoje” stands here twice"),
        ("pt/dates.yaml", "today: [hoje]", "today: [hoje", "this is not YAML"),
        ("pt/questions.yaml", "stages:", "stages: []\nold:", "stages: here “name: [word, word]” is expected"),
        ("world/towns.yaml", "towns: [", "town: [", "“towns” is missing"),
        (
            "en/editing.yaml",
            "<entry>'s <field>",
            "<entri>'s <field>",
            "in this pattern, “<entri>” has no meaning here",
        ),
        ("fr/editing.yaml", "[l']historique", "[l'historique", "in this pattern, “[” has no meaning here"),
    ],
)
def test_a_slip_in_a_file_is_told_with_its_line(
    folder: Path, file: str, old: str, new: str, told: str
) -> None:
    path = folder / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    lines = problems_of(read_languages, folder)
    assert any(line.startswith(f"languages/{file}:") and told in line for line in lines), lines


def test_the_line_is_that_of_the_slip(folder: Path) -> None:
    path = folder / "fr" / "dates.yaml"
    lines = path.read_text().splitlines()
    at = next(at for at, line in enumerate(lines) if line.startswith("  march:"))
    lines[at] = "  march: mars"
    path.write_text("\n".join(lines))
    assert problems_of(read_languages, folder) == [
        f"languages/fr/dates.yaml:{at + 1}:3: months.march: words are expected here: [word, word]"
    ]


def test_a_file_that_is_missing_is_named(folder: Path) -> None:
    (folder / "ar" / "speakers.yaml").unlink()
    (folder / "things.yaml").unlink()
    assert problems_of(read_languages, folder) == ["languages/ar/speakers.yaml:1:1: this file is missing"]
    assert problems_of(read_thesaurus, folder) == ["languages/things.yaml:1:1: this file is missing"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("  fr: [sport, ", "  es: [deporte, ", "general: “fr” is missing"),
        ("general:", "generell:", "“general” is missing"),
        ("topics: []", "topics: {}", "topics: here a list is expected"),
        ("topics: []", "topics: [word]", "topics[0]: here “name: [word, word]” is expected"),
    ],
)
def test_a_slip_in_the_thesaurus_is_told_with_its_line(folder: Path, old: str, new: str, told: str) -> None:
    path = folder / "thesaurus" / "sport.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    lines = problems_of(read_thesaurus, folder)
    assert any(line.startswith("languages/thesaurus/sport.yaml:") and told in line for line in lines), lines
