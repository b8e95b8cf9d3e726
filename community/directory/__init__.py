"""The entries of the directory and the calendar, who may see and change them, how they are shown. Pure: no clock.

`entry` is a contact, resource or project, an event or a deadline; `permissions` says who may change it, `changes` makes
the entry that an edit asks for, `differences` tells two states of an entry apart, `cards` shows one to its reader;
`merge` joins what files and people say.
"""
