"""Each folder of `community/languages` is a language: what is known of it, and what stands in for what it lacks."""

from __future__ import annotations

import shutil
from dataclasses import fields
from pathlib import Path

import pytest
import yaml
from babel import Locale

from bots.context.addressing import without_prefix
from bots.context.numbered import AnswerCommand, answer_command, confirmed_number
from bots.context.short_answer import ShortAnswer, short_answer
from bots.context.short_words import Word, short_word
from bots.features.edit.command_parser import command, field_and_value
from bots.features.edit.commands import Add, Confirm, Decision, History, ListStale, Proposals, Remove, Undo
from bots.features.edit.text_reader import means_everywhere
from bots.features.privacy import PrivacyHandler
from bots.features.removal.words import RemovalReading, readings
from community.core.language_folders import (
    CHAT_LANGUAGES,
    FOLDER,
    LANGUAGE,
    LANGUAGE_FILE,
    LANGUAGES,
    Language,
    languages_in,
    languages_of_letters,
    read_language,
    settings,
    with_fallbacks,
)
from community.core.messages import msg, translator
from community.core.problems import problem_line
from community.core.sentence_patterns import TATWEEL
from community.search import word_tables
from community.search.language import language_of
from community.search.question import parse
from community.search.word_files import WordListError, read_languages, read_thesaurus
from community.search.word_page import Tables
from tests.lib.asking import Asker, example_skills, talk
from tests.lib.scoring import engine, threads
from tests.lib.word_lists import shipped_tables
from tests.unit.test_word_files import MAY_BE_EMPTY

ENGLISH = translator("en", ())
FLAT_FILES = sorted((*FOLDER.glob(f"*/{LANGUAGE_FILE}"), *FOLDER.glob("*/choices.yaml")))
ESPERANTO = "name: Esperanto\nfallback: fr\nlocale: eo\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the files, with a language more that has no words yet."""
    copy = Path(shutil.copytree(FOLDER, tmp_path / "languages"))
    (copy / "eo").mkdir()
    (copy / "eo" / LANGUAGE_FILE).write_text(ESPERANTO)
    return copy


def test_the_four_are_complete() -> None:
    assert CHAT_LANGUAGES == ("en", "fr", "pt", "ar")
    assert LANGUAGES[:4] == CHAT_LANGUAGES


