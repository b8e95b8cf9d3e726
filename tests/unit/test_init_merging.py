"""`palabre init` run again with other languages, where somebody has taken entries out of the description, or lines."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from itertools import chain, combinations
from pathlib import Path

import pytest

from community.description.load import check, load_community
from palabre_cli.installation.merging import ToWriteByHand, merged
from palabre_cli.installation.written import files_of
from palabre_cli.options import shipped
from palabre_cli.terminal import PACKAGES
from tests.lib.init_answers import ANSWERS, FILLED_IN, filled_in
from tests.unit.test_init_command import GIVEN, init

ENTRIES = ("coordinator", "city-lead", "member", "lobby", "announcements", "coordination", "exchange")
"""The roles and the rooms of a new description."""
COMMUNITY = Path("network/config/community.yaml")


def written(*languages: str) -> str:
    answers = replace(ANSWERS, languages=languages)
    return files_of(answers, Path("/srv/network"), shipped("deploy"), PACKAGES)["config/community.yaml"]


def without(text: str, keys: Collection[str]) -> str:
    """Return a description without these entries: from the line with the key to the next that is indented no more."""
    kept, is_gone = [], False
    for line in text.split("\n"):
        if is_gone and not line.startswith("    "):
            is_gone = False
        if line in {f"  - key: {key}" for key in keys}:
            is_gone = True
        if not is_gone:
            kept.append(line)
    return "\n".join(kept)


def subsets() -> list[tuple[str, ...]]:
    sizes = (combinations(ENTRIES, size) for size in range(len(ENTRIES) + 1))
    return list(chain.from_iterable(sizes))


def test_whatever_is_taken_out_stays_out_and_all_else_gets_the_new_language() -> None:
    last, wanted = written("fr", "en"), written("fr", "en", "ar")
    assert len(subsets()) == 128
    for keys in subsets():
        there = merged(last, without(last, keys), wanted)
        assert there == without(wanted, keys), keys
        # And back.
        assert merged(wanted, there, last) == without(last, keys), keys


@pytest.mark.parametrize("mine", ["# gone", "  - key: neighbours\n    name: Voisins", "  # - key: city-lead"])
def test_what_stands_in_its_place_stays(mine: str) -> None:
    last, wanted = written("fr", "en"), written("fr", "en", "ar")
    there = without(last, ["city-lead"]).replace("  - key: member\n", f"{mine}\n  - key: member\n")
    expected = without(wanted, ["city-lead"]).replace("  - key: member\n", f"{mine}\n  - key: member\n")
    assert merged(last, there, wanted) == expected


def test_a_line_of_an_entry_that_was_taken_out_stays_out() -> None:
    last, wanted = written("fr", "en"), written("fr", "en", "ar")

    def quiet(text: str) -> str:
        head, topic, rest = text.partition("    topic: ")
        return head + rest.partition("\n")[2] if topic else text

    assert merged(last, quiet(last), wanted) == quiet(wanted)


def test_an_entry_that_is_there_with_words_of_ones_own_is_still_for_a_person_to_say() -> None:
    last, wanted = written("fr", "en"), written("fr", "en", "ar")
    mine = last.replace('name: {fr: "Accueil"', 'name: {fr: "Café"')
    assert mine != last
    found = merged(last, mine, wanted)
    assert isinstance(found, ToWriteByHand)
    assert len(found.lines) == 1


def test_the_command_goes_on_where_a_role_and_rooms_are_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert init(GIVEN).code == 0
    gone = ("city-lead", "announcements", "exchange")
    COMMUNITY.write_text(without(filled_in(COMMUNITY.read_text()), gone))
    assert check(COMMUNITY.parent) == ()
    for languages in ("[fr, en, ar]", "[pt]", "[fr]"):
        done = init(f"languages: {languages}")
        assert done.code == 0, done.err
        assert check(COMMUNITY.parent) == ()
        community = load_community(COMMUNITY.parent)
        assert [role.key for role in community.roles] == ["coordinator", "member"]
        assert [room.key for room in community.rooms] == ["lobby", "coordination"]
        assert FILLED_IN in COMMUNITY.read_text()
    assert community.languages == ("fr",)
