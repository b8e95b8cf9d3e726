"""How long it takes to know what the calendar has due next, beside a bare indexed query of SQLite, and to post it.

    python benchmarks/calendar.py [--quick]

10,000 events, most of them repeated, each posted in 100 rooms. **next**: when the next post is due, beside the first
row of a table with each event's next post in each room, indexed by when it is due. **taken**: which posts come due
then, and what is next afterwards, beside the rows of that moment in the same table. **look**: a look of the bot's in
which nothing is due, with its store, beside the query for the first row through the same store.

**posts**: 200 posts that are due in the same second in 20 encrypted rooms, until the last is out, beside as many bare
messages into the same rooms by the same encrypted client, and by nio as it is (`benchmarks.upcoming.sending`). Needs
Synapse in `.venv-synapse` (`./palabre test`).

Prints progress, then one line of JSON: sizes, microseconds, floors, ratios (median of interleaved rounds), how long
the index takes to build, and of posts the processor time of each process in that time.
"""

import sys
import sysconfig
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

if __name__ == "__main__":
    # Else this file would be taken for the calendar of Python's library, where it is started as a script.
    sys.path[:] = [place for place in sys.path if Path(place).resolve() != Path(__file__).resolve().parent]
    from benchmarks.upcoming.measuring import main

    main(__doc__)
elif __name__ == "calendar":
    # A script of this folder looks for modules here first: for it `calendar` is that of Python's library too.
    spec = spec_from_file_location(__name__, Path(sysconfig.get_path("stdlib"), "calendar.py"))
    assert spec is not None
    assert spec.loader is not None
    sys.modules[__name__] = module_from_spec(spec)
    spec.loader.exec_module(sys.modules[__name__])
