"""Whether a text with the words of a request off topic asks about a theme of the community after all. Pure."""

from __future__ import annotations

from collections.abc import Sequence, Set

from community.search.lexicon import Lexicon
from community.search.meanings import Sort


def says_more_of_a_theme(found: Set[int], allowed: Set[str], stems: Sequence[str], lexicon: Lexicon) -> bool:
    """Whether the words of a request name a theme, and the rest of the text says more of it.

    ``found`` are the positions of the request's words, ``allowed`` the stems that may stand between them. More is said
    where other words stand between them and a city or another theme is named ("what do we have on land in Kampala"),
    or where a city and the same theme are named beside them.
    """
    themes = {key for at in found for key in _keys(stems[at], Sort.THEME, lexicon)}
    if not themes:
        return False
    further = [stems[at] for at in range(len(stems)) if at not in found]
    others = {key for word in further for key in _keys(word, Sort.THEME, lexicon)}
    in_city = any(_keys(word, Sort.CITY, lexicon) for word in further)
    between = (stems[at] for at in range(min(found), max(found)) if at not in found)
    is_loose = any(word not in allowed for word in between)
    return (is_loose and (in_city or bool(others))) or (in_city and not themes.isdisjoint(others))


def _keys(word: str, sort: Sort, lexicon: Lexicon) -> set[str]:
    return {meaning.key for meaning in lexicon.exact((word,)) if meaning.sort is sort}
