"""The words of a description that many tests share are worked out once in a process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bots import feature_set
from community.description.model import Community
from community.search.lexicon import Lexicon, lexicon_of

_KEPT = 4


@contextmanager
def lexicons_made_once() -> Iterator[None]:
    """Give each bot that goes by the same object of a description the same lexicon, until the block ends.

    A lexicon never changes. A test makes a bot, often several, by the example; its lexicon takes longer than the test.
    """
    made: list[tuple[Community, Lexicon]] = []

    def made_once(community: Community) -> Lexicon:
        for theirs, lexicon in made:
            if theirs is community:
                return lexicon
        lexicon = lexicon_of(community)
        made[:] = [*made[1 - _KEPT :], (community, lexicon)]
        return lexicon

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(feature_set, "lexicon_of", made_once)
        yield
