"""Secret storage under a recovery key, and the backup of room keys on the homeserver (spec, "Secrets")."""
