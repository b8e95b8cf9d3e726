"""What is known of accounts on the homeserver: the pinned identity of each person, and what is wrong. Pure."""
