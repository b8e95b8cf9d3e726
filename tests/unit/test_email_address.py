"""One reading of e-mail addresses, in files, tables and the chat."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import community
from bots.features.edit import text_reader
from community.core.messages import Message, translator
from community.description.directory_model import Contact
from community.description.email_address import email_address
from community.description.load import load_description
from tests.lib.reading import ENGLISH, SMALL, chat_values, check_lines, import_lines, rewritten

FRENCH = translator("fr", [Path(community.__file__).parent])
READ = [
    ("awa@x.org", "awa@x.org"),
    ("awa@x.org.", "awa@x.org"),
    ("awa@x.org;", "awa@x.org"),
    ("mailto:awa@x.org", "awa@x.org"),
    ("MAILTO:awa@x.org?subject=Hello", "awa@x.org"),
    ("(awa@x.org)", "awa@x.org"),
    ("<awa@x.org>,", "awa@x.org"),
    ("« awa@x.org »", "awa@x.org"),
    ("\u200bawa@x.org\u00a0", "awa@x.org"),
    ("o'brien+waste@x-y.co.ke", "o'brien+waste@x-y.co.ke"),
    ("é@bénin.org", "é@bénin.org"),
]
EXPECTED = "expected such as “waste@city.example.org”"
REFUSED = [
    ("awa@bamako,example.org", "its character 11 is “,”"),
    ("awa diallo@x.org", "its character 4 is “ ”"),
    ("a@x.org; b@x.org", "its character 8 is “;”"),
    ("a@b@c.org", "its character 4 is “@”"),
    ("(awa@x,y.org)", "its character 7 is “,”"),
    ("awa\u00a0.diallo@x.org", "its character 4 is a special blank (U+00A0)"),
    ("awa＠x.org", "its character 4 is “＠” (U+FF20)"),
    ("Awa Diallo <awa@x.org>", "its character 4 is “ ”"),
    ("awa(at)x.org", EXPECTED),
    ("a@b..org", EXPECTED),
    (".@-.x", EXPECTED),
    (".a@b.org", EXPECTED),
    ("a.@b.org", EXPECTED),
    ("a@-b.org", EXPECTED),
    ("a@b.o", EXPECTED),
    ("a@192.168.0.1", EXPECTED),
    ("a@localhost", EXPECTED),
    ("claudine.uwase", EXPECTED),
    (f"{'a' * 65}@x.org", EXPECTED),
]


def in_file(folder: Path, text: str) -> Path:
    return rewritten(folder, "directory.yaml", "email: claudine.uwase@kigali.example.org", f'email: "{text}"')


def table(text: str) -> list[tuple[str, bytes]]:
    return [("contacts.csv", f'key;name;function;email;confirmed\nx;N;F;"{text}";2026-11-01\n'.encode())]


@pytest.mark.parametrize(("text", "kept"), READ)
def test_an_address_is_kept_in_one_form_by_files_tables_and_the_chat(
    tmp_path: Path, text: str, kept: str
) -> None:
    assert email_address(text) == kept
    assert load_description(in_file(tmp_path, text)).directory.contacts[0].email == kept
    assert import_lines(load_description(SMALL), table(text)) == []
    assert chat_values(load_description(SMALL)).fields("contact", "email", text) == {"email": kept}
    assert text_reader.reach(f"you can write to {text}")["email"] == kept


@pytest.mark.parametrize(("text", "why"), REFUSED)
def test_what_is_refused_is_refused_by_files_tables_and_the_chat_alike(
    tmp_path: Path, text: str, why: str
) -> None:
    said = f"“{text}” is not an e-mail address: {why}"
    found = email_address(text)
    assert isinstance(found, Message)
    assert ENGLISH(found) == said
    assert "n'est pas une adresse e-mail" in FRENCH(found)
    assert [line.partition(".email: ")[2] for line in check_lines(in_file(tmp_path, text))] == [said]
    assert [
        line.partition(": email: ")[2] for line in import_lines(load_description(SMALL), table(text))
    ] == [said]
    chat = chat_values(load_description(SMALL)).refusal("contact", {"email": text})
    assert chat is not None
    assert ENGLISH(chat) == said


def test_the_place_of_a_character_counts_what_nobody_sees_too() -> None:
    found = email_address("\u200bmailto:a,\u200bb@x.org")
    assert isinstance(found, Message)
    assert "its character 10 is “,”" in ENGLISH(found)


@pytest.mark.parametrize("text", ["a@b..org", "awa@bamako,example.org", "a@-b.org"])
def test_an_address_that_a_store_has_had_is_still_read(text: str) -> None:
    assert Contact(key="x", name={"und": "N"}, function={"und": "F"}, email=text).email == text


@given(st.text(alphabet="ab.-_@,;:()<> '\"\u200b+é1", max_size=16) | st.text(max_size=20))
def test_an_address_is_read_once_and_for_all_or_refused(text: str) -> None:
    kept = email_address(text)
    if isinstance(kept, str):
        assert email_address(kept) == kept
    else:
        assert FRENCH(kept)
