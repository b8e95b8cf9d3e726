"""One reading of telephone numbers, in files, tables and the chat."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.features.edit import text_reader
from community.core.messages import Message, translator
from community.description.load import load_description
from community.description.telephone import telephone
from community.exchange.table_reader import read_table
from tests.lib.reading import SMALL, chat_values, check_lines, import_lines, rewritten

ROOT = Path(__file__).parent.parent.parent
ENGLISH, FRENCH = (translator(language, [ROOT / "community"]) for language in ("en", "fr"))
INSIDE = st.sampled_from(
    [
        "250788123456",
        "22320220001",
        "33123456789",
        "4930123456",
        "390612345678",
        "442079460958",
        "12025550100",
    ]
)
UNSEEN = st.sampled_from(["\u200b", "\u200e", "\u202a", "\u202c", "\u00ad", "\ufeff", "\u2060"])
BETWEEN = st.sampled_from([" ", "-", ".", "\u00a0", "\u202f", "\u2011", "\u2013", "  ", ""])
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
        ("+250) 788 123 456", "+250 788 123 456"),
        ("+223 (20 22 00 01)", "+223 20 22 00 01"),
        ("+55 (11) 91234-5678", "+55 11 91234 5678"),
        ("+49 30 1234567-8", "+49 30 1234567 8"),  # an extension, which is part of the number there
        ("+52 1 55 1234 5678", "+52 1 55 1234 5678"),  # longer than its country's, and no second one follows
        ("+223 20 22 00 01 /", "+223 20 22 00 01"),
        ("+32 2/123 45 67", "+32 2 123 45 67"),
        ("+49 30/1234567", "+49 30 1234567"),
        ("+49 (0)30/123456", "+49 30 123456"),
        ("+49 6221/12345", "+49 6221 12345"),
        ("+41 44/123 45 67", "+41 44 123 45 67"),
        ("+43 1/58858-0", "+43 1 58858 0"),
        ("+238 00 69 124 75", "+238 00 69 124 75"),  # longer than its country's, with nothing but blanks
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
        ("+223 11 22 33 44 / 55 66 77 88", "looks like more than one number"),
        (
            "+250 700 000 009 010 011",
            "has 18 digits, and a telephone number has 15 at most: write one number alone",
        ),
        ("+0250 700 000 009", "has a 0 right after the +, and no country's code begins with 0"),
        ("(+0) 250 700 000 009", "has a 0 right after the +"),
        ("+250 788 123 45²", "its character 16 is “²”"),
        ("+25² 788 123 456", "its character 4 is “²”"),
        ("+250①788123456", "its character 5 is “①”"),
        ("+12", "has too few digits"),
        ("call me", "expected + and the country's code first"),
    ],
)
def test_a_refusal_says_what_is_wrong_and_how_to_write_it(text: str, why: str) -> None:
    assert why in said(text)


SEVERAL = [
    "+223 20 22 00 01/02",
    "+223 20 22 00 01 / 02",
    "+223 11 22 33 44/55",
    "+250 700 000 009 / 010",
    "+250 700 000 009 010",
    "+250 700 000 009 (2)",
    "+250 700 000 009 (2) (3)",
    "+250 700 000 009 (8-12",
    "+250 700 000 009 - 12",
    "+221 33 823 00 00/01",
    "+33 1 23 45 67 89–90",
    "+254 20 2222222-9",
    "+223 ٢٠ ٢٢ ٠٠ ٠١/٠٢",
    "+250 788 123 456/7/8",
    "+49 30 123456/78",
    "+49 30/123456/78",
    "+32 2/123 45 67 / 68",
    "+1 555 0100/0101",
    "+1 555 0100/123",
    "+290 2345/6789",
    "+238 00 69 124 75/76",
    "+999 12 34/56",
]


@pytest.mark.parametrize("text", SEVERAL)
def test_two_numbers_are_never_one(text: str) -> None:
    assert said(text) == (
        f"“{text}” looks like more than one number: write one number alone; if it is one, write its digits "
        "without anything between them"
    )
    assert "écrivez un seul numéro" in FRENCH(telephone(text))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "kept"),
    [("+49 (30) 1234 (56)", "+49 30 123456"), ("+250 700 000 009 010", "+250700000009010")],
)
def test_who_means_one_number_has_a_way_to_write_it(text: str, kept: str) -> None:
    assert "more than one number" in said(text)
    assert telephone(re.sub(r"[^+0-9]", "", text)) == kept


@pytest.mark.parametrize("text", [*SEVERAL, "+0250 700 000 009"])
def test_what_is_refused_is_refused_by_files_tables_and_the_chat_alike(tmp_path: Path, text: str) -> None:
    why = said(text)
    config = rewritten(tmp_path, "directory.yaml", "email: claudine", f'phone: "{text}"\n    email: claudine')
    assert [line.partition(".phone: ")[2] for line in check_lines(config)] == [why]
    files = (("contacts.csv", f"key;name;function;phone;confirmed\nx;N;F;{text};2026-11-01\n".encode()),)
    assert [line.partition(": phone: ")[2] for line in import_lines(load_description(SMALL), files)] == [why]
    assert said_by_chat({"phone": text}) == why
    assert said_by_chat(text_reader.reach(f"you can call {text}")) is not None


def said_by_chat(fields: Mapping[str, object]) -> str | None:
    """Return what the chat says of the fields of a contact, None where it takes them."""
    found = chat_values(load_description(SMALL)).refusal("contact", fields)
    return None if found is None else ENGLISH(found)


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
