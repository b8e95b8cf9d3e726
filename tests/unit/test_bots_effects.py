"""Every effect is kept as JSON, in the form in which running instances have written it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bots.context.effects import EffectTypes
from bots.features.ask.effects import COUNT
from bots.features.registry import FEATURES
from bots.planned_reply import from_json, to_json

EFFECT_TYPES = EffectTypes(each for feature in FEATURES for each in feature.effects)
JOURNAL = Path(__file__).parents[1] / "data" / "journal"


def test_a_journal_file_of_an_older_palabre_is_read_and_written_as_it_was() -> None:
    kept = (JOURNAL / "every_effect.json").read_text()
    event_id, outcome = from_json(kept, EFFECT_TYPES)
    assert len(outcome.effects) == 10
    assert json.loads(to_json(event_id, outcome, EFFECT_TYPES)) == json.loads(kept)


def test_an_effect_that_is_not_registered_is_refused() -> None:
    kept = (JOURNAL / "every_effect.json").read_text()
    with pytest.raises(LookupError):
        from_json(kept, EffectTypes([COUNT]))


def test_no_kind_is_registered_twice() -> None:
    with pytest.raises(ValueError, match="count"):
        EffectTypes([COUNT, COUNT])
