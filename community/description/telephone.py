"""One reading of telephone numbers for files, tables and the chat. Alone in importing phonenumbers. Pure.

A number is kept as +, the country's code and groups of ASCII digits between single blanks. What is written so already
keeps its groups. A zero that is dialled only inside the country, in brackets or not, is left out; Italy's, which is
dialled from everywhere, stays. The country's rules of length refuse nothing by themselves, as numbering plans change:
they only tell whether a number is followed by the digits of a second one.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING
from unicodedata import decimal

from community.core.messages import Message, msg
from community.core.unseen import BLANK, UNSEEN, named

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

FEWEST_DIGITS, MOST_DIGITS = 4, 15
"""Digits with the country's code; fifteen is the most that there can be (ITU-T E.164)."""
_LONGEST = 60
_PLUS = str.maketrans({"＋": "+", "﹢": "+", "⁺": "+"})
_BETWEEN = re.compile(r"[-./()\s\u2010-\u2015\u2212\uff0d\uff0e\uff08\uff09·]+")
"""What may stand between digits."""
_KEPT = re.compile(r"\+[0-9]+(?: [0-9]+)*")
_PLAIN = re.compile(r"\+[1-9][0-9]{0,2}(?: [1-9][0-9]*)(?: [0-9]+)*")
"""In the form that is kept, with the country's code on its own and no zero behind it: nothing to look up."""
_USUAL_DIGITS = 12
"""With so many digits at most, and nothing but blanks between groups, a number is hardly two."""
_TRUNK = re.compile(r"\(\s*0\s*\)")
_ZERO_FIRST = re.compile(r"[^0-9]*0")
_NO_DIGIT = re.compile(r"[^0-9]")
_SLASH = re.compile(r"[0-9][^0-9]*/[^0-9]*[0-9]")
_LAST_IN_BRACKETS = re.compile(r"[(\uff08][^)\uff09]*[0-9][^0-9]*$")
_LAST_AFTER_DASH = re.compile(r"[-\u2010-\u2015\u2212\uff0d]\s*[0-9]{1,2}[^0-9]*$")


def telephone(text: str) -> str | Message:
    """Return the form of a number that is kept, or the sentence that says why it is none."""
    shown = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    plain = text.translate(_PLUS)
    read = _digits(plain)
    wrong = _wrong(read, plain, shown)
    if wrong is not None:
        return wrong
    if _SLASH.search(read) is not None and not _has_area_code(read):
        return _several(shown)
    groups = " ".join(_BETWEEN.sub(" ", read).split())
    kept = f"+{groups.replace('+', '').lstrip()}"
    count = sum(_is_digit(char) for char in kept)
    if count < FEWEST_DIGITS:
        return msg("“{value}” has too few digits for a telephone number", value=shown)
    if count > MOST_DIGITS:
        return msg(
            "“{value}” has {count} digits, and a telephone number has {most} at most: write one number alone",
            value=shown,
            count=count,
            most=MOST_DIGITS,
        )
    is_usual = read == kept and count <= _USUAL_DIGITS
    if not is_usual and _is_several(read):
        return _several(shown)
    if _PLAIN.fullmatch(kept):
        return kept
    return _looked_up(kept, bracketed=_TRUNK.search(read) is not None, spaced=read == kept)


def _is_digit(char: str) -> bool:
    """Whether that is a digit of a number; a small or circled one ("²", "①") is none."""
    return "0" <= char <= "9"


def _digits(text: str) -> str:
    """Return ``text`` with the digits of all scripts as ASCII ones, plain blanks, and nothing invisible."""
    seen = BLANK.sub(" ", UNSEEN.sub("", text)).strip()
    return "".join(str(decimal(char)) if char.isdecimal() else char for char in seen)


