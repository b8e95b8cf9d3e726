"""Reads of whom and as what an invitation is, from what somebody writes: role, city, themes, language, how many. Pure.

What is said stands between commas: "Awa Traoré, lead, Niamey, waste, 3 people". Behind the name also without one, where
a small word shows it: "Awa Traoré as lead in Niamey". The words for all that are data (`inviting.yaml`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from bots.features.inviting.detail_words import (
    Words,
    days_in,
    greeter_words,
    language_codes,
    leads_on,
    never_in_a_name,
    parts_of,
    rest_behind,
    somebody,
    uses_in,
    without_leading,
    without_network,
)
from community.core.language_folders import LANGUAGE, LANGUAGES
from community.core.messages import Message, msg
from community.core.plain_text import clean, one_line
from community.core.problems import nearest
from community.core.words import stem, words
from community.description.fields import Localized
from community.description.model import Community
from community.joining.invitation import MOST_USES
from community.search.lexicon import Lexicon
from community.search.question import parse
from community.search.word_tables import groups

LONGEST_NAME = 80
"""Characters of a guest's name."""
MOST_DAYS = 90
"""For how long a link that is made in chat works at most."""
_MOST_PARTS = 10
_MOST_NAME_WORDS = 6
_MOST_PART_WORDS = 16
"""Words of one part that are read; what has more is not said as people say it."""
_MOST_SPLITS = 4
"""Places within one part where a further detail is looked for."""
_SHOWN = 60
_AROUND = ' .!?؟"“”«»'


Values = Mapping[str, object]
"""What was said, by the fields of `InvitationTerms`, and ``days``: how long the link works.

``greeter`` is what somebody was called: `receivers` says who that is.
"""


@dataclass(frozen=True, slots=True)
class Said:
    """What a text says of an invitation, and what of it was not understood."""

    values: Values
    wrong: tuple[Message, ...] = ()


