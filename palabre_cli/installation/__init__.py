"""What a network needs on a server of its own, written from a few answers (`palabre init`)."""
