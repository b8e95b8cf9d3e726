"""Understanding a question and finding the entries that answer it. Pure: no clock, no network, sorted output.

`lexicon` knows the words of this community; `question` turns a text into what it asks; `index` finds the entries.
Nothing is invented: what only comes near is said to come near.
"""
