"""The archive of a backup: what is written is read back, and what anybody else may have made is refused."""

from __future__ import annotations

import io
import tarfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palabre_cli.backup.archive import ArchiveReader, ArchiveWriter
from palabre_cli.backup.encryption import BackupKey, decrypting, encrypting
from palabre_cli.backup.errors import ArchiveDamaged, DiskFull, WrongKey
from palabre_cli.backup.manifest import BackupHeader, is_newer, is_safe_name, read_header
from palabre_cli.backup.reading import extract, verify
from tests.lib.examples import some_of

HEADER = BackupHeader("2026-11-29T12:00:00+00:00", "0.1.0", "palabre.localhost", "0001", 2, True)
ARCHIVE = Path("a.tar.age")
LONG = "data/" + "x" * 150 + "/" + "y" * 150
Edit = Callable[[bytearray], None]


def written(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    writer = ArchiveWriter(out, io.BytesIO(), 0)
    writer.begin(HEADER)
    for name, content in files.items():
        writer.add_bytes(name, content)
    writer.end()
    return out.getvalue()


def read(content: bytes) -> dict[str, bytes]:
    reader = ArchiveReader(io.BytesIO(content), ARCHIVE)
    assert reader.header() == HEADER
    return {member.name: b"".join(member.chunks()) for member in reader.files()}


NAMES = st.lists(
    st.text(
        st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="/\\"), min_size=1, max_size=60
    ).filter(lambda part: part not in (".", "..") and len(part.encode()) < 240),
    min_size=1,
    max_size=4,
).map(lambda parts: "data/" + "/".join(parts))


@given(st.dictionaries(NAMES, st.binary(max_size=2000), max_size=6))
def test_what_is_written_is_read_back(files: dict[str, bytes]) -> None:
    assert read(written(files)) == files


def test_long_names_are_read_back_and_tar_reads_them_too() -> None:
    content = written({LONG: b"content"})
    assert read(content) == {LONG: b"content"}
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        assert tar.getnames() == ["backup.json", LONG, "MANIFEST.sha256"]


WHOLE = written({"data/a": b"first" * 200, LONG: b"second"})


@given(st.integers(0, len(WHOLE) - 1))
def test_an_archive_that_is_cut_off_is_refused(length: int) -> None:
    with pytest.raises(ArchiveDamaged):
        read(WHOLE[:length])


@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_no_changed_byte_changes_what_is_read(place: int, by: int) -> None:
    changed = bytearray(WHOLE)
    changed[place] ^= by
    try:
        found = read(bytes(changed))
    except (ArchiveDamaged, AssertionError):
        return
    # Owner, rights and padding in the heads decide nothing.
    assert found == read(WHOLE)


def member(name: str, content: bytes = b"", kind: bytes = tarfile.REGTYPE, size: int | None = None) -> bytes:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, "/etc/passwd"
    info.size = len(content) if size is None else size
    return info.tobuf(tarfile.GNU_FORMAT) + content + bytes(-len(content) % 512)


HOSTILE = {
    "above": member("data/../../outside", b"x"),
    "whole path": member("/etc/cron.d/x", b"x"),
    "backslash": member("data/..\\x", b"x"),
    "no folder of ours": member("elsewhere/x", b"x"),
    "empty part": member("data//x", b"x"),
    "line end in a name": member("data/a\nb", b"x"),
    "symbolic link": member("data/x", kind=tarfile.SYMTYPE),
    "hard link": member("data/x", kind=tarfile.LNKTYPE),
    "device": member("data/x", kind=tarfile.CHRTYPE),
    "folder": member("data/x", kind=tarfile.DIRTYPE),
    "pax header": member("data/x", b"27 path=../outside\n", kind=tarfile.XHDTYPE),
    "sparse": member("data/x", kind=tarfile.GNUTYPE_SPARSE, size=10**12),
    "huge size": member("data/x", b"short", size=10**15),
    "huge name": member("././@LongLink", b"x", kind=tarfile.GNUTYPE_LONGNAME, size=10**12),
    "twice": member("data/x", b"1") + member("data/x", b"2"),
    "file where a folder is": member("data/x/y", b"1") + member("data/x", b"2"),
    "folder where a file is": member("data/x", b"1") + member("data/x/y", b"2"),
}


def begun() -> bytes:
    out = io.BytesIO()
    ArchiveWriter(out, io.BytesIO(), 0).begin(HEADER)
    return out.getvalue()


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_archive_writes_nothing_outside_and_is_refused(content: bytes, tmp_path: Path) -> None:
    key = BackupKey.draw(tmp_path / "key")
    path, folder = tmp_path / "archive", tmp_path / "to" / "folder"
    folder.mkdir(parents=True)
    path.write_bytes(encrypted(begun() + content + bytes(1024), key))
    with path.open("rb") as source, pytest.raises(ArchiveDamaged):
        extract(path, source, key, folder)
    there = {found.relative_to(tmp_path).parts[0] for found in tmp_path.rglob("*")}
    assert there <= {"archive", "to"}
    assert list((tmp_path / "to").iterdir()) == [folder]
    assert not any(found.is_symlink() for found in folder.rglob("*"))


