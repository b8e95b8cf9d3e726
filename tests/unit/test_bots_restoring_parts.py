"""A restoring takes sessions in by parts, and the command says now and then how far it is."""

from __future__ import annotations

import io

import pytest

from bots.encryption.key_backup.restoring import HowFar
from bots.encryption.key_backup.sessions import in_parts
from community.core.messages import translator
from palabre_cli.bot.recover import Steps
from palabre_cli.terminal import PACKAGES, Terminal


def test_each_session_is_in_one_part_and_taken_out_of_memory_with_it() -> None:
    sessions = {str(number): number for number in range(7)}
    seen = []
    for part in in_parts(sessions, 3):
        assert not part.keys() & sessions.keys()
        seen.append((len(part), len(sessions)))
    assert seen == [(3, 4), (3, 1), (1, 0)]
    assert list(in_parts({}, 3)) == []


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "3 of 40 rooms are done, 1200 keys of messages are restored so far."),
        ("fr", "3 salons sur 40 sont faits, 1200 clés de messages sont rendues jusqu'ici."),
    ],
)
def test_how_far_it_is_is_said_once_in_ten_seconds(language: str, said: str) -> None:
    seconds, out = iter((100, 101, 109, 110, 115, 119)), io.StringIO()
    steps = Steps(Terminal(out, out, translator(language, PACKAGES)), lambda: next(seconds))
    for sessions in (500, 1000, 1200, 1300, 1500):
        steps.show(HowFar(3, 40, sessions))
    assert out.getvalue() == said + "\n"
