"""Processes that are forked for the tests wait shorter for what is not tested there, where their environment says so.

How long each thing is waited for by constants of ours is tested in `tests/unit`, where the time is an argument.
"""

from __future__ import annotations

import os
from datetime import timedelta

from bots import key_backup_watch, unread_messages, verifying
from bots.encryption import missing_keys, repeated_keys, sync_reader, verifications
from bots.features.scheduled import noted_changes, posts

HURRIED = {"PALABRE_TESTS_HURRY": "yes"}
"""The environment of what is to be hurried."""


def hurry() -> None:
    """Wait some seconds where an operator's bot waits for half a minute or a minute."""
    # What has changed in the calendar is told once nothing more of it has changed for a while.
    noted_changes.SETTLED = posts.LOOK_AGAIN = timedelta(seconds=1)
    # A message that cannot be read may only wait for its key; an app may begin by itself what was agreed upon.
    unread_messages.PATIENCE = verifications.START_AFTER = timedelta(seconds=5)
    unread_messages.LOOK_EVERY = verifying.LOOK_EVERY = key_backup_watch.LOOK_EVERY = 1.0
    hurry_keys(20)


def hurry_keys(times: int) -> None:
    """Divide the times after which keys are given again, and asked for again, that may have been lost with a copy."""
    repeated_keys.AFTER = tuple(each / times for each in repeated_keys.AFTER)
    missing_keys.IN_DOUBT = tuple(each / times for each in missing_keys.IN_DOUBT)
    repeated_keys.AFTER_WRITING /= times
    repeated_keys.LOOK_EVERY /= times
    # Both are looked at after each sync.
    sync_reader.PATIENCE = 5.0


def hurry_if_wanted() -> None:
    """Hurry where the environment of this process says so."""
    if HURRIED.items() <= os.environ.items():
        hurry()
