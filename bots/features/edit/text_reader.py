"""Reads the fields of an entry from free text: link, title, themes, cities, languages, stage, addresses. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import groupby
from typing import Any, assert_never

from bots.context.phrases import LONGEST, folded
from bots.features.edit.command_words import command_words
from community.core.language_folders import LANGUAGES
from community.core.messages import Message
from community.core.patterns import pattern_of
from community.core.plain_text import one_line
from community.core.sentence_patterns import TATWEEL, any_of, fold_text
from community.core.words import words
from community.description.code_names import language_names, languages_known
from community.description.email_address import email_address
from community.description.model import Community
from community.description.telephone import telephone
from community.directory.entry import MODELS, EntryKind, name_field
from community.search.lexicon import Lexicon
from community.search.question import parse
from community.search.word_tables import folded_phrases, groups, phrases

_LINK = re.compile(r"\bhttps?://[^\s<>\"«»“”]+", re.IGNORECASE)
_AFTER_LINK = ".,;:!?)]}'’،؛؟"
_QUOTED = re.compile(r"[\"“«„]\s*([^\"“”«»„]{2,300}?)\s*[\"”»“]")
_EMAIL = re.compile(r"(?<![^\s<>,;:()])[^@\s<>,;:()]{1,64}@[^@\s<>,;:()]{1,180}\.[^@\s<>,;().]{2,}")
_UNSEEN = r"\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
_PHONE = re.compile(
    rf"(?<![\w+＋])[+＋][ {_UNSEEN}]?\d[\d ().\u00a0\u2007\u202f{_UNSEEN}\u2010-\u2015\u2212/-]{{5,40}}\d"
)
_MATRIX_ID = re.compile(r"@([a-z0-9._=/+-]{1,64}):[A-Za-z0-9.-]+(?::\d{1,5})?")
_BETWEEN = re.compile(r"[,;/،؛\n]")
"""What stands between the languages of a list."""
_BEFORE_SIGN = re.compile(r"(?<!\s)\s+([,;])")
_PART_END = re.compile(r"[,;،\n]")
_LIKE_CODE = re.compile(r"[a-z]{2,3}")
_MOST_DETAILS = 6


@dataclass(frozen=True)
class TextReader:
    """Reads texts with the lexicon of one community."""

    community: Community
    lexicon: Lexicon

    @property
    def place_names(self) -> tuple[str, ...]:
        """What the community calls its cities, if it has words of its own."""
        return () if self.community.places is None else tuple(self.community.places.all())

    def themes(self, text: str) -> tuple[str, ...]:
        """Return the keys of the themes that a text names, in the community's order."""
        return self._places(text)[0]

    def cities(self, text: str) -> tuple[str, ...]:
        """Return the keys of the cities that a text names, in the community's order."""
        return self._places(text)[1]

    def kinds(self, text: str) -> tuple[EntryKind, ...]:
        """Return the kinds of entry that a text names."""
        named = parse(text, self.lexicon, "en").kinds
        return tuple(kind for kind in MODELS if kind in named)

    def description(self, text: str) -> tuple[tuple[str, ...], tuple[str, ...], tuple[EntryKind, ...]]:
        """Return the themes, cities and kinds that a text names; all empty where it has other words too."""
        named = parse(text, self.lexicon, "en")
        if named.rest:
            return (), (), ()
        return (*self._places(text), self.kinds(text))

    def _places(self, text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the themes and the cities that a text names."""
        named = parse(text, self.lexicon, "en")
        themes = tuple(theme.key for theme in self.community.themes if theme.key in named.themes)
        return themes, tuple(city.key for city in self.community.cities if city.key in named.cities)

    def languages(self, text: str) -> tuple[str, ...]:
        """Return the codes of the languages that a text names, of those spoken in the network."""
        return _named_in(text, self._network_languages)

    def languages_listed(self, text: str) -> tuple[tuple[str, ...], str | None]:
        """Return the codes of the languages in a list, and the first part of it that names none and no place or theme.

        All languages count here, by name or code; codes may also stand side by side ("fr en"), and beside names, where
        what looks like a code and is none is such a part too ("fr, gun and Twi"). A code of which we have no name is
        one where the community speaks that language.
        """
        parts = [part for one in _BETWEEN.split(_without_label(text)) if (part := one.strip())]
        found = [(part, self._languages_in(part)) for part in parts]
        unknown = (part for part, codes in found if not codes and not any(self._places(part)))
        codes = tuple(dict.fromkeys(code for _, some in found for code in some))
        like_codes = (code for part in parts for code in self._like_codes(part))
        return codes, next(unknown, None) or next(like_codes, None if codes else text)

    def _languages_in(self, part: str) -> tuple[str, ...]:
        named = words(part)
        if self._are_codes(named):
            return named
        return tuple(code for run in _joined_runs(named) for code in self._in_run(run))

    def _in_run(self, run: tuple[str, ...]) -> tuple[str, ...]:
        return run if self._are_codes(run) else _named_in(" ".join(run), self._all_languages)

    def _are_codes(self, run: tuple[str, ...]) -> bool:
        return set(run) <= self._spoken or (len(run) == 1 and run[0] in languages_known())

    def _like_codes(self, part: str) -> Iterator[str]:
        """Yield what stands alone between "and" and "or" in a part, is written like a code, and is none."""
        for run in _joined_runs(words(part)):
            if _LIKE_CODE.fullmatch(" ".join(run)) and not (self._in_run(run) or any(self._places(run[0]))):
                yield run[0]

    def described(self, kind: EntryKind, text: str, what: str | None = None) -> dict[str, object]:
        """Return all fields that a text gives, as JSON values, with the title or name if there is one."""
        text = text[:LONGEST]
        fields = self.details(kind, text)
        if what is not None:
            fields["kind"] = what
        title = self._title(kind, text, what)
        if title:
            fields[name_field(kind)] = title
        return fields

    def details(self, kind: EntryKind, text: str) -> dict[str, object]:
        """Return the fields that a text gives besides title, name and summary, as JSON values."""
        text = text[:LONGEST]
        links = links_in(text)
        bare = _EMAIL.sub(" ", _LINK.sub(" ", text))
        themes, cities = self._places(bare)
        found: dict[str, Any] = {"themes": list(themes), "cities": list(cities)}
        match kind:
            case "resource":
                found |= {"link": next(iter(links), None), "languages": list(self.languages(bare))}
            case "contact":
                found |= {"languages": list(self.languages(bare)), **reach(text)}
            case "project":
                found |= {"links": list(links), "stage": stage_in(text)}
            case "event" | "deadline":
                return {}  # these are not begun from a text here
            case _:
                assert_never(kind)
        return {name: value for name, value in found.items() if value}

    def quoted_title(self, text: str) -> dict[str, object]:
        """Return the field ``title`` with the text in quotation marks; no field where there are none."""
        quoted = _QUOTED.search(text)
        return {} if quoted is None else {"title": one_line(quoted[1])}

    def _title(self, kind: EntryKind, text: str, what: str | None) -> str:
        quoted = _QUOTED.search(text)
        if quoted is not None:
            return one_line(quoted[1])
        before, link, _after = text.partition(next(iter(_LINK.findall(text)), "\0"))
        bare = _MATRIX_ID.sub(" ", _PHONE.sub(" ", _EMAIL.sub(" ", before if link else text)))
        bare = _BEFORE_SIGN.sub(r"\1", bare)
        if kind == "contact":
            bare = _PART_END.split(bare)[0]
            if what != "desk":
                bare = self._before_details(bare)
        else:
            bare = self._without_details(bare)
        title = one_line(bare).strip(" :,;.،-–()")
        return "" if self._begins_with_details(title) else title

    def _before_details(self, text: str) -> str:
        phrase = folded(text)
        match = _about().search(phrase.text)
        return text if match is None or match.start() == 0 else phrase.between(0, match.start())

    def _without_details(self, text: str) -> str:
        """Return a title without a last part such as "in Kigali, in French": only cities, themes and languages.

        At least two words of the title are left.
        """
        phrase = folded(text)
        for match in list(_about().finditer(phrase.text))[-_MOST_DETAILS:]:
            title, rest = phrase.between(0, match.start()), phrase.between(match.end(), len(phrase.text))
            if len(title.split()) > 1 and self._is_details(rest):
                return title
        return text

    def _begins_with_details(self, title: str) -> bool:
        phrase = folded(f"{title} ")
        match = _about().search(phrase.text)
        if match is None or match.start() > 0:
            return False
        return self._is_details(phrase.between(match.end(), len(phrase.text)))

    def _is_details(self, text: str) -> bool:
        named = parse(text, self.lexicon, "en")
        tells = named.themes or named.cities or self.languages(text)
        return bool(tells) and not named.rest and not named.kind_words

    @cached_property
    def _network_languages(self) -> dict[tuple[str, ...], str]:
        return language_names(self._spoken)

    @cached_property
    def _spoken(self) -> frozenset[str]:
        of_cities = (code for city in self.community.cities for code in city.languages)
        return frozenset((*LANGUAGES, *self.community.languages, *of_cities))

    @cached_property
    def _all_languages(self) -> dict[tuple[str, ...], str]:
        return language_names(languages_known()) | self._network_languages


def _without_attached(word: str) -> str:
    """Return a word without "and" and "in" where they are written on to it."""
    for table in ("follow_ups/and_prefixes", "common/inside_prefixes"):
        for prefix in phrases(table):
            word = word.removeprefix(prefix)
    return word


def _without_label(text: str) -> str:
    """Return a list of languages without what it may begin with: "languages: fr, en"."""
    label, _sign, listed = text.partition(":")
    return listed if words(label) in _labels() else text


@cache
def _labels() -> frozenset[tuple[str, ...]]:
    return frozenset(map(words, groups("editing/fields")["languages"]))


def _joined_runs(said: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the words between those that join two things, such as "and"."""
    for is_joining, run in groupby(said, key=_joining().__contains__):
        if not is_joining:
            yield tuple(run)


@cache
def _joining() -> frozenset[str]:
    both = folded_phrases("exclusions/joining") & folded_phrases("follow_ups/and_then")
    return frozenset(phrase[0] for phrase in both if len(phrase) == 1)


def _named_in(text: str, names: Mapping[tuple[str, ...], str]) -> tuple[str, ...]:
    """Return the codes of the languages that a text names, by their ``names``, in its order."""
    tokens = [_without_attached(word) for word in words(text)]
    found: list[str] = []
    for start in range(len(tokens)):
        for length in (3, 2, 1):
            code = names.get(tuple(tokens[start : start + length]))
            if code is not None and len(tokens) >= start + length:
                found.append(code)
                break
    return tuple(dict.fromkeys(found))


def links_in(text: str) -> tuple[str, ...]:
    """Return the links in a text, without the punctuation that follows them."""
    return tuple(dict.fromkeys(link.rstrip(_AFTER_LINK) for link in _LINK.findall(text)))


def reach(text: str) -> dict[str, object]:
    """Return the addresses in a text as fields of a contact: ``email``, ``phone``, ``member`` (user name)."""
    account = _MATRIX_ID.search(text)
    without = _LINK.sub(" ", _MATRIX_ID.sub(" ", text))
    email, number = _EMAIL.search(without), _PHONE.search(without)
    found = {
        "email": None if email is None else _or_as_written(email_address(email[0]), email[0]),
        "phone": None if number is None else _or_as_written(phone(number[0]), number[0]),
        "member": None if account is None else account[1],
    }
    return {name: value for name, value in found.items() if value is not None}


def _or_as_written(read: str | Message, text: str) -> str:
    """Return what was read in a text; where it is refused the text, so that `Values.refusal` says why."""
    return text if isinstance(read, Message) else read


def phone(text: str) -> str | Message:
    """Return a telephone number in the form that is stored, or what is wrong with it."""
    return telephone(one_line(text))


def stage_in(text: str) -> str | None:
    """Return the stage that a text names in any language; None where it names none, or two."""
    phrase = folded(text).text
    found = {
        stage
        for language in LANGUAGES
        for stage, pattern in command_words(language).stages.items()
        if pattern_of(rf"(?<!\w)(?:{pattern})(?!\w)").search(phrase)
    }
    return found.pop() if len(found) == 1 else None


def what_in(text: str, allowed: Iterable[str]) -> str | None:
    """Return the first of the ``allowed`` kinds of resource or contact that a text names, else None."""
    phrase = folded(text).text
    choices = set(allowed)
    return next(
        (what for noun, what in _kinds() if what in choices and pattern_of(rf"\b{noun}").search(phrase)), None
    )


def means_everywhere(text: str) -> bool:
    """Whether a text says that an entry is for all cities."""
    return bool(_everywhere() & {*words(text), *folded(text).text.split()})


@cache
def _kinds() -> tuple[tuple[str, str], ...]:
    """Return the nouns of all languages, folded, with the kind of resource or contact that each names."""
    nouns = (noun for language in LANGUAGES for noun in command_words(language).nouns.items())
    return tuple((noun, what) for noun, (_kind, what) in nouns if what is not None)


@cache
def _everywhere() -> frozenset[str]:
    return frozenset(map(fold_text, phrases("editing/everywhere")))


@cache
def _about() -> re.Pattern[str]:
    """Return what begins details. A preposition that is written on to an article is left to the detail."""
    given = phrases("editing/about")
    alone = any_of(text for text in given if not text.endswith(TATWEEL))
    joined = any_of(text for text in given if text.endswith(TATWEEL))
    return re.compile(rf"(?:^|[\s,]){alone}\s|\s(?={joined})")
