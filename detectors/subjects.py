"""How a subject is called in memory: the facility, the kind, and the code there."""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["resident", "staff", "unit", "facility"]

_SEPARATOR = "\0"  # cannot stand in a code


class SubjectName(NamedTuple):
    """A resident, a member of staff, a unit, or the facility itself."""

    facility: str
    kind: Kind
    id: str

    def __str__(self) -> str:
        return _SEPARATOR.join(self)

    @staticmethod
    def parse(text: str) -> SubjectName:
        """The name that was written with `str`.

        >>> SubjectName.parse(str(SubjectName("F-1", "unit", "3")))
        SubjectName(facility='F-1', kind='unit', id='3')
        """
        facility, kind, name = text.split(_SEPARATOR)
        return SubjectName(facility, kind, name)  # type: ignore[arg-type]  # as `str` wrote it

    @property
    def person(self) -> str:
        """As a case names who is ill."""
        return f"{self.kind}:{self.id}"
