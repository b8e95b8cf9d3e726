"""Keeping the directory true: who may change what, what a change is, what is likely a double, what has gone stale.

Pure: no clock, no store. `permissions` says who may; `changes` makes the entry that an edit asks for; `differences`
tells two states of an entry apart; `duplicates` and `stale` look through the directory.
"""
