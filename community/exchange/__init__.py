"""Export and import of the directory as YAML and as tables, of the calendar as YAML (out) and as iCalendar. Pure.

- `canonical`: the normal form of a directory and of a calendar, so that equal data are written as equal bytes;
- `yaml_file`: writes ``directory.yaml`` and ``calendar.yaml``;
- `tables`, `table_reader`: write and read CSV tables, with `columns` and `table_days`;
- `incoming`: reads files over the existing entries;
- `ics_file`: writes a calendar as iCalendar; `ics_parsing` reads one of another program, whose lines `ics_lines` has
  looked through, `ics_entries` makes events and deadlines of it, and `ics_plan` says what taking them in would change;
- `plan`: what an import would add, change and remove; `doubles`: probable duplicates among new entries.
"""