def encrypted(content: bytes, *keys: BackupKey) -> bytes:
    out = io.BytesIO()
    with encrypting(out, [key.recipient for key in keys]) as stream:
        stream.write(content)
    return out.getvalue()


def decrypted(content: bytes, key: BackupKey) -> bytes:
    with decrypting(ARCHIVE, io.BytesIO(content), key) as stream:
        return stream.read()


def test_each_of_the_keys_opens_it_and_no_other() -> None:
    first, second, other = (BackupKey.draw(Path(name)) for name in "abc")
    content = encrypted(WHOLE, first, second)
    assert decrypted(content, first) == decrypted(content, second) == WHOLE
    with pytest.raises(WrongKey):
        decrypted(content, other)


SEALER = BackupKey.draw(Path("key"))
SEALED = encrypted(WHOLE, SEALER)


@given(st.integers(0, len(SEALED) - 1), st.integers(0, 255))
def test_a_changed_or_cut_off_file_is_refused(place: int, by: int) -> None:
    changed = bytearray(SEALED)
    changed[place] ^= by
    damaged = bytes(changed) if by else SEALED[:place]
    with pytest.raises((ArchiveDamaged, WrongKey)):
        decrypted(damaged, SEALER)


@pytest.mark.parametrize("content", [b"", b"no archive\n" * 50, SEALED + b"more"])
def test_something_else_is_refused(content: bytes) -> None:
    with pytest.raises(ArchiveDamaged):
        decrypted(content, SEALER)


@pytest.mark.parametrize("more", [b"\0", bytes(5_000_000), b"more" * 1_000_000])
def test_what_comes_after_the_end_is_refused_and_not_waited_for(more: bytes, tmp_path: Path) -> None:
    content = encrypted(WHOLE + more, SEALER)
    path = tmp_path / "archive"
    path.write_bytes(content)
    with path.open("rb") as source, pytest.raises(ArchiveDamaged):
        verify(path, source, SEALER)
    # Nor where whoever reads stops early.
    with pytest.raises(ArchiveDamaged), decrypting(ARCHIVE, io.BytesIO(content), SEALER) as stream:
        stream.read(len(WHOLE))


def meet_a_full_disk() -> None:
    with decrypting(ARCHIVE, io.BytesIO(SEALED), SEALER) as stream:
        stream.read(10)
        raise DiskFull(Path("disk"))


def test_what_a_reader_meets_is_not_hidden_by_the_decryption() -> None:
    with pytest.raises(DiskFull):
        meet_a_full_disk()


class FullTarget(io.BytesIO):
    def write(self, _block: object) -> int:
        raise OSError(28, "No space left on device")


def fill_up() -> None:
    with encrypting(FullTarget(), [SEALER.recipient]) as stream:
        for _ in range(100):
            stream.write(bytes(100_000))


def test_where_the_target_is_full_its_own_error_is_raised() -> None:
    with pytest.raises(OSError, match="No space left"):
        fill_up()


def test_memory_does_not_grow_with_the_archive(tmp_path: Path) -> None:
    def peak(size: int) -> int:
        big, path = tmp_path / "big", tmp_path / "archive"
        with big.open("wb") as file:
            file.truncate(size)
        tracemalloc.start()
        tracemalloc.reset_peak()
        with (
            path.open("wb") as target,
            big.open("rb") as source,
            encrypting(target, [SEALER.recipient]) as out,
        ):
            writer = ArchiveWriter(out, io.BytesIO(), 0)
            writer.begin(HEADER)
            writer.add_file("data/big", source)
            writer.end()
        with path.open("rb") as source, decrypting(path, source, SEALER) as stream:
            reader = ArchiveReader(stream, path)
            reader.header()
            assert [member.size for member in reader.files()] == [size]
        return tracemalloc.get_traced_memory()[1]

    try:
        small, large = peak(some_of(8) << 20), peak(some_of(64) << 20)
    finally:
        tracemalloc.stop()
    assert large < 1.5 * small + 1_000_000


@pytest.mark.parametrize(
    ("change", "newer"),
    [
        ({}, False),
        ({"palabre": "0.1.1"}, True),
        ({"palabre": "0.0.9"}, False),
        ({"store_revision": "0002"}, False),
        ({"store_revision": "9999"}, True),
        ({"store_revision": None, "crypto_version": None}, False),
        ({"crypto_version": 3}, True),
        ({"format": 2}, True),
    ],
)
def test_what_a_newer_version_has_written_is_known(change: dict[str, object], newer: bool) -> None:
    told = BackupHeader(**{**{name: getattr(HEADER, name) for name in BackupHeader.__slots__}, **change})
    header = read_header(told.as_bytes())
    assert is_newer(header, version="0.1.0", store_revisions=("0002", "0001"), crypto_version=2) is newer


@given(st.text(max_size=50))
def test_a_safe_name_leads_below_one_of_our_folders(name: str) -> None:
    for whole in (name, f"data/{name}", f"network/{name}/x"):
        if is_safe_name(whole):
            assert Path("/a", whole).resolve().is_relative_to(Path("/a").resolve() / whole.split("/")[0])
