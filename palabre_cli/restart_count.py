"""How often the children of `palabre up` were started again, noted for the metrics of `palabre serve`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from community.core.errors import DataFolderError
from community.core.messages import Message
from community.description.data_folder import DataFolder, write_private_json


@dataclass
class RestartCount:
    """Counts from the start of `palabre up` on. ``say`` tells the operator what cannot be written."""

    data: DataFolder
    say: Callable[[Message], None]
    counts: Counter[str] = field(default_factory=Counter)

    def note(self, name: str) -> None:
        """Count one more start of a child."""
        self.counts[name] += 1
        self.write()

    def write(self) -> None:
        """Write the counts; a disk that is full keeps no child from being started."""
        try:
            write_private_json(self.data.status_file("up"), {"restarts": dict(sorted(self.counts.items()))})
        except DataFolderError as error:
            self.say(error.sentence)
