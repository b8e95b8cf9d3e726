"""Export and import of the directory as YAML and as tables. Pure.

- `canonical`: the normal form of a directory, so that equal data are written as equal bytes;
- `yaml_file`: writes ``directory.yaml``;
- `tables`, `table_reader`: write and read CSV tables, with `columns` and `table_days`;
- `incoming`: reads files over the existing entries;
- `plan`: what an import would add, change and remove; `doubles`: probable duplicates among new entries.
"""
