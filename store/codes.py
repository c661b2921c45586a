"""Closed sets as the small numbers the database keeps: a word's place in its list, from 1."""

from __future__ import annotations

from typing import Any, Final


class Codes:
    """Words of a closed set, to numbers and back; None stays None."""

    def __init__(self, *words: str) -> None:
        self.number: Final[dict[str | None, int | None]] = {None: None, **{word: n for n, word in enumerate(words, 1)}}
        self.word: Final[dict[int | None, Any]] = {number: word for word, number in self.number.items()}


SITES: Final = Codes("oral", "axillary", "ear", "forehead", "rectal")
CONSCIOUSNESS: Final = Codes("A", "C", "V", "P", "U")
PRESENCES: Final = Codes("in", "hospital", "away", "on_leave", "discharged", "transferred", "died", "refused")
TESTS: Final = Codes("antigen", "pcr")
RESULTS: Final = Codes("positive", "negative", "invalid", "undetermined")
CONTACTS: Final = Codes("fresh", "backlog", "misdated")
ACTIONS: Final = Codes("entered_in_error", "replaced_by", "stands")
