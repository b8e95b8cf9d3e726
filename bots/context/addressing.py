"""How people speak to the bot in a room: with a prefix, with its name, or by a mention. Pure."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from community.search.word_tables import phrases

_AROUND = " \t\n\r:,،;"


def without_prefix(text: str) -> str | None:
    """Return what follows the prefix (``!p``, ``!palabre``) at the beginning of a text, None without one."""
    prefix = _prefix().match(text)
    return None if prefix is None else text[prefix.end() :].strip()


@cache
def _prefix() -> re.Pattern[str]:
    """Return the prefix, behind which a blank may be missing before certain words and Arabic letters."""
    first = "|".join(re.escape(word) for word in phrases("commands/first_words"))
    return re.compile(
        rf"\s*!\s?(?:palabre|p)(?:(?=$|[\s:,،])|(?=(?:{first})\b)|(?=[\u0620-\u064a]))[\s:,،]*", re.IGNORECASE
    )


def addressed(text: str, names: tuple[str, ...]) -> str | None:
    """Return a text that calls the bot by name, without the name; None where it does not.

    That is “@name” anywhere, or the name at the beginning with a comma or a colon. The first of ``names`` is the one
    that people see.
    """
    called = _called(names).search(text) or _vocative(names[0]).match(text)
    return None if called is None else _joined(text[: called.start()], text[called.end() :])


def without_name(text: str, names: tuple[str, ...], *, leading: bool = False) -> str:
    """Return a text that mentions the bot without its name: the pill, wherever it stands in the sentence.

    ``leading``: only where the name begins it.
    """
    text = text.strip()
    named = _named(names).match(text) if leading else _named(names).search(text)
    return text if named is None else _joined(text[: named.start()], text[named.end() :])


def _joined(before: str, after: str) -> str:
    """Return what stood before and after a name as one sentence."""
    before, rest = before.strip(_AROUND), after.strip(_AROUND)
    if not before or not rest:
        return before or rest
    return f"{before}{rest}" if rest[0] in "?!.؟" and len(rest) == 1 else f"{before} {rest}"


@lru_cache(64)
def _called(names: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w@./])@(?:{_any_of(names)})(?![@:.-]?\w)", re.IGNORECASE)


@lru_cache(64)
def _vocative(name: str) -> re.Pattern[str]:
    return re.compile(rf"\s*{re.escape(name)}\s?[:,،]", re.IGNORECASE)


@lru_cache(64)
def _named(names: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)@?(?:{_any_of(names)})(?!\w)", re.IGNORECASE)


def _any_of(names: tuple[str, ...]) -> str:
    """Return an expression for the names, a longer one before a shorter that it begins with."""
    bare = sorted({name.removeprefix("@") for name in names}, key=len, reverse=True)
    return "|".join(map(re.escape, bare))
