"""Keys that the bot puts, encrypted, into the content of its own messages, to find again what they belong to."""

from __future__ import annotations

CONVERSATION = "org.palabre.conversation"
"""The name of the conversation that a message belongs to."""
REQUEST = "org.palabre.request"
"""The number of the job that a post shows."""
KEEPS = "org.palabre.keeps"
"""The event id of a message that a reaction begins an entry from."""
DATES = "org.palabre.dates"
"""The keys of the events and deadlines that a message shows (`bots.context.shown_dates`)."""
RETURNS = "org.palabre.returns"
"""The Matrix ID of whom a reaction has taken out of the room, and invited again."""
MARKS = (CONVERSATION, REQUEST, KEEPS, DATES, RETURNS)
