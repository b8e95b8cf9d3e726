"""The ground floor: what a community *is*.

Its description, its directory, the answers to questions, its storage. Nothing here knows what Matrix, a bot or a
command line is; every other floor may import this one and this one imports none.
"""
