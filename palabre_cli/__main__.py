"""``python -m palabre_cli``: the same as the command ``palabre``."""

from palabre_cli.main import main

main()
