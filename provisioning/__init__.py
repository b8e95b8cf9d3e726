"""Makes the homeserver match the community's description; the only holder of the admin token."""
