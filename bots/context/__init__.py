"""What the bot's core and its features have in common: the types that they exchange, and the contract of a feature."""