def _wrong(read: str, text: str, shown: str) -> Message | None:
    """Return what is wrong with the signs of a number."""
    begins = read.lstrip("( ").startswith("+")
    signs = read.replace("+", "", 1) if begins else read
    bad = next((char for char in signs if not (_is_digit(char) or _BETWEEN.match(char))), None)
    if bad is not None and any(_is_digit(char) for char in read):
        return msg(
            "“{value}” is not a telephone number: its character {position} is {character}; write + and digits, "
            "such as “+250 788 123 456”",
            value=shown,
            position=text.index(bad, text.index("+") + 1 if bad == "+" and begins else 0) + 1,
            character=named(bad),
        )
    if signs.startswith("00") and not begins and bad is None:
        return msg(
            "“{value}” begins with 00: write + in its place, then the country's code, such as “+250 788 123 456”",
            value=shown,
        )
    if not begins or bad is not None:
        return msg(
            "“{value}” is not a telephone number: expected + and the country's code first", value=shown
        )
    if _ZERO_FIRST.match(signs):
        return msg(
            "“{value}” has a 0 right after the +, and no country's code begins with 0: write it such as "
            "“+250 788 123 456”",
            value=shown,
        )
    return None


def _several(shown: str) -> Message:
    return msg(
        "“{value}” looks like more than one number: write one number alone; if it is one, write its digits without "
        "anything between them",
        value=shown,
    )


def _is_several(read: str) -> bool:
    """Whether digits follow that can be no part of a number: a second one, or its end (20 22 00 01-02).

    Digits without anything between them are one number, whatever its country says.
    """
    cuts = [found.start() for found in _BETWEEN.finditer(read) if found.start() > 1]
    if not cuts:
        return False
    in_brackets, after_dash = _LAST_IN_BRACKETS.search(read), _LAST_AFTER_DASH.search(read)
    if in_brackets is not None and _is_possible(read[: in_brackets.start()]):
        return True
    if after_dash is not None and not _is_valid(read) and _is_valid(read[: after_dash.start()]):
        return True
    return _is_too_long(read) and any(_is_possible(read[:cut]) for cut in cuts)


def _has_area_code(read: str) -> bool:
    """Whether what stands before the only slash begins the number (+49 30/1234567), and is none by itself.

    Before it may be what is too short for a number; where it might be one inside its country, or is as long as some of
    its country's are, only a number that is one of its country's as a whole, and that is longer behind the slash.
    """
    from phonenumbers import ValidationResult  # noqa: PLC0415

    before, _slash, behind = read.partition("/")
    number = _parsed(_bare(read))
    if number is None or _SLASH.search(read.partition("/")[2]) or not _is_possible(read):
        return False
    length = _length(before)
    if length in (None, ValidationResult.TOO_SHORT):
        return True
    inside = len(_bare(before)) - len(f"+{number.country_code}")
    longer = sum(map(_is_digit, behind)) > inside
    return longer and not _is_too_long(before) and _is_valid(read) and not _is_valid(before)


def _is_possible(text: str) -> bool:
    """Whether a number has as many digits as its country's have where they are dialled from elsewhere."""
    from phonenumbers import ValidationResult  # noqa: PLC0415

    return _length(text) == ValidationResult.IS_POSSIBLE


def _is_too_long(text: str) -> bool:
    from phonenumbers import ValidationResult  # noqa: PLC0415

    return _length(text) == ValidationResult.TOO_LONG


def _length(text: str) -> int | None:
    """Return one of phonenumbers' `ValidationResult`, None where it knows no such country."""
    from phonenumbers import is_possible_number_with_reason  # noqa: PLC0415

    number = _parsed(_bare(text))
    return None if number is None else is_possible_number_with_reason(number)


def _is_valid(text: str) -> bool:
    """Whether a number is one of its country's, by its digits too."""
    from phonenumbers import is_valid_number  # noqa: PLC0415

    number = _parsed(_bare(text))
    return number is not None and is_valid_number(number)


