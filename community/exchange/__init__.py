"""Export and import of the directory as YAML and as tables, export of the calendar as YAML. Pure.

- `canonical`: the normal form of a directory and of a calendar, so that equal data are written as equal bytes;
- `yaml_file`: writes ``directory.yaml`` and ``calendar.yaml``;
- `tables`, `table_reader`: write and read CSV tables, with `columns` and `table_days`;
- `incoming`: reads files over the existing entries;
- `plan`: what an import would add, change and remove; `doubles`: probable duplicates among new entries.
"""
