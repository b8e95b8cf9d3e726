"""Normalises words for comparison: without case, accents, punctuation, plurals and the Arabic article. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from community.core.language_folders import LANGUAGE

_LIGATURES = str.maketrans(
    {
        "œ": "oe",
        "æ": "ae",
        "ß": "ss",
        "ø": "o",
        "ɔ": "o",
        "ɛ": "e",
        "ŋ": "ng",
        "’": "'",
        "ʼ": "'",
        "`": "'",
        "‘": "'",
        "ʻ": "'",
        "´": "'",
        "′": "'",
        "＇": "'",
    }
)
_ARABIC = str.maketrans({"ى": "ي", "ة": "ه", "ک": "ك", "ی": "ي", "گ": "ك", "ڤ": "ف", "پ": "ب", "ٱ": "ا"})
"""Letters that are written in more than one way."""


_TATWEEL = "ـ"


def _is_dropped(char: str) -> bool:
    """Whether a character is a mark on another, unseen, or only stretches a word."""
    return bool(unicodedata.combining(char)) or unicodedata.category(char) == "Cf" or char == _TATWEEL


class _FoldTable(dict[int, str | None]):
    """A `str.translate` table that removes marks and invisible characters. Entries are added when needed."""

    def __missing__(self, code: int) -> str | None:
        char = chr(code)
        kept = None if _is_dropped(char) else char
        if len(self) < 10_000:  # the rest of Unicode is looked up again each time
            self[code] = kept
        return kept


_KEPT = _FoldTable(_ARABIC)
_ELISION = re.compile(rf"\b(?:{'|'.join(word for one in LANGUAGE.values() for word in one.elisions)})'(?=\w)")
_IN_NAMES = re.compile(
    r"\b(?:(n)' ?(?=[cdgjktz][a-z])|(m)' ?(?=b[a-z])|([ko])'(?!clock)(?=[bcdghklmnrst][a-z]{2}))"
)
"""Apostrophes inside of names, which some write and some do not: N'Diaye, M'Baye, O'Connor. No article stands there."""
_POSSESSIVE = re.compile(r"(?<=\w)'s\b")
_WORD = re.compile(r"[^\W_]+")
_ONE_NAME = re.compile(r"\b(?:un-|onu[- ])(habitat)\b|\bun (?=agency|agencies|women)")
"""Names of which a part would be taken for an article."""
_LONGEST = 2000
"""Letters of a text of which words are read."""
_LONGEST_FOLDED = 2 * _LONGEST
"""Letters of a folded text: accents are letters of their own for a moment, and some letters are folded to eighteen."""
_LONGEST_WORD = 48
_SHORT = 80
"""Texts up to this length are cached: names and phrases are compared again and again."""
_ARABIC_ARTICLES = tuple(word for one in LANGUAGE.values() for word in one.attached_articles)
_ARABIC_ENDINGS = tuple(word for one in LANGUAGE.values() for word in one.attached_endings)
_PLURALS = sorted(
    {(ending, instead) for one in LANGUAGE.values() for ending, instead in map(str.split, one.plurals)},
    key=lambda pair: (-len(pair[0]), pair),
)
"""Endings of plurals with those of the singular, the longest first."""
_PLURAL_ENDINGS = tuple(ending for ending, _instead in _PLURALS)


def fold(text: str) -> str:
    """Return ``text`` in lower case, without accents, with ligatures undone and Arabic letters made even."""
    lower = text[:_LONGEST].casefold()[:_LONGEST_FOLDED]
    if lower.isascii():
        return lower.replace("`", "'")
    # Some letters have a plain capital within (𝕬); taken apart, they are made small once more.
    apart = unicodedata.normalize("NFKD", lower.translate(_LIGATURES))[:_LONGEST_FOLDED].casefold()
    return unicodedata.normalize("NFKD", apart)[:_LONGEST_FOLDED].translate(_KEPT)


def fold_letter(letter: str) -> str:
    """Return one letter folded; of Arabic letters that are written in more than one way the plain one."""
    apart = unicodedata.normalize("NFKD", letter.casefold().translate(_LIGATURES)).casefold()
    kept = "".join(char for char in unicodedata.normalize("NFKD", apart) if not _is_dropped(char))
    return kept.translate(_ARABIC)


def words(text: str) -> tuple[str, ...]:
    """Return the folded words of ``text`` in order; French elisions (l', d', qu') and English 's are dropped."""
    return _short_words(text) if len(text) < _SHORT else _words(text)


def _words(text: str) -> tuple[str, ...]:
    plain = fold(text)
    if "habitat" in plain or "un agenc" in plain or "un women" in plain:
        plain = _ONE_NAME.sub(lambda found: "onuhabitat" if found[1] else "onu ", plain)
    if "'" in plain:
        named = _IN_NAMES.sub(lambda found: next(filter(None, found.groups())), plain)
        plain = _POSSESSIVE.sub("", _ELISION.sub("", named))
    found = _WORD.findall(plain)
    if plain.isascii() and len(plain) <= _LONGEST_WORD:
        return tuple(found)
    return tuple(_digits(word[:_LONGEST_WORD]) for word in found)