def _bare(text: str) -> str:
    """Return + and the digits alone: phonenumbers takes some signs between digits for a number's end."""
    return "+" + _NO_DIGIT.sub("", text)


def _looked_up(kept: str, *, bracketed: bool, spaced: bool) -> str:
    """Return a number without the zero that is dialled inside its country only, in its country's groups.

    ``bracketed``: the zero stood in brackets. ``spaced``: the groups were written as they are kept.
    """
    if spaced and " " in kept and not bracketed and not _may_drop_zero(kept):
        return kept
    number = _parsed(kept)
    if number is None:
        return kept
    code = str(number.country_code)
    inside = _bare(kept)[1 + len(code) :]
    left = _national(inside, number, bracketed=bracketed)
    if left != inside:
        return _looked_up(_without(kept, len(code), len(inside) - len(left)), bracketed=False, spaced=spaced)
    return kept if spaced and _KEPT.fullmatch(kept) and " " in kept else _grouped(kept, number, left)


def _may_drop_zero(kept: str) -> bool:
    """Whether a zero stands behind the country's code of a number where one is dialled only inside the country."""
    digits = kept[1:].replace(" ", "")
    return any(_drops_zero(digits[:length]) and digits[length] == "0" for length in (1, 2, 3))


@cache
def _drops_zero(code: str) -> bool:
    """Whether that is the code of a country where a zero is dialled only inside the country."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata  # noqa: PLC0415

    regions = COUNTRY_CODE_TO_REGION_CODE.get(int(code), ("",))
    metadata = PhoneMetadata.metadata_for_region(regions[0])
    return metadata is not None and metadata.national_prefix == "0"


def _parsed(text: str) -> PhoneNumber | None:
    """Return a number as phonenumbers reads it, None where it knows no such country."""
    # Imported here: a description whose numbers are all plain does without.
    from phonenumbers import NumberParseException, parse  # noqa: PLC0415

    try:
        return parse(text, None)
    except NumberParseException:
        return None


def _national(inside: str, number: PhoneNumber, *, bracketed: bool) -> str:
    """Return the digits behind the country's code, without a zero that is dialled only inside the country."""
    from phonenumbers import is_possible_number, is_valid_number, national_significant_number  # noqa: PLC0415

    left = national_significant_number(number)
    whole = _number_of(number.country_code or 0, inside)
    if left == inside:
        shorter = inside.removeprefix("0")
        return shorter if bracketed and not is_possible_number(whole) else inside
    if not inside.startswith("0") or not inside.endswith(left):
        return inside
    better = is_valid_number(number) and not is_valid_number(whole)
    wanted = bracketed or better or not is_possible_number(whole)
    return left if wanted and is_possible_number(number) else inside


def _number_of(code: int, inside: str) -> PhoneNumber:
    from phonenumbers import PhoneNumber  # noqa: PLC0415

    zeros = len(inside) - len(inside.lstrip("0"))
    return PhoneNumber(
        country_code=code,
        national_number=int(inside or "0"),
        italian_leading_zero=zeros > 0,
        number_of_leading_zeros=zeros or None,
    )


def _without(kept: str, code: int, count: int) -> str:
    """Return a number without ``count`` digits behind the country's code of ``code`` digits; groups stay."""
    digits = 0
    text = ""
    for char in kept:
        digits += _is_digit(char)
        text += "" if _is_digit(char) and code < digits <= code + count else char
    return " ".join(text.split())


def _grouped(kept: str, number: PhoneNumber, inside: str) -> str:
    """Return a number in its country's groups, as it is written where none are known."""
    from phonenumbers import PhoneNumberFormat, format_number  # noqa: PLC0415

    whole = _number_of(number.country_code or 0, inside)
    shown = " ".join(_BETWEEN.sub(" ", format_number(whole, PhoneNumberFormat.INTERNATIONAL)).split())
    same = _bare(shown) == _bare(kept)
    return shown if same and shown.count(" ") > 1 else kept
