"""`palabre bots`, with posts corrected a second after a change, and replied to however young they are: for killing.

    python tests/fault/hurried_bots.py bots OPTIONS…

Else an edit waits for a minute, and a post that is younger than ten minutes gets no reply.
"""

from __future__ import annotations

from datetime import timedelta

from bots.features.scheduled import corrections
from palabre_cli.main import main
from tests.lib.hurry import hurry

if __name__ == "__main__":
    corrections.RECENT = timedelta()
    hurry()
    main()
