"""The description of a community: its YAML files, their model, and what follows from them. Knows no store."""
