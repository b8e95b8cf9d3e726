"""What was left out of a backup is said by it for ever: no reading of it calls it whole, no restore proves it."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from palabre_cli.backup.archive import ArchiveReader, ArchiveWriter
from palabre_cli.backup.errors import ArchiveDamaged
from palabre_cli.backup.gaps import MOST_WRITTEN, Gap, GapReason, gap_lines, gap_sentences, read_gaps
from tests.lib.backups import SmallInstallation, small_installation
from tests.lib.commands import palabre
from tests.unit.test_backup_archive import HEADER

LEFT_OUT = (Gap(GapReason.NAME, r"'/srv/new\nline'"), Gap(GapReason.MEDIA, "/srv/media"))


def archive(gaps: tuple[Gap, ...], more: bytes = b"") -> bytes:
    out, listing = io.BytesIO(), io.BytesIO()
    writer = ArchiveWriter(out, listing, 0)
    writer.begin(HEADER)
    writer.add_bytes("data/a", b"content")
    listing.write(more)
    writer.end(gaps)
    return out.getvalue()


def gaps_of(content: bytes) -> tuple[Gap, ...]:
    reader = ArchiveReader(io.BytesIO(content), Path("a.tar.age"))
    reader.header()
    assert [(member.name, b"".join(member.chunks())) for member in reader.files()] == [("data/a", b"content")]
    return reader.gaps


@pytest.mark.parametrize("gaps", [(), LEFT_OUT[:1], LEFT_OUT])
def test_what_was_left_out_is_read_back(gaps: tuple[Gap, ...]) -> None:
    assert gaps_of(archive(gaps)) == gaps


@given(st.text(min_size=1))
def test_any_path_can_be_told(name: str) -> None:
    gap = Gap.of(GapReason.NAME, Path(f"/srv/{name}"))
    assert read_gaps(gap_lines([gap])) == (gap,)


def test_of_many_some_are_named_and_all_are_counted() -> None:
    gaps = tuple(Gap.of(GapReason.NAME, Path(f"/srv/{number}\\")) for number in range(MOST_WRITTEN + 200))
    read = gaps_of(archive(gaps))
    assert len(read) == MOST_WRITTEN + 1
    *named, last = map(str, gap_sentences(read))
    assert (len(named), last) == (10, "And 1190 more files like that.")


@pytest.mark.parametrize(
    "more",
    [
        b"# left out (name): a",
        b"# left out (nothing): a\n",
        b"# left out (more): many\n",
        b"# left out (name): \x1b[31m\n",
        b"# left out (name): \xff\n",
        b"\n",
        gap_lines(LEFT_OUT) * MOST_WRITTEN,
        b"0" * 64 + b"  data/b\n",
    ],
)
def test_what_is_none_of_ours_is_damage(more: bytes) -> None:
    with pytest.raises(ArchiveDamaged):
        gaps_of(archive((), more))


@pytest.fixture
async def place(tmp_path: Path) -> SmallInstallation:
    made = await small_installation(tmp_path / "place")
    (made.data.synapse / "media" / "odd\nname").write_bytes(b"a picture")
    return made


async def not_whole(place: SmallInstallation) -> Path:
    assert (await place.palabre("backup")).code == 3
    return place.archives()[-1]


@pytest.mark.parametrize(
    ("language", "verified", "restored"),
    [
        ("en", "is as it was written, but not all is in it", "and that is not all"),
        ("fr", "est telle qu'elle a été écrite, mais tout n'y est pas", "et ce n'est pas tout"),
    ],
)
async def test_neither_verify_nor_restore_calls_it_whole(
    place: SmallInstallation, tmp_path: Path, language: str, verified: str, restored: str
) -> None:
    path, key = await not_whole(place), place.key.path
    left_out = ascii(str(place.data.synapse / "media" / "odd\nname"))
    ran = await palabre("backup", "verify", path, "--identity", key, language=language)
    assert (ran.code, verified in ran.out, left_out in ran.err) == (3, True, True), ran
    assert "is whole" not in ran.out
    ran = await palabre("restore", path, "--identity", key, "--to", tmp_path / "new", language=language)
    assert (ran.code, restored in ran.out, left_out in ran.err) == (3, True, True), ran
    assert "every database is whole" not in ran.out
    # What it has is there all the same, and how to start it.
    assert (tmp_path / "new" / "data" / "palabre.db").is_file()
    assert "palabre up --config" in ran.out


async def test_sha256sum_passes_over_what_was_left_out(place: SmallInstallation, tmp_path: Path) -> None:
    path = await not_whole(place)
    secret = place.key.path.read_text().splitlines()[-1]
    plain = pyrage.decrypt(path.read_bytes(), [pyrage.x25519.Identity.from_str(secret)])
    (tmp_path / "out").mkdir()
    subprocess.run(["tar", "-x", "-C", tmp_path / "out"], input=plain, check=True)
    assert "# left out (name): " in (tmp_path / "out" / "MANIFEST.sha256").read_text()
    checked = subprocess.run(
        ["sha256sum", "--check", "--quiet", "--strict", "MANIFEST.sha256"],
        cwd=tmp_path / "out",
        check=False,
    )
    assert checked.returncode == 0


async def test_a_link_that_leads_nowhere_is_said_and_not_passed_over(place: SmallInstallation) -> None:
    (place.data.synapse / "media" / "odd\nname").unlink()
    assert (await place.palabre("backup")).code == 0
    link = place.data.identity / "elsewhere.json"
    link.symlink_to("/nowhere/elsewhere.json")
    for old in place.archives():
        old.unlink()
    ran = await place.palabre("backup")
    assert (ran.code, f"it is a link that leads nowhere: {link}." in ran.err) == (3, True), ran
    verified = await palabre("backup", "verify", place.archives()[-1], "--identity", place.key.path)
    assert (verified.code, f"a link that led nowhere: {link}" in verified.err) == (3, True), verified
