"""The words of this community: which of them mean a city, a theme, a country, a kind of entry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from babel import Locale
from rapidfuzz import process
from rapidfuzz.distance import OSA

from community.asking.text import stems
from community.fields import Localized, WordsByLanguage
from community.model import Community

Phrase = tuple[str, ...]
LONGEST_PHRASE = 5
_NAMES_IN = ("fr", "en", "pt", "ar")


class Sort(StrEnum):
    """What a word can mean."""

    CITY = "city"
    COUNTRY = "country"
    THEME = "theme"
    KIND = "kind"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, order=True)
class Concept:
    """One meaning: a city, country, theme by key, or a kind of entry."""

    sort: Sort
    key: str


_KINDS: Mapping[str, str] = {
    "contact": (
        "qui|qui contacter|qui demander|a qui|contact|contacts|contacter|personne|personnes|point of contact|"
        "contact person|point focal|focal point|referent|referente|responsable|interlocuteur|interlocutrice|"
        "quem|quem contactar|contacto|contactar|who|whom|who do i ask|person|people|"
        "telephone|email|numero|joindre"
    ),
    "resource": (
        "ressource|ressources|resource|resources|document|documents|documentation|guide|guides|outil|outils|tool|"
        "tools|video|videos|fiche|manuel|manual|rapport|report|conseil|advice|template|modele"
    ),
    "project": "projet|projets|project|projects|chantier|initiative|initiatives|pilote|pilot|experimentation",
}
_NOTHING = (
    "le la les un une des du de au aux et ou est sont que quoi quel quelle quels quelles comment pour sur dans avec "
    "chez par en ce cette ces mon ma mes notre nos votre vos son sa ses je tu il elle on nous vous ils elles y a t "
    "cherche chercher trouver voir avoir puis peux peut besoin svp stp plait merci bonjour salut bonsoir moi "
    "donne donner montre existe quelqu quelqu'un s'occupe occupe charge matiere propos sujet concernant ville "
    "the an of to in on at for and or is are was what which where how with by from this that these those my our "
    "your his her their i you he she we they can could do does need want find ask about reach please show me any "
    "some there have has get give tell know responsible charge regarding city town s m it be would like thank thanks "
    "hello hi dear urgently asap question deal handle handles work works working talk speak"
)
CLOSEST = 4
"""Letters from which a word is taken for a misspelt one."""


class Lexicon:
    """Phrases and what they mean."""

    def __init__(self, meanings: Mapping[Phrase, frozenset[Concept]]) -> None:
        self._meanings = dict(meanings)
        self._single = sorted(
            phrase[0]
            for phrase, concepts in meanings.items()
            if len(phrase) == 1 and any(_may_be_misspelt(concept) for concept in concepts)
        )

    def exact(self, phrase: Phrase) -> frozenset[Concept]:
        """Return what a phrase of stems means; nothing where it is unknown."""
        return self._meanings.get(phrase, frozenset())

    def misspelt(self, word: str) -> frozenset[Concept]:
        """Return what an unknown word probably means."""
        if len(word) < CLOSEST or word.isdigit():
            return frozenset()
        nearest = process.extractOne(word, self._single, scorer=OSA.distance, score_cutoff=slips(word))
        # People rarely slip on the first letter; another one is mostly another word (parking, walking).
        if nearest is None or nearest[0][0] != word[0]:
            return frozenset()
        return self.exact((nearest[0],))


def _may_be_misspelt(concept: Concept) -> bool:
    """Whether a meaning is looked for behind unknown words; kinds of entry have everyday neighbours (contract)."""
    return concept.sort in (Sort.CITY, Sort.COUNTRY, Sort.THEME)


def slips(word: str) -> int:
    """Return how many slips (letter added, lost, wrong, two swapped) a word of that length may have."""
    return 1 if len(word) < 8 else 2


def lexicon_of(community: Community) -> Lexicon:
    """Return the lexicon of a community. A word with a meaning of its own is never without meaning too."""
    meanings: dict[Phrase, set[Concept]] = {}
    for text, concept in _said(community):
        phrase = stems(text)
        if 0 < len(phrase) <= LONGEST_PHRASE:
            meanings.setdefault(phrase, set()).add(concept)
    nothing = Concept(Sort.NOTHING, "")
    return Lexicon(
        {phrase: frozenset(found - {nothing}) or frozenset({nothing}) for phrase, found in meanings.items()}
    )


def _said(community: Community) -> Iterator[tuple[str, Concept]]:
    """Give each text that has a meaning, with the meaning."""
    yield from ((word, Concept(Sort.NOTHING, "")) for word in _NOTHING.split())
    for kind, phrases in _KINDS.items():
        yield from ((phrase, Concept(Sort.KIND, kind)) for phrase in phrases.split("|"))
    for city in community.cities:
        yield from ((text, Concept(Sort.CITY, city.key)) for text in _names(city.name, city.words, city.key))
        yield from ((text, Concept(Sort.COUNTRY, city.country)) for text in country_names(city.country))
    for theme in community.themes:
        yield from (
            (text, Concept(Sort.THEME, theme.key)) for text in _names(theme.name, theme.words, theme.key)
        )


def country_names(code: str) -> list[str]:
    """Return a country's names in the languages that questions come in."""
    return [name for lang in _NAMES_IN if (name := Locale(lang).territories.get(code)) is not None]


def _names(name: Localized, further: WordsByLanguage, key: str) -> Iterable[str]:
    yield from (text for _language, text in name)
    yield from (word for words in further.values() for word in words)
    yield key
