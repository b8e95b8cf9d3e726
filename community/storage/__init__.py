"""The store: what the floors share and what people change every day. SQLAlchemy Core on SQLite or PostgreSQL.

One `Store` per process; each of its parts is a table or two with the few questions that are asked of it:

- ``entries``: contacts, resources, projects, events, deadlines, as the bots answer from them, and the history of who
  changed what;
- ``drafts``: guided edits that have been begun;
- ``answers``: which messages of the bot answer which question, for an hour;
- ``counts``: how many questions there were about what;
- ``applied``: the community that was applied last;
- ``members``: adds and changes members of that community, while the network runs;
- ``people``: who has which Matrix ID, role, city (a person's role comes from here, never from a display name);
- ``identities``: the key pinned for each person;
- ``jobs``: by which one process asks another, or itself later, to do something, durably and once;
- ``directs``: the direct messages that the bot has begun;
- ``gates``: who is in the gates of safe rooms, as their keepers were told;
- ``feeds``: which feeds of the calendar there are;
- ``invitations``: to the network, and who came by which; ``invited_news``: what inviters were told of them;
  ``lost_accounts``: takes back that somebody has come whose account is gone;
- ``quiet_hours``: those that people have set for themselves;
- ``visits``: when people last wrote; ``news``: what is new since then, read from the history and the jobs;
- ``imports``: which events and deadlines came from another program's calendar;
- ``marks``: moments that are noted once;
- ``standing_faults``: what is wrong with accounts now, and since when;
- ``audit``: who changed what and when; rows are added, never changed or deleted.

Every call is asynchronous and one transaction. Times go in and come out in UTC with a zone.
"""

from community.jobs.job import Job, JobState, Lease
from community.storage.answers import AnswerIds
from community.storage.applied import AppliedCommunity, UnreadableCommunity
from community.storage.audit import AuditEntry, AuditOutcome, NewAuditEntry
from community.storage.counts import Count, Counts
from community.storage.database import Store
from community.storage.directs import BegunDirect
from community.storage.drafts import Draft, Drafts
from community.storage.feeds import Feed
from community.storage.gates import GateStanding
from community.storage.invitations import InvitationArrivals, NewInvitation
from community.storage.news import Announced
from community.storage.opening import open_store
from community.storage.personal import Forgotten
from community.storage.seeding import SeedingPlan, SeedingReport
from community.storage.visits import Visit

__all__ = [
    "Announced",
    "AnswerIds",
    "AppliedCommunity",
    "AuditEntry",
    "AuditOutcome",
    "BegunDirect",
    "Count",
    "Counts",
    "Draft",
    "Drafts",
    "Feed",
    "Forgotten",
    "GateStanding",
    "InvitationArrivals",
    "Job",
    "JobState",
    "Lease",
    "NewAuditEntry",
    "NewInvitation",
    "SeedingPlan",
    "SeedingReport",
    "Store",
    "UnreadableCommunity",
    "Visit",
    "open_store",
]
