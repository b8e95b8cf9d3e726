"""The directory in and out: the same data as YAML and as tables, and what taking in a file would change. Pure.

- `canonical`: the one form that all writing starts from, so that the same data give the same bytes;
- `yaml_file`: ``directory.yaml``, written as people write it;
- `plan`: what a file would add, change and remove, before anything is done.
"""
