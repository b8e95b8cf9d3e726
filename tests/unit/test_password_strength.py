"""Which passwords are too weak, and why; and that looking costs little, whatever is sent."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zxcvbn import matching

import community
from community.core.language_folders import CHAT_LANGUAGES
from community.core.messages import translator
from community.joining.account_request import LONGEST_PASSWORD, PasswordFault, password_fault_text
from provisioning import password_strength
from provisioning.password_strength import fault_of_password, password_fault

NAMES = ("salif", "traore", "saliftraore", "niamey", "palabre")


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short é1!", PasswordFault.SHORT),
        ("Traoré123!", PasswordFault.NAMES),
        ("salif.traore2026", PasswordFault.NAMES),
        ("NIAMEY-palabre", PasswordFault.NAMES),
        ("azertyuiop", PasswordFault.COMMON),
        ("motdepasse1", PasswordFault.COMMON),
        ("password1234", PasswordFault.COMMON),
        ("12/05/1990 12", PasswordFault.PATTERN),
        ("aaaaaaaaaaaaaaaaaaaaaaaa", PasswordFault.PATTERN),
        ("abc\tdefghijk", PasswordFault.UNTYPABLE),
        ("abcdefgh\u2028ijklmno", PasswordFault.UNTYPABLE),
        ("manioc tambour lune", None),
        ("xK9#pL2m!q", None),
        ("مانغو طبل قمر", None),
        ("salif aime la pluie du soir", None),
        ("👨‍👩‍👧 mangue tambour", None),
    ],
)
def test_what_is_weak_and_why(password: str, why: PasswordFault | None) -> None:
    assert password_fault(password, NAMES) is why


async def test_names_of_one_are_not_used_for_another() -> None:
    faults = await asyncio.gather(
        *(fault_of_password("xeno kobold", (name,)) for name in ("xenokobold", "kobold", "salif") * 5)
    )
    assert faults == [None, PasswordFault.NAMES, None] * 5
    assert matching.RANKED_DICTIONARIES["user_inputs"] == {}


@given(st.text(max_size=LONGEST_PASSWORD))
def test_whatever_is_sent_is_judged(password: str) -> None:
    assert password_fault(password, NAMES) in (None, *PasswordFault)


def test_no_more_is_looked_at_than_is_quickly_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worst 24 characters take a quarter of a second, the worst 63 seven."""
    looked_at: list[str] = []

    def judged(password: str, *, user_inputs: list[str]) -> dict[str, object]:
        looked_at.append(password)
        return {"score": 4, "guesses": 10**10, "sequence": []}

    monkeypatch.setattr(password_strength, "zxcvbn", judged)
    worst = "4@8({[<36911|!0$57+%2" * 9
    assert password_fault(worst[:LONGEST_PASSWORD], NAMES) is None
    assert max(map(len, looked_at)) == 24


def test_each_reason_is_said_in_each_language() -> None:
    root = Path(community.__file__).parent
    said = {
        translator(language, [root])(password_fault_text(fault))
        for fault in PasswordFault
        for language in CHAT_LANGUAGES
    }
    assert len(said) == len(PasswordFault) * len(CHAT_LANGUAGES)
