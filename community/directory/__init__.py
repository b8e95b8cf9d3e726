"""The directory: its entries, who may see and change them, and how they are shown. Pure: no clock, no storage.

`entry` is a contact, resource or project; `permissions` says who may change it, `changes` makes the entry that an edit
asks for, `differences` tells two states of an entry apart, `cards` shows one to its reader; `merge` joins what files
and people say.
"""
