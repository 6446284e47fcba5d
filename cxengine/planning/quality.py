"""How good the timetable of a roadmap is, and how far from the best it can be."""

from __future__ import annotations

import attrs


@attrs.frozen
class Quality:
    """What the search found and what is proven about it.

    Value arrives when an item is finished. What counts is first that nothing is late, then the week in
    which a unit of value arrives on average, then the length of the whole.
    """

    cost: float
    """The week, counted from 0 and in parts, in which a unit of value arrives on average."""
    bound: float
    """In no timetable that is as punctual does it arrive earlier than this, on average."""
    gap: float
    """The difference as a share of the cost; 0 where the timetable is proven to be the best."""
    late: float
    """Weeks by which items are finished after they are due, added up."""
    work: float
    """How much work the search was given, in units of about a second."""
    seed: int
    """What its dice were thrown with."""

    def sentence(self) -> str:
        """What a reader of the roadmap is told."""
        if not self.gap:
            found = "The timetable is the best there is"
        else:
            found = f"No timetable could bring value more than {self.gap:.1%} earlier on average"
        late = f"; items are late by {self.late:.1f} weeks in all" if self.late else ""
        return f"{found} (value arrives after {self.cost:.1f} weeks on average{late})."
