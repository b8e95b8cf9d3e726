"""`palabre ask`: the bot's answers on the command line, for people and for programs."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from community.description.data_folder import DataFolder
from community.directory.entry import EntryChange
from community.storage import Store
from tests.lib.descriptions import read
from tests.lib.in_process import palabre
from tests.lib.news_story import happen, story

ROOT = Path(__file__).parent.parent.parent
CONFIG = ROOT / "config"
DESCRIPTION = read(CONFIG)
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
WASTE = "Who is the contact for waste in Kigali?"


def answers(*arguments: object, cwd: Path, given: bytes = b"") -> list[dict[str, Any]]:
    done = palabre("ask", *arguments, "--json", cwd=cwd, given=given)
    assert (done.code, done.err) == (0, "")
    return [json.loads(line) for line in done.out.splitlines()]


@pytest.fixture
def files(tmp_path: Path) -> str:
    """The example's files, of which Claudine's telephone is for coordinators alone."""
    folder = tmp_path / "config"
    shutil.copytree(CONFIG, folder)
    path = folder / "directory.yaml"
    path.write_text(path.read_text().replace("visible:\n", "visible:\n  hours: [coordinator]\n", 1))
    return str(folder)


@pytest.fixture
async def data(tmp_path: Path) -> Path:
    """A store in which Claudine is called otherwise than in the files."""
    folder = tmp_path / "data"
    folder.mkdir()
    async with await Store.open(DataFolder(folder).store_url) as store:
        await store.entries.seed(DESCRIPTION, at=NOW)
        there = await store.entries.entry("contact", "kigali-waste")
        assert there is not None
        other = type(there).model_validate({**there.model_dump(), "name": {"und": "Clara Uwase"}})
        await store.entries.change(
            [EntryChange("contact", "kigali-waste", there, other)], actor="@a:x", at=NOW
        )
    return folder


def test_entries_and_text_come_from_one_search(tmp_path: Path) -> None:
    (answer,) = answers(WASTE, "--config", CONFIG, cwd=tmp_path)
    assert set(answer) == {"certain", "language", "entries", "more", "text", "html", "source"}
    assert (answer["certain"], answer["language"], answer["source"]) == (True, "en", "files")
    first = {"kind": "contact", "key": "kigali-waste", "name": "Claudine Uwase", "confirmed": "2026-11-02"}
    assert answer["entries"][0] == first
    assert answer["text"].startswith("Claudine Uwase · ")
    assert answer["html"].startswith("<p><strong><a href=")


def test_the_question_tells_the_language_else_the_option_does(tmp_path: Path) -> None:
    for question, language in (
        ("Qui contacter pour les déchets à Kigali ?", "fr"),
        ("Quem contactar sobre resíduos em Kigali?", "pt"),
        ("من المسؤول عن النفايات في كيغالي؟", "ar"),
    ):
        (answer,) = answers(question, "--config", CONFIG, "--lang", "en", cwd=tmp_path)
        assert answer["language"] == language
        assert answer["entries"][0]["key"] == "kigali-waste"
    (answer,) = answers("Kigali", "--config", CONFIG, "--lang", "pt", cwd=tmp_path)
    assert answer["language"] == "pt"


def test_no_answer_is_no_entry(tmp_path: Path) -> None:
    (answer,) = answers("Who repairs volcanoes on the moon?", "--config", CONFIG, cwd=tmp_path)
    assert answer["certain"] is False
    (answer,) = answers("help", "--config", CONFIG, cwd=tmp_path)
    assert (answer["certain"], answer["entries"], answer["more"]) == (False, [], 0)


def test_how_many_entries(tmp_path: Path) -> None:
    (few,) = answers("contacts for mobility", "--limit", "2", "--config", CONFIG, cwd=tmp_path)
    (many,) = answers("contacts for mobility", "--limit", "50", "--config", CONFIG, cwd=tmp_path)
    assert (len(few["entries"]), few["more"]) == (2, len(many["entries"]) - 2)
    assert many["more"] == 0
    assert many["entries"][:2] == few["entries"]


def test_asking_on(tmp_path: Path) -> None:
    asked = answers(WASTE, "--then", "and in Lagos?", "--then", "more", "--config", CONFIG, cwd=tmp_path)
    assert [answer["entries"][0]["key"] for answer in asked[:2]] == ["kigali-waste", "lagos-waste"]
    text = palabre("ask", WASTE, "--then", "and in Lagos?", "--config", CONFIG, cwd=tmp_path).out
    assert "\n\nNgozi Eze · " in text


def test_many_questions_at_once(tmp_path: Path) -> None:
    lines = f"{WASTE}\nand in Lagos?\n\n\xff\n".encode("latin-1")
    each = answers("--stdin", "--config", CONFIG, cwd=tmp_path, given=lines)
    assert [answer["question"] for answer in each] == [WASTE, "and in Lagos?", "\ufffd"]
    lagos = [entry["key"] for entry in each[1]["entries"]]
    assert "lagos-waste" not in lagos or not each[1]["certain"] or len(lagos) > 1
    talk = answers("--stdin", "--conversation", "--config", CONFIG, cwd=tmp_path, given=lines)
    assert talk[1]["entries"][0]["key"] == "lagos-waste"


def test_the_day_may_be_named(tmp_path: Path) -> None:
    question = "resources since last month"
    seen = {}
    for today, since in (("2026-11-23", date(2026, 10, 1)), ("2025-12-10", date(2025, 11, 1))):
        (answer,) = answers(question, "--today", today, "--limit", "100", "--config", CONFIG, cwd=tmp_path)
        seen[today] = {entry["key"] for entry in answer["entries"]}
        dated = {r.key: max(r.date, r.confirmed or r.date) for r in DESCRIPTION.directory.resources}
        assert answer["certain"] is True
        assert all(dated[key] >= since for key in seen[today])
    assert seen["2026-11-23"] < seen["2025-12-10"]
    done = palabre("ask", question, "--today", "1066-10-14", "--config", CONFIG, cwd=tmp_path)
    assert (done.code, done.err) == (1, "1066-10-14 is too far away.\n")


def test_as_whom(tmp_path: Path, files: str) -> None:
    hours = "Monday to Friday, 8:00 to 17:00"
    (stranger,) = answers(WASTE, "--config", files, cwd=tmp_path)
    (coordinator,) = answers(WASTE, "--config", files, "--role", "coordinator", cwd=tmp_path)
    assert hours not in stranger["text"]
    assert hours in coordinator["text"]
    done = palabre("ask", WASTE, "--config", files, "--role", "cordinator", cwd=tmp_path)
    assert done.err.startswith(
        "“cordinator” is not a key of the description (role): did you mean “coordinator”? Known keys: "
    )


def test_the_store_is_asked_where_there_is_one(tmp_path: Path, data: Path) -> None:
    (found,) = answers(WASTE, cwd=tmp_path)
    assert (found["source"], found["entries"][0]["name"]) == ("store", "Clara Uwase")
    (found,) = answers(WASTE, "--config", CONFIG, cwd=tmp_path)
    assert (found["source"], found["entries"][0]["name"]) == ("files", "Claudine Uwase")
    (found,) = answers(WASTE, "--config", CONFIG, "--data", data, cwd=tmp_path)
    assert found["source"] == "store"
    (found,) = answers(WASTE, cwd=data)
    assert found["source"] == "files"


def test_a_data_folder_without_a_store_is_said(tmp_path: Path) -> None:
    done = palabre("ask", WASTE, "--data", str(tmp_path), cwd=tmp_path)
    assert done.code == 1
    assert done.err.startswith(f"There is no store in {tmp_path} yet")


@pytest.mark.parametrize("arguments", [(), (WASTE, "--stdin")])
def test_one_question_or_standard_input(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = palabre("ask", *arguments, cwd=tmp_path)
    assert done.code == 1
    assert done.err.startswith("There is no question.")


def test_the_calendar_is_asked_of_files_and_store(tmp_path: Path, data: Path) -> None:
    asked = ("when is the yearly assembly?", "--today", "2026-11-30")
    for where in (("--config", CONFIG), ("--data", data)):
        (answer,) = answers(*asked, *where, cwd=tmp_path)
        assert [(entry["kind"], entry["key"], entry["confirmed"]) for entry in answer["entries"]] == [
            ("event", "yearly-assembly", None)
        ]
        assert answer["certain"]


def test_as_a_member_what_concerns_them_comes_first(tmp_path: Path) -> None:
    asked = ("what's next?", "--config", CONFIG, "--today", "2026-11-30")
    keys = {
        name: [entry["key"] for entry in answers(*asked, *who, cwd=tmp_path)[0]["entries"]]
        for name, who in {
            "stranger": (),
            "lead": ("--as", "awa.diallo"),
            "role": ("--role", "member"),
        }.items()
    }
    assert keys["lead"][:3] == ["contact-update", "welcome-second", "leads-meeting"]
    assert "leads-meeting" not in keys["stranger"] + keys["role"]


@pytest.fixture
async def some_days_later(data: Path) -> None:
    """Have some days pass in which dates and entries change."""
    async with await Store.open(DataFolder(data).store_url) as store:
        await happen(store, *story())


@pytest.mark.usefixtures("some_days_later")
def test_as_a_member_of_a_store_what_is_new_for_them_is_told(tmp_path: Path, data: Path) -> None:
    done = palabre(
        *("ask", "what did I miss?", "--then", "only the deadlines", "--then", "what's next?"),
        *("--data", data, "--as", "awa.diallo", "--today", "2026-11-27"),
        cwd=tmp_path,
    )
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(
        "I do not know when you last wrote. The last two weeks, since Friday, 13 November 2026:"
    )
    assert "Cancelled: City leads' monthly meeting" in done.out
    assert done.out.count("The city's yearly report, from") == 2
    (answer,) = answers(
        "what did I miss?", "--data", data, "--as", "awa.diallo", "--today", "2026-11-27", cwd=tmp_path
    )
    assert {"kind": "event", "key": "evening", "name": "Evening of songs", "confirmed": None} in answer[
        "entries"
    ]
    # A stranger is told what a question for the newest gets from the directory.
    assert "since Friday" not in palabre("ask", "what did I miss?", "--data", data, cwd=tmp_path).out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--as", "nobody.there"), "nobody.there"),
        (("--as", "awa.diallo", "--role", "member"), "--as and --role say both as whom to answer."),
    ],
)
def test_somebody_who_cannot_be_answered_is_refused(
    tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    done = palabre("ask", "what's next?", "--config", CONFIG, *options, cwd=tmp_path)
    assert done.code != 0
    assert said in done.err