_short_words = lru_cache(maxsize=20_000)(_words)


def _digits(word: str) -> str:
    """Return a number in European digits."""
    return str(int(word)) if word.isdecimal() and not word.isascii() else word


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Return a folded word without the plural endings of any language, or without Arabic article and endings."""
    if is_arabic(word):
        return _arabic_stem(word)
    if word.isdecimal():
        return word
    return _without_e(_singular(word))


def is_arabic(word: str) -> bool:
    """Whether a word is written in Arabic letters."""
    return "\u0600" <= word[:1] <= "\u06ff"


def without_arabic_prefix(word: str) -> tuple[str, ...]:
    """Return a folded Arabic word without an attached prefix: "and", "in", "to", "like" or "so"."""
    if not is_arabic(word) or len(word) < 4 or word[0] not in "وبلكف":
        return ()
    once = word[1:]
    return (once, once[1:]) if len(once) > 3 and once[0] in "بلكف" else (once,)


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith(_PLURAL_ENDINGS):
        for ending, instead in _PLURALS:
            if word.endswith(ending):
                return word[: -len(ending)] + instead
    short = word.endswith("us") and len(word) < 7
    if len(word) > 3 and word[-1] in "sx" and not word.endswith("ss") and not short:
        word = word[:-1]
    if len(word) > 4 and word.endswith("em"):
        return f"{word[:-1]}n"
    return f"{word[:-2]}y" if len(word) > 4 and word.endswith("ie") else word


def _without_e(word: str) -> str:
    if len(word) > 5 and word.endswith(("nne", "lle", "tte")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word[-1] == "e" else word


def without_article(word: str) -> str:
    """Return a folded word without the article that is written on to it in Arabic, and any other word as it is."""
    for article in _ARABIC_ARTICLES if is_arabic(word) else ():
        if word.startswith(article) and len(word) - len(article) >= 2:
            return word[len(article) :]
    return word


def _arabic_stem(word: str) -> str:
    word = without_article(word)
    if len(word) > 3 and word.endswith("ء"):
        word = word[:-1]  # often left out
    for ending in _ARABIC_ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


@lru_cache(maxsize=20_000)
def _stems(text: str) -> tuple[str, ...]:
    return tuple(stem(word) for word in words(text))


def stems(text: str) -> tuple[str, ...]:
    """Return the stems of the words of ``text``."""
    return _stems(text) if len(text) < _SHORT else tuple(stem(word) for word in words(text))


def forget_words() -> None:
    """Forget the texts and words that were looked at lately: they are people's own."""
    for remembered in (_short_words, stem, _stems, sound):
        remembered.cache_clear()


_SOUND_OF_ARABIC = str.maketrans(
    {
        "ا": "a", "ب": "b", "ت": "t", "ث": "t", "ج": "j", "ح": "h", "خ": "k", "د": "d", "ذ": "d", "ر": "r", "ز": "s",
        "س": "s", "ش": "x", "ص": "s", "ض": "d", "ط": "t", "ظ": "d", "ع": "a", "غ": "g", "ف": "f", "ق": "k", "ك": "k",
        "ل": "l", "م": "m", "ن": "n", "ه": "a", "و": "u", "ي": "i", "ء": "",
    }
)  # fmt: skip
_HA = "ه"
_SOUNDS = (
    (re.compile(r"sch|sh|ch|tch"), "x"),
    (re.compile(r"ph"), "f"),
    (re.compile(r"dj|dg"), "j"),
    (re.compile(r"[kg]h"), lambda match: match[0][0]),
    (re.compile(r"c(?=[eiy])"), "s"),
    (re.compile(r"qu(?=[eiy])|ck|[cq]"), "k"),
    (re.compile(r"ou|oo|w|o"), "u"),
    (re.compile(r"[ey]"), "i"),
    (re.compile(r"(?<=[a-z])h"), ""),
)  # fmt: skip
_EVEN = str.maketrans({"p": "b", "v": "f", "z": "s"})
_DOUBLE = re.compile(r"(.)\1+")


@lru_cache(maxsize=50_000)
def sound(word: str) -> str:
    """Return roughly how a folded word sounds, the same for كوماسي and Kumasi, for Youssef and Yusef."""
    heard = word
    if is_arabic(word):
        heard = word.translate(_SOUND_OF_ARABIC)
        heard = f"h{heard[1:]}" if word[0] == _HA else heard  # at the end it is an a
    for pattern, instead in _SOUNDS:
        heard = pattern.sub(instead, heard)
    heard = _DOUBLE.sub(r"\1", heard.translate(_EVEN))
    return heard[:-1] if len(heard) > 4 and heard[-1] in "ia" else heard
