"""Editing: add, change, confirm, remove, take back, propose and approve, guided and confirmed in a thread."""

from bots.context.feature import Feature, HelpLines
from bots.features.edit.date_requests import is_date_request
from bots.features.edit.draft import EditDraft
from bots.features.edit.editor import DirectoryEditor
from bots.features.edit.effects import (
    AGREE,
    APPLY,
    ASK_AUTHOR,
    DECIDE,
    PROPOSE,
    Apply,
    Decide,
    NeededRecords,
    Proposal,
    Propose,
    Records,
    Turn,
)
from bots.features.edit.handlers import EditHandlers
from bots.features.edit.proposals import PROPOSALS
from community.core.messages import msg

EDIT = Feature(
    "edit",
    EditHandlers,
    effects=(APPLY, PROPOSE, DECIDE, ASK_AUTHOR, AGREE),
    changes_posts=is_date_request,
    requests=(PROPOSALS,),
    help=HelpLines(
        questions=(msg("“what is out of date?”: what nobody has confirmed for a long time"),),
        commands=(
            msg("“add a resource” (or a contact, a project): I ask for what is needed"),
            msg(
                "“plan a meeting on Tuesday at 15:00”, “add a deadline: report, 15 December 18:00”: I show what time "
                "that is elsewhere, and ask before it stands"
            ),
            msg(
                "“move Thursday's call to Friday 14:00”, “cancel Thursday's call”: one of a series, or all of it"
            ),
            msg("“save this”, in reply to a message with a link or a file: it is kept as a resource"),
            msg(
                "“my project is now in pilot”, “undo”, “history of …”: to change an entry, take that back, see "
                "who changed it"
            ),
        ),
    ),
    apology=msg(
        "Something went wrong on my side, and I changed nothing. Please try again. If it happens again, tell the "
        "coordinators."
    ),
)

__all__ = [
    "EDIT",
    "Apply",
    "Decide",
    "DirectoryEditor",
    "EditDraft",
    "NeededRecords",
    "Proposal",
    "Propose",
    "Records",
    "Turn",
]
