"""Where what `palabre web` serves is, below the address of the network."""

PATH = "/palabre"
"""Our own pages are below it, beside Element Web at ``/`` and the homeserver at ``/_matrix``."""
DEFAULT_PORT = 8010
"""Where it listens on 127.0.0.1, unless it is told another port."""
