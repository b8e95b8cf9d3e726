"""Feeds of the calendar: of what each is, what stands in it, and the folder that `palabre web` serves them from."""
