"""How anything is written: YAML with its places, quantities with sources, problems with file, line and field."""
