"""One reading of telephone numbers, in files, tables and the chat."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.features.edit import text_reader
from community.core.messages import Message, translator
from community.description.telephone import telephone
from community.exchange.table_reader import read_table

ROOT = Path(__file__).parent.parent.parent
ENGLISH, FRENCH = (translator(language, [ROOT / "community"]) for language in ("en", "fr"))
INSIDE = st.sampled_from(
    [
        "250788123456",
        "223202200001",
        "33123456789",
        "4930123456",
        "390612345678",
        "442079460958",
        "12025550100",
    ]
)
UNSEEN = st.sampled_from(["\u200b", "\u200e", "\u202a", "\u202c", "\u00ad", "\ufeff", "\u2060"])
BETWEEN = st.sampled_from([" ", "-", ".", "\u00a0", "\u202f", "\u2011", "\u2013", "/", "  ", ""])
DIGITS = st.sampled_from(["0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "０１２３４５６７８９"])


def said(text: str) -> str:
    """Return the sentence by which a number is refused."""
    found = telephone(text)
    assert isinstance(found, Message)
    return ENGLISH(found)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("+250 (0) 700 000 009", "+250 700 000 009"),
        ("+250 0 700 000 009", "+250 700 000 009"),
        ("+250 0788 123 456", "+250 788 123 456"),
        ("+33 (0)1 23 45 67 89", "+33 1 23 45 67 89"),
        ("+223 (0) 20 22 00 01", "+223 20 22 00 01"),
        ("+39 (0)6 1234 5678", "+39 06 1234 5678"),  # in Italy the zero is dialled from abroad too
        ("+250-788-123-456", "+250 788 123 456"),
        ("+250.788.123.456", "+250 788 123 456"),
        ("+250\u00a0788\u00a0123\u00a0456", "+250 788 123 456"),
        ("\u202a+250 788 123 456\u202c", "+250 788 123 456"),
        ("+250 788\u200b 123 456", "+250 788 123 456"),
        ("+٢٥٠ ٧٨٨ ١٢٣ ٤٥٦", "+250 788 123 456"),
        ("+۲۵۰ ۷۸۸ ۱۲۳ ۴۵۶", "+250 788 123 456"),
        ("＋250 788 123 456", "+250 788 123 456"),
        ("+250788123456", "+250 788 123 456"),
        ("(+250) 788 123 456", "+250 788 123 456"),
        ("+1 202-555-0100", "+1 202 555 0100"),
        ("+223 00 00 00 01", "+223 00 00 00 01"),  # invented, as in the example: nothing is taken from it
        ("+250 000 000 005", "+250 000 000 005"),
        ("+999 12 34 56", "+999 12 34 56"),
    ],
)
def test_a_number_is_kept_in_one_form(text: str, kept: str) -> None:
    assert telephone(text) == kept


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("0788 123 456", "“0788 123 456” is not a telephone number: expected + and the country's code first"),
        ("00250 788 123 456", "begins with 00: write + in its place"),
        ("+250 788 O23 456", "its character 10 is “O”"),
        ("+250 788 123 456 ext 4", "its character 18 is “e”"),
        ("+250 788 123 456, +250 788 123 457", "its character 17 is “,”"),
        ("+250 788 123 456 +250 788 123 457", "its character 18 is “+”"),
        ("+250 788 123 45б", "its character 16 is “б” (U+0431)"),
        ("+223 11 22 33 44 / 55 66 77 88", "has 19 digits, and a telephone number has 15 at most"),
        ("+250 788 123 45²", "its character 16 is “²”"),
        ("+25² 788 123 456", "its character 4 is “²”"),
        ("+250①788123456", "its character 5 is “①”"),
        ("+12", "has too few digits"),
        ("call me", "expected + and the country's code first"),
    ],
)
def test_a_refusal_says_what_is_wrong_and_how_to_write_it(text: str, why: str) -> None:
    assert why in said(text)


@given(INSIDE, DIGITS, st.data())
def test_whatever_stands_between_the_digits_a_number_is_the_same_one(
    inside: str, digits: str, data: st.DataObject
) -> None:
    written = "+"
    for digit in inside:
        written += digits[int(digit)] + data.draw(BETWEEN) + data.draw(UNSEEN | st.just(""))
    kept = telephone(written)
    assert isinstance(kept, str)
    assert kept.replace(" ", "") == f"+{inside}"
    assert telephone(kept) == kept


@given(st.text(alphabet="+0123456789 ()-./\u00a0\u200b٣۴", max_size=30) | st.text(max_size=20))
def test_a_number_is_read_once_and_for_all_or_refused(text: str) -> None:
    kept = telephone(text)
    if isinstance(kept, str):
        assert telephone(kept) == kept
        assert kept.isascii()
    else:
        assert FRENCH(kept)


@pytest.mark.parametrize(
    "text",
    ["+250 (0) 700 000 009", "+250-700-000-009", "+250\u00a0700\u202f000\u2011009", "+٢٥٠ ٧٠٠ ٠٠٠ ٠٠٩"],
)
def test_the_chat_and_a_table_read_a_number_alike(text: str) -> None:
    assert text_reader.phone(text) == "+250 700 000 009"
    assert text_reader.reach(f"you can call {text} in the morning") == {"phone": "+250 700 000 009"}
    table = f"key;name;function;phone;confirmed\nx;N;F;{text};2026-11-01\n"
    (row,) = read_table(table.encode(), "contacts.csv", {}).parsed.value["contacts"]
    assert telephone(row["phone"]) == "+250 700 000 009"