@dataclass(frozen=True)
class DetailReader:
    """Reads with the lexicon of one community."""

    community: Community
    lexicon: Lexicon

    def invitation(self, text: str, languages: frozenset[str], *, is_clear: bool) -> Said | None:
        """Return what follows "invite"; None where it is no invitation to the network, as in "invite Awa to the call".

        ``languages``: those in which the message begins so. ``is_clear``: nothing else was spoken of to which somebody
        may be invited.
        """
        (first, *others), is_named = without_network(text)
        strong = frozenset[str]().union(*map(never_in_a_name, languages))
        name = self._name(first, strong)
        if name is None or not (
            is_clear or is_named or others or len(name) > 1 or words(first) in somebody()
        ):
            return None
        said = self._all(others)
        return Said({**name, **said.values}, said.wrong)

    def answer(self, text: str) -> Said:
        """Return what an answer to a question of the bot's says."""
        return self._all(parts_of(text))

    def name(self, text: str) -> Said:
        """Return what an answer to the question for the name says: a name, or how many people, and more behind it."""
        first, *others = parts_of(text) or [""]
        found, said = self._name(first), self._all(others)
        return Said({**(found or {}), **said.values}, said.wrong)

    def _all(self, parts: Iterable[str]) -> Said:
        values, wrong, themes = dict[str, object](), list[Message](), dict[str, None]()
        for part in list(parts)[:_MOST_PARTS]:
            found = self._explained(words(part))
            if isinstance(found, Message):
                wrong.append(found)
            elif found is None:
                wrong.append(self._not_understood(part))
            else:
                values |= found
                themes |= dict.fromkeys(_themes_in(found))
        return Said({**values, "themes": tuple(themes)} if themes else values, tuple(wrong))

    def _not_understood(self, part: str) -> Message:
        """Return the sentence that a part was not understood, with the role, place or theme of nearly that name."""
        shown = clean(part, longest=_SHOWN)
        near = nearest(" ".join(without_leading(words(part))), self._named)
        if near is None:
            return msg("I did not understand “{text}”.", text=shown)
        return msg(
            "I did not understand “{text}”. Did you mean “{name}”?", text=shown, name=self._named[near]
        )

    @cached_property
    def _named(self) -> Mapping[str, str]:
        """The names of roles, places and themes in each language, by their words."""
        community = self.community
        roles, cities = (one.name for one in community.roles), (one.name for one in community.cities)
        names = (*roles, *cities, *(one.name for one in community.themes))
        texts = (text for name in names for _language, text in name)
        return {" ".join(words(text)): clean(text, longest=_SHOWN) for text in texts}

    # --- the name ---------------------------------------------------------------------------------------------

    def _name(self, part: str, strong: frozenset[str] | None = None) -> Values | None:
        """Return the name at the beginning, with the details behind it; None where that is no name of a guest.

        ``strong``: words that are in no such name; None where the bot has asked for it.
        """
        said = part.split()
        # No name that is one has more words before the first detail.
        for at in range(1, min(len(said), _MOST_NAME_WORDS + 1)):
            behind = words(" ".join(said[at:]))
            found = self._explained(behind) if behind and leads_on(behind) else None
            if found is not None and not isinstance(found, Message):
                name = self._bare_name(" ".join(said[:at]), strong)
                return None if name is None else {**name, **found}
        return self._bare_name(part, strong)

    def _bare_name(self, part: str, strong: frozenset[str] | None) -> Values | None:
        said = words(part)
        if not said or said in somebody():
            return {}
        counted = uses_in(said)
        if counted is not None:
            return {"uses": counted} if 1 <= counted <= MOST_USES else None
        is_too_long = len(part) > LONGEST_NAME or len(said) > _MOST_NAME_WORDS
        if is_too_long or any(word.isdecimal() for word in said) or "@" in part or "://" in part:
            return None
        if strong is not None and (not strong.isdisjoint(said) or self._says(said)):
            return None
        return {"name": one_line(part.strip(_AROUND), longest=LONGEST_NAME)}

    def _says(self, said: Words) -> bool:
        """Whether words name a role, a place, a theme: then they are nobody's name."""
        found = self._explained(said)
        return found is not None and not isinstance(found, Message)

    # --- one part ---------------------------------------------------------------------------------------------

    def _explained(self, said: Words, splits: int = _MOST_SPLITS) -> Values | Message | None:
        """Return what some words say, if all of them do; a message where they name what cannot be."""
        if len(said) > _MOST_PART_WORDS:
            return None
        bare = without_leading(said)
        greeter = rest_behind(bare, greeter_words())
        if greeter is not None:
            return {"greeter": " ".join(greeter)}
        found = self._one(bare)
        if found is not None:
            return found
        for at in [at for at in range(1, len(bare)) if leads_on(bare[at:])][:splits]:
            before = self._one(bare[:at]) or self._places(bare[:at])
            behind = self._explained(bare[at:], splits - 1) if before else None
            if before and behind and not isinstance(before, Message) and not isinstance(behind, Message):
                return {**before, **behind}
        return self._places(bare)

    def _one(self, said: Words) -> Values | Message | None:
        """Return what some words say that is no place and no theme."""
        if not said:
            return None
        number, days = uses_in(said), days_in(said)
        if number is not None:
            return _within(number, MOST_USES, {"uses": number})
        if days is not None:
            return _within(days, MOST_DAYS, {"days": days})
        code = language_codes().get(said) or (said[0] if len(said) == 1 and said[0] in LANGUAGES else None)
        if code is not None:
            return self._language(code)
        role = self._role(said)
        return None if role is None else {"role": role}

    def _language(self, code: str) -> Values | Message:
        if code in LANGUAGES:
            return {"language": code}
        return msg(
            "I do not speak that language. I speak: {languages}.",
            languages=", ".join(one.name for one in LANGUAGE.values()),
        )

    def _role(self, said: Words) -> str | None:
        """Return the role that some words name: exactly, else if it is the one of whose name they are a part."""
        wanted = frozenset(map(stem, said))
        exact = [key for key, names in self._roles.items() if said in names]
        if exact:
            return exact[0]
        near = [
            k for k, names in self._roles.items() if any(wanted <= set(map(stem, name)) for name in names)
        ]
        return near[0] if len(near) == 1 else None

    @cached_property
    def _roles(self) -> Mapping[str, frozenset[Words]]:
        usual = {key: frozenset(map(words, phrases)) for key, phrases in groups("questions/roles").items()}
        found = {}
        for role in self.community.roles:
            own = {words(role.key), *_names(role.name)}
            alike = [phrases for key, phrases in usual.items() if role.key == key or own & phrases]
            found[role.key] = frozenset(own).union(*alike)
        return found

    def _places(self, said: Words) -> Values | None:
        found = parse(" ".join(said), self.lexicon, "en")
        asks = (
            found.rest
            or found.roles
            or found.who
            or found.leads
            or found.leading
            or found.kinds
            or found.fields
        )
        if asks or len(found.cities) > 1 or not (found.cities or found.themes):
            return None
        themes = tuple(theme.key for theme in self.community.themes if theme.key in found.themes)
        city = {"city": next(iter(found.cities))} if found.cities else {}
        return {**city, **({"themes": themes} if themes else {})}


def _within(number: int, most: int, values: Values) -> Values | Message | None:
    if number > most:
        return msg("{number} is too many: at most {most}.", number=number, most=most)
    return values if number else None


def _themes_in(values: Values) -> tuple[str, ...]:
    themes = values.get("themes", ())
    return themes if isinstance(themes, tuple) else ()


def _names(name: Localized) -> Iterator[Words]:
    return (words(text) for _language, text in name)
