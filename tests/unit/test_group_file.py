"""A messenger's exported group becomes a table of names: no numbers, nothing that was said."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.core.errors import Problem
from palabre_cli.invite.group_file import GroupNames, read_group

IOS = (
    "[12/03/2026, 14:05:33] Ville & co: \u200eMessages and calls are end-to-end encrypted.\n"
    "[12/03/2026, 14:05:40] Awa Diallo: Bonjour : à demain\n"
    "suite du message\n"
    "[12/03/2026, 14:06:00] \u202a+223 70 11 22 33\u202c: je suis là\n"
    "\u200e[13/03/2026, 09:00:01] ~ Salif T: \u200eimage omitted\n"
    "[13/03/2026, 09:00:02] ~ Salif T: voilà\n"
    "[3/14/26, 9:00:02\u202fPM] AWA DIALLO: encore\n"
)
ANDROID = (
    "12/03/2026, 14:05 - Messages and calls are end-to-end encrypted. No one outside of this chat can read them.\n"
    '12/03/2026, 14:05 - Awa created group "Déchets: le plan"\n'
    "12/03/2026, 14:07 - Moussa: ok\n"
    "12.03.26, 14:08 - \u202a+227 90 00 00 01\u202c: moi aussi\n"
    "12.03.26, 14:09 - +227 90 00 00 01: encore\n"
    "2026-03-12 9:05 p.m. - Fatou Ndiaye: merci: beaucoup\n"
)
ARABIC = "[12/03/2026, 14:05:33] سلمى بن علي: مرحبا\n"
CARDS = (
    "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=4B;\r\nFN;CHARSET=UTF-8;"
    "ENCODING=QUOTED-PRINTABLE:=4B=C3=A9=69=\r\n=74=61\r\nTEL;CELL:+22370112233\r\nEND:VCARD\r\n"
    "BEGIN:VCARD\r\nVERSION:3.0\r\nitem1.FN:Awa\\, la maire de\r\n  Bamako\r\nTEL:+223 70\r\nEND:VCARD\r\n"
    "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:+223 70 11 22 33\r\nEND:VCARD\r\n"
)
TELEGRAM = json.dumps(
    {
        "name": "Waste",
        "type": "private_supergroup",
        "messages": [
            {"type": "message", "from": "Awa", "from_id": "user1", "text": "hello"},
            {"type": "message", "from": "News", "from_id": "channel2", "text": "x"},
            {"type": "message", "from": None, "from_id": "user3", "text": "gone"},
            {"type": "service", "actor": "Salif", "action": "join_group_by_link"},
        ],
    }
)


@pytest.mark.parametrize(
    ("text", "names", "numbers", "is_chat"),
    [
        (IOS, ("Awa Diallo", "Salif T"), 1, True),
        (ANDROID, ("Moussa", "Fatou Ndiaye"), 1, True),
        (ARABIC, ("سلمى بن علي",), 0, True),
        (CARDS, ("Kéita", "Awa, la maire de Bamako"), 1, False),
        (TELEGRAM, ("Awa",), 0, True),
    ],
    ids=["ios", "android", "arabic", "vcard", "telegram"],
)
def test_names_are_read_each_once_and_numbers_counted(
    text: str, names: tuple[str, ...], numbers: int, is_chat: bool
) -> None:
    for data in (text.encode(), text.encode("utf-8-sig")):
        assert read_group(data, "f") == GroupNames(names, numbers, is_chat)


@pytest.mark.parametrize(
    "text", ["", "{}", "{", "[1]", "name,phone\nAwa,+223", "hello: you", '{"messages": 3}']
)
def test_what_is_no_export_is_said(text: str) -> None:
    found = read_group(text.encode(), "f")
    assert isinstance(found, Problem)
    assert "nobody is found" in found.what.msgid


def test_what_is_not_utf_8_is_said() -> None:
    assert isinstance(read_group("[12/03/2026, 14:05:33] Inès: x".encode("latin-1"), "f"), Problem)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_no_number_and_no_hidden_character_is_ever_a_name(text: str) -> None:
    found = read_group(f"[12/03/2026, 14:05:33] {text}: x\n{text}".encode(), "f")
    for name in found.names if isinstance(found, GroupNames) else ():
        assert name == name.strip()
        assert "\n" not in name
        assert not any("\u202a" <= char <= "\u202e" for char in name)
        assert not name.replace(" ", "").lstrip("+").isdecimal() or len(name) < 6
