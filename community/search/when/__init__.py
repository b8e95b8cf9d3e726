"""When something is, as people say it in chat: read into one moment or series, or asked about where it has two meanings.

`reader.read_when` is what others call. Everything here is pure: now is an argument.
"""
