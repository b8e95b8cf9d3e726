"""Each benchmark has a quick form and ends with one line of JSON."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from community.core.language_folders import CHAT_LANGUAGES, LANGUAGES

ROOT = Path(__file__).parent.parent.parent


def test_the_benchmark_of_loading_ends_with_one_line_of_json() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "loading.py"), "--quick"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    (line,) = done.stdout.splitlines()
    report = json.loads(line)
    assert report["benchmark"] == "loading"
    assert all(result["ratio_floor"] > 0 for result in report["results"])
    assert "round 1 of 2" in done.stderr


def test_complete_languages_lack_nothing_that_the_benchmark_of_languages_counts() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "languages.py")],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    (line,) = done.stdout.splitlines()
    counted = {result.pop("language"): result for result in json.loads(line)["results"]}
    assert set(counted) == set(LANGUAGES)
    lacks = {code: sum(count["lacks"] for count in counted[code].values()) for code in counted}
    assert [lacks[code] for code in CHAT_LANGUAGES] == [0, 0, 0, 0]
    assert len(done.stderr.splitlines()) == sum(lacks.values())


def test_the_benchmark_of_questions_lists_what_is_missed_and_ends_with_one_line_of_json() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "questions.py"), "--quick"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    (line,) = done.stdout.splitlines()
    report = json.loads(line)
    assert {result["language"] for result in report["results"]} == set(LANGUAGES)
    missed = sum(result["wrong_asserted"] + result["missed"] for result in report["results"])
    assert sum("; expected " in said for said in done.stderr.splitlines()) == missed


def test_a_question_and_each_step_of_an_edit_pass_at_most_fifteen_files_to_their_feature() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "walk.py"), "--quick"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    (line,) = done.stdout.splitlines()
    walks = {result["walk"]: result["files_to_feature"] for result in json.loads(line)["results"]}
    assert set(walks) == {"question", "edit, its command", "edit, its reaction"}
    assert {name: files for name, files in walks.items() if files > 15} == {}, done.stderr
    question = done.stderr.partition("edit, its command")[0]
    # Of the features that a plain question is not for, one file is entered: the grammar of commands.
    assert re.findall(r"bots/features/\S+", question) == ["bots/features/edit/command_parser.py"]


@pytest.mark.soak
def test_the_benchmark_of_starting_measures_each_command_beside_its_floor() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "startup.py"), "--quick"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    (line,) = done.stdout.splitlines()
    report = json.loads(line)
    assert [result["command"] for result in report["results"]] == ["--help", "check", "ask"]
    assert all(result["floor"] > 0 and result["ratio_floor"] > 0 for result in report["results"])
    assert "check: round 1 of 1" in done.stderr


@pytest.mark.soak
def test_the_benchmark_of_the_calendar_measures_beside_an_indexed_query_and_bare_messages() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "calendar.py"), "--quick"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    (line,) = done.stdout.splitlines()
    results = {result["what"]: result for result in json.loads(line)["results"]}
    assert set(results) == {"next", "taken", "building", "look", "posts"}
    assert (results["posts"]["posts"], set(results["posts"]["seconds"])) == (12, {"bot", "bare", "nio"})
    assert all(result["ratio_floor"] > 0 for what, result in results.items() if what != "building")
    assert "round 2 of 2" in done.stderr


@pytest.mark.soak
def test_the_benchmark_of_restarting_starts_the_whole_bot_beside_nio_and_one_bare_request() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "restart.py"), "--quick"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    (line,) = done.stdout.splitlines()
    (result,) = json.loads(line)["sizes"]
    assert (result["rooms"], result["members"]) == (40, 3)
    assert {"seconds", "answer", "processor", "MB"} <= result["bot"].keys()
    # Each contender has used some of everything that is counted.
    counted = [result[name].values() for name in ("bot", "client", "nio", "bare")]
    assert all(value > 0 for values in (*counted, result["ratios"].values()) for value in values)
    assert "round 1 of 1" in done.stderr


def test_a_script_beside_the_benchmark_of_the_calendar_gets_pythons_own_calendar() -> None:
    program = "import calendar, sys; sys.stdout.write(calendar.__file__ + calendar.day_name[0])"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT / "benchmarks",
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.endswith("/calendar.pyMonday")
    assert "benchmarks" not in done.stdout
