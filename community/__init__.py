"""The ground floor: what a community *is*.

Its model, the loading of its description, its store, its time, its words. Nothing here knows what
Matrix, a bot or a command line is; every other floor may import this one and this one imports none.
"""