@pytest.mark.parametrize("path", FLAT_FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_file_is_read_as_a_yaml_library_reads_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    theirs = yaml.load(text, yaml.BaseLoader)  # noqa: S506 - it makes texts of all values
    assert settings(text) == {
        name: tuple(value) if isinstance(value, list) else value for name, value in theirs.items()
    }


@pytest.mark.parametrize("code", LANGUAGES)
def test_what_is_said_of_a_language_is_known(code: str) -> None:
    said = settings((FOLDER / code / LANGUAGE_FILE).read_text(encoding="utf-8"))
    assert set(said) <= {field.name for field in fields(Language)} - {"code"}
    assert said["name"]
    assert LANGUAGE[code].fallback in LANGUAGE
    assert Locale.parse(LANGUAGE[code].locale).territories["FR"]


def test_a_language_needs_no_more_than_a_name() -> None:
    assert read_language("xx", "name: Exish\n") == Language("xx", "Exish", locale="xx")


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_table_that_a_language_has_has_words(code: str) -> None:
    tables = shipped_tables()[code]
    assert [name for name, words in tables.items() if not words and name not in MAY_BE_EMPTY] == []


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_language_is_told_by_what_is_asked_in_it(code: str) -> None:
    other = "fr" if code == "en" else "en"
    asked = [said.say for thread in threads(code) for said in thread.said[:1] if len(said.say.split()) > 4]
    wrong = [say for say in asked if language_of(say, other) != code]
    assert len(wrong) <= len(asked) * 0.1, wrong


@pytest.mark.parametrize("code", LANGUAGES)
def test_who_is_asked_for_behind_the_words_that_begin_a_question(code: str) -> None:
    opening, who, before = (
        word_tables.phrases_in(code, f"questions/{table}")[0]
        for table in ("opening", "who_words", "before_who")
    )
    asked = (f"{opening} {who} xyzzy", f"xyzzy plugh {before} {who} xyzzy")
    assert all(parse(text, engine().lexicon, code).who for text in asked)
    assert not parse(f"xyzzy plugh {who} xyzzy", engine().lexicon, code).who


@pytest.mark.parametrize("code", LANGUAGES)
def test_yes_no_and_the_like_are_understood(code: str) -> None:
    for table in (Word.YES, Word.NO, Word.SKIP, Word.BACK, Word.CANCEL, Word.HELP):
        for said in word_tables.phrases_in(code, f"commands/{table.value}"):
            assert short_word(said) is not None, said
    first = [word_tables.phrases_in(code, f"commands/{table}")[0] for table in ("yes", "no", "cancel")]
    assert [short_word(word) for word in first] == [Word.YES, Word.NO, Word.CANCEL]


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_first_word_of_each_table_of_short_answers_is_understood(code: str) -> None:
    first = {name: words[0] for name, words in word_tables.lists_in(code, "commands").items() if words}
    also = {"yes_also": Word.YES, "no_also": Word.NO, "skip": Word.SKIP, "back": Word.BACK, "all": Word.ALL}
    assert {table: short_word(first[table]) for table in also} == also
    refusal = word_tables.expanded_in(code, "commands/no_to_passing")[0]
    asked = (first["yes"], f"{first['yes']} {first['polite']}", refusal)
    assert [short_answer(said) for said in asked] == [ShortAnswer.YES, ShortAnswer.YES, ShortAnswer.NO]
    assert confirmed_number(f"{first['yes']} 5") == 5
    answer = f"{first['answer']} {first['before_number']} 12: Xyz"
    assert answer_command(answer) == AnswerCommand(12, "Xyz")
    thanked = talk(example_skills(), Asker(languages=(code,)), [first["thanks"]])
    assert example_skills().knowledge.translators[code](msg("You are welcome.")) in thanked[0].text


@pytest.mark.parametrize("code", CHAT_LANGUAGES[:3])
def test_words_may_be_written_on_to_the_prefix(code: str) -> None:
    for word in word_tables.phrases_in(code, "commands/first_words"):
        assert without_prefix(f"!p{word} xyz") == f"{word} xyz"
    assert len(word_tables.phrases_in(code, "commands/first_words")) > 5


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_greeting_is_answered_in_its_language(code: str) -> None:
    translate = example_skills().knowledge.translators[code]
    greeting = word_tables.phrases_in(code, "commands/greetings")[0]
    (reply,) = talk(example_skills(), Asker(languages=(code,)), [greeting])
    assert translate(msg("Hello! You can ask me:")) in reply.text


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_first_words_of_editing_are_understood(code: str) -> None:
    first = {name: words[0] for name, words in word_tables.lists_in(code, "editing").items() if words}
    nouns, fields_of = (word_tables.groups_in(code, f"editing/{group}") for group in ("nouns", "fields"))
    undo, approve, decline = (
        word_tables.expanded_in(code, f"editing/{table}")[0] for table in ("undo", "approve", "decline")
    )
    said = {
        f"{first['add']} {nouns['guide'][0]} https://example.org": Add(
            "resource", "guide", "https://example.org"
        ),
        f"{first['remove']} Awa Diallo": Remove("Awa Diallo"),
        f"{first['confirm']} Awa Diallo": Confirm("Awa Diallo"),
        f"{approve} 5": Decision(True, 5),
        f"{decline} 5": Decision(False, 5),
        f"{undo} 7": Undo(7),
        first["stale"]: ListStale(""),
    }
    heard = {text: command(text, code) for text in said}
    assert {text: parsed and parsed.command for text, parsed in heard.items()} == said
    assert {parsed.language for parsed in heard.values() if parsed is not None} == {code}
    assert field_and_value(f"{fields_of['phone'][0]}: +250 788 123 456", code) == (
        "phone",
        "+250 788 123 456",
    )


@pytest.mark.parametrize("code", LANGUAGES)
def test_what_stands_around_a_command_changes_nothing_in_it(code: str) -> None:
    first = {name: words[0] for name, words in word_tables.lists_in(code, "editing").items() if words}
    nouns = word_tables.groups_in(code, "editing/nouns")
    approve, start, end = (
        word_tables.expanded_in(code, f"editing/{table}")[0]
        for table in ("approve", "polite_start", "polite_end")
    )
    as_a = first["as_a"].removesuffix(TATWEEL) if first["as_a"].endswith(TATWEEL) else f"{first['as_a']} "
    said = {
        f"{start} {first['remove']} Awa Diallo": Remove("Awa Diallo"),
        f"{first['remove']} Awa Diallo, {end}": Remove("Awa Diallo"),
        f"{first['remove']} {first['pointing']}": Remove(""),
        f"{approve} {first['before_number']} {first['number']} 5": Decision(True, 5),
        f"{first['add']} Awa Diallo {as_a}{nouns['person'][0]}": Add("contact", "person", "Awa Diallo"),
        word_tables.expanded_in(code, "editing/history_alone")[0]: History(""),
        word_tables.expanded_in(code, "editing/proposals")[0]: Proposals(),
    }
    heard = {text: command(text, code) for text in said}
    assert {text: parsed and parsed.command for text, parsed in heard.items()} == said
    assert command(f"{first['asking']} {first['remove']} Awa Diallo", code) is None
    assert means_everywhere(first["everywhere"])


@pytest.mark.parametrize("code", LANGUAGES)
def test_what_people_ask_of_their_own_data_is_understood(code: str) -> None:
    handler = PrivacyHandler(example_skills().knowledge.translators)
    for table in ("export", "forget"):
        asked = Asker(languages=(code,)).asked(word_tables.expanded_in(code, f"commands/{table}")[0])
        reply = handler.answer(asked)
        assert reply is not None, asked.text
        assert reply.language == code


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_wish_to_take_somebody_out_of_a_room_is_understood(code: str) -> None:
    verb, between = (
        word_tables.expanded_in(code, f"commands/{table}")[0] for table in ("expel", "expel_from")
    )
    assert RemovalReading(code, "Peter", "Xyz") in readings(f"{verb} Peter {between}Xyz", code)


def test_each_language_ends_with_the_source_language() -> None:
    assert all(with_fallbacks(code)[-1] == "en" for code in ("en", "fr", "pt", "ar", "xx"))


def test_letters_tell_a_language() -> None:
    assert languages_of_letters("نفايات") == ("ar",)
    assert languages_of_letters("waste") == languages_of_letters("éco") == ()


# --- a language that is only begun -------------------------------------------------------------------------------


def test_a_folder_with_a_name_is_a_language_with_nothing_of_its_own(folder: Path) -> None:
    assert languages_in(folder)["eo"] == Language("eo", "Esperanto", fallback="fr", locale="eo")
    assert read_languages(folder)["eo"] == {}


def test_a_language_may_have_some_tables_and_some_keys_of_a_group(folder: Path) -> None:
    (folder / "eo" / "dates.yaml").write_text("today: [hodiaŭ]\nweekdays:\n  monday: [lundo]\n")
    assert read_languages(folder)["eo"] == {
        "dates/today": ["hodiaŭ"],
        "dates/weekdays": {"monday": ["lundo"]},
    }


def test_its_names_of_subjects_and_things_stand_in_one_file(folder: Path) -> None:
    (folder / "eo" / "thesaurus.yaml").write_text("waste:\n  general: [rubaĵo]\nthings:\n  bridge: [ponto]\n")
    subjects, things = read_thesaurus(folder)
    assert subjects["waste"][0]["eo"] == ["rubaĵo"]
    assert [topic["eo"] for topic in things if topic["en"][0] == "bridge"] == [["ponto"]]


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("dates.yaml", "tday: [hodiaŭ]\n", "tday: “tday” is not known here"),
        ("dates.yaml", "weekdays:\n  moonday: [lundo]\n", "weekdays.moonday: “moonday” is not known here"),
        ("editing.yaml", 'undo: ["malfari {xyz}"]\n', "in this pattern, “{xyz}” has no meaning here"),
        ("thesaurus.yaml", "waist:\n  general: [rubaĵo]\n", "waist: “waist” is not known here"),
        ("thesaurus.yaml", "waste:\n  dustbin: [rubujo]\n", "waste.dustbin: “dustbin” is not known here"),
    ],
)
def test_a_slip_in_it_is_told_with_its_line(folder: Path, file: str, text: str, told: str) -> None:
    (folder / "eo" / file).write_text(text)
    read = read_thesaurus if file == "thesaurus.yaml" else read_languages
    with pytest.raises(WordListError) as caught:
        read(folder)
    lines = [problem_line(problem, ENGLISH) for problem in caught.value.problems]
    assert any(line.startswith(f"languages/eo/{file}:") and told in line for line in lines), lines


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_table_has_words_whatever_a_language_lacks(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    english = shipped_tables()["en"]
    only_english: dict[str, Tables] = {each: english if each == "en" else {} for each in LANGUAGES}
    monkeypatch.setattr(word_tables, "_tables", lambda: only_english)
    for name, table in english.items():
        if isinstance(table, list):
            assert word_tables.phrases_in(code, name) == tuple(table)
        else:
            assert word_tables.groups_in(code, name) == table


def test_a_sentence_is_said_in_the_language_that_stands_in(tmp_path: Path) -> None:
    (tmp_path / "locale").mkdir()
    (tmp_path / "locale" / "en.po").write_text(
        'msgid "a"\nmsgstr "fallback"\n\nmsgid "b"\nmsgstr "fallback"\n'
    )
    (tmp_path / "locale" / "pt.po").write_text('msgid "a"\nmsgstr "own"\n')
    translate = translator("pt", [tmp_path])
    assert [translate(msg(said)) for said in ("a", "b", "c")] == ["own", "fallback", "c"]
