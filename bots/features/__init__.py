"""The features of the bot, each in a folder of its own; `registry` has a line for each."""
