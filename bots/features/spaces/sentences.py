"""What is said of spaces: who may come in and how, what will happen, what is lost. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from community.core.messages import Message, msg, nmsg

WAITS = timedelta(days=14)
"""After so long a request that nobody has answered is over."""

HEAD = msg("The spaces of the network, by theme:")
NO_SPACES = msg("This network has no themes, so there are no spaces to choose from. “my rooms” shows yours.")
SAFE_HEAD = msg("Safe spaces that you may enter; each is in your list of spaces: {rooms}")
LIST_TAIL = msg("To leave one, write “leave …”. What you are in: “my rooms”.")
LIST_TAIL_ROOM = msg("Which of them you are in I say in a direct message only.")
LIST_DIRECTLY = msg("I say that in a direct message: write to me there “which spaces are there?”.")
MINE_DIRECTLY = msg("I say that in a direct message only: write to me there “my rooms”.")
JOIN_DIRECTLY = msg("That needs a direct message: write to me there “join {theme}”.")
LEAVE_DIRECTLY = msg("I do that in a direct message only: write to me there “leave {theme}”.")
UNKNOWN = msg("I know no space of that name that you could join or leave.")
WHICH_THERE_ARE = msg("To see what there is, write to me directly: “which spaces are there?”.")
WHICH_ONE = msg("Which one do you mean? {themes}")

IN_IT = msg("you are in it")
ASKED_FOR = msg("you have asked for it and are told what is decided")
AT_ONCE = msg("to come in, write “join {theme}”")
ON_REQUEST = msg("to ask for it, write “join {theme}”")
COORDINATORS_DECIDE = msg("to ask for it, write “join {theme}”: the coordinators decide")
KEEPERS_DECIDE = msg("to ask for it, write “join {theme}”: the keepers of its safe room decide")
BY_COORDINATORS = msg("only the coordinators place people there")

ALREADY = msg("You are in “{theme}” already.")
ALL_ALREADY = msg("You are in all rooms of “{theme}” already: it would change nothing.")
JOINED = msg("Done: you have joined “{theme}”. In a few seconds these rooms come: {rooms}.")
JOINED_BARE = msg("Done: you have joined “{theme}”. It has no rooms for you yet.")
HOW_THEY_COME = msg(
    "Some you are put in at once, the others come as invitations: tap “Accept”, and you can read what was said before, "
    "where the room shows that. I tell you when all is there."
)
JOINED_HERE = msg("Done: you have joined “{theme}”. I write to you directly when its rooms are there.")
CLOSED = msg(
    "“{theme}” is not joined by asking me: the coordinators place people there. Please write to one of them."
)
ASKED = msg(
    "I bring the coordinators your wish to join “{theme}”, and tell you directly what they say. If nobody has answered "
    "in {days} days, it is over, and you can ask again."
)
KEEPERS_ASKED = msg(
    "I bring the keepers your wish to join “{theme}”, and tell you directly what they say. If nobody has answered in "
    "{days} days, it is over, and you can ask again."
)
STILL_ASKED = msg(
    "Your wish to join “{theme}” is already waiting for an answer. To take it back: “leave {theme}”."
)
TAKEN_BACK = msg("All right: I have taken back your wish to join “{theme}”.")
NOBODY_DECIDES = msg(
    "Nobody is there just now who could decide that. Please write to one of the coordinators."
)
ENOUGH_TODAY = msg("You have joined many spaces today. Please go on tomorrow; nothing was changed now.")
ENOUGH_ASKED = msg(
    "You have asked for several spaces today, and I bring no more than that in a day. Please ask tomorrow."
)
NOT_ANY_MORE = msg("Nothing was changed: that is not possible any more. Ask me “which spaces are there?”.")

BELONGS = msg("You belong in “{room}” already. “my rooms” shows whether an invitation waits for you.")
MAY_ENTER = msg(
    "You may enter “{room}” by yourself: open the network's space in your app, and join it there."
)
NOT_BY_THEME = msg(
    "“{room}” comes with no theme. You can leave it in your app, and nobody puts you back; a coordinator can ask you "
    "in again."
)

BEFORE_SAFE = nmsg(
    "With “{theme}” you may enter a safe room: {rooms}. Before you ask, know how it is there:",
    "With “{theme}” you may enter safe rooms: {rooms}. Before you ask, know how it is there:",
    count=1,
)
"""``count``: how many rooms; so below."""
WHO_READS = msg(
    "Who reads: the people in that room and nobody else. What was said before you came stays closed to you. Its "
    "keepers can put people out."
)
NO_BOT = msg("No bot: I am not in it, and cannot read or answer there.")
NOT_PROTECTED = msg("Nothing protects you from somebody in it who passes on what they have read.")
SHALL_I_ASK = msg(
    "Its keepers decide, and are told your name. Shall I ask them? Write “yes {number}” or “no”; a reaction is not "
    "enough."
)
NOT_ASKED = msg("All right: I ask nobody.")

LEAVING = msg("You want to leave “{theme}”. You are then taken out of: {rooms}.")
WHAT_IS_LOST = msg(
    "What is said there from then on you cannot read. What you have written stays there for the others."
)
SAFE_IS_LOST = msg(
    "What is said in a safe room while you are away you can never read, also if you come back."
)
COME_BACK = msg("You can come back at any time: “join {theme}”.")
ASK_AGAIN = msg("To come back you have to ask again, and others decide.")
PLACED_AGAIN = msg("Only the coordinators could let you come back.")
IS_IT_RIGHT = msg("Is that right? Write “yes {number}” or “no”; a reaction is not enough.")
STAYED = msg("All right: you stay.")
NOT_IN_IT = msg("You are not in “{theme}”.")
LEAVING_CHANGES_NOTHING = msg(
    "You are in the rooms of “{theme}” whatever your themes are: leaving it would change nothing."
)
KEEPS_IT = msg(
    "You keep the safe room that comes with “{theme}”. Ask the coordinators first, so that enough keepers stay."
)
LEFT_BARE = msg("Done: you have left “{theme}”. No room went with it.")
LEFT = msg("It is being done: I tell you directly when you are out of the rooms of “{theme}”.")

MINE_JOINED = msg("You are in: {rooms}")
MINE_INVITED = msg("Invitations wait for you to: {rooms}")
HOW_TO_ACCEPT = msg("Open your app's list of chats, tap the invitation, then “Accept”.")
MINE_SAFE = msg("You may enter these safe rooms; whether you are in I cannot see: {rooms}")
MINE_MISSING = msg(
    "These are yours too, and you are in none of them: you have left, or they are still to come: {rooms}"
)
MINE_NOTHING = msg("You are in no room that I know of.")
MINE_OF_ALL = msg("Your rooms: “my rooms”.")
MINE_TAIL = msg("What else there is: “which spaces are there?”.")

WANTS_IN = msg("{name} would like to join “{theme}”.")
WANTS_IN_OF = msg("{name} ({city}) would like to join “{theme}”.")
HAS_COME = msg("{name} has come by an invitation that names “{theme}”.")
HAS_COME_OF = msg("{name} ({city}) has come by an invitation that names “{theme}”.")
WITH_IT_COMES = msg("With it they may enter: {rooms}.")
WITH_IT_SAFE = nmsg(
    "With it they may enter the safe room that you keep: {rooms}. They have been told how it is there.",
    "With it they may enter safe rooms that you keep: {rooms}. They have been told how it is there.",
    count=1,
)
WITH_IT_SAFE_BY_LINK = nmsg(
    "With it they may enter the safe room that you keep: {rooms}. They are told how it is there once they are let in.",
    "With it they may enter safe rooms that you keep: {rooms}. They are told how it is there once they are let in.",
    count=1,
)
HOW_TO_DECIDE = msg("Say “yes {number}” to let them in, or “no {number}”. A reaction is not enough.")
GRANTED = msg("Number {number}: {name} may join “{theme}”. I tell them.")
REFUSED = msg("Number {number}: {name} does not join “{theme}”. I tell them kindly, and without your name.")
OVER = msg("This request is over: it was decided, or taken back.")
NO_LONGER_WAITS = msg("That request does not wait any more: nothing was changed.")
HAS_NO_ACCOUNT = msg(
    "{name} has no account at the moment. The request waits until they have come again: decide then."
)
CHANGED_IDENTITY = msg(
    "I have done nothing: {name} has a new identity, and I do not know yet whether it is they. Ask them by telephone "
    "or in person; then write “accept identity of {username}”, and decide again."
)


def filled(sentence: Message, **values: object) -> Message:
    """Return a sentence with values for its places."""
    return replace(sentence, params=values)


def people_in(count: int) -> Message:
    """Return how many have taken a theme up."""
    return nmsg("with {count} person", "with {count} people", count=count)
