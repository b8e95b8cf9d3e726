"""What is kept beside the compiled modules is what would be made now, or it is made anew."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from community.core.compiled import compiled

VALUE = {("waste", "collection"): [1, 2], ("نفايات",): [3]}


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    (tmp_path / "__pycache__").mkdir()
    path = tmp_path / "words.py"
    path.write_text("WASTE = 1")
    return path


class Maker:
    """Makes the value, and counts how often."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self) -> dict[tuple[str, ...], list[int]]:
        self.made += 1
        return VALUE


def test_it_is_made_once_for_one_state_of_its_sources(source: Path) -> None:
    make = Maker()
    assert [compiled("x", [source], "1", make) for _ in range(3)] == [VALUE] * 3
    assert make.made == 1
    source.write_text("WASTE = 2")
    assert compiled("x", [source], "1", make) == VALUE
    assert compiled("x", [source], "another version of what it is made with", make) == VALUE
    assert make.made == 3


@pytest.mark.parametrize("damage", [b"", b"x" * 10, b"x" * 100])
def test_a_damaged_file_is_replaced(source: Path, damage: bytes) -> None:
    make = Maker()
    compiled("x", [source], "1", make)
    (kept,) = (source.parent / "__pycache__").iterdir()
    whole = kept.read_bytes()
    for content in (damage, whole[:-1], whole[:-1] + bytes([whole[-1] ^ 1])):
        kept.write_bytes(content)
        assert compiled("x", [source], "1", make) == VALUE
    assert make.made == 4
    assert kept.read_bytes() == whole


def test_where_nothing_can_be_written_or_ought_to_be_it_is_made_each_time(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = Maker()
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert [compiled("x", [source], "1", make) for _ in range(2)] == [VALUE] * 2
    assert list((source.parent / "__pycache__").iterdir()) == []
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    (source.parent / "__pycache__").rmdir()
    assert [compiled("x", [source], "1", make) for _ in range(2)] == [VALUE] * 2
    assert make.made == 4
