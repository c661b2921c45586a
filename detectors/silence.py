"""A facility that is not heard (D25): never seen, went silent, or its clock is wrong. Where we did not look, nothing.

"Nothing came" is only news where something was to come, and where we were
listening; so silence counts in the facility's own occasions (`rhythm.py`),
from its last contact (`contacts.py`) or the end of our own last outage.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from detectors.contacts import CONTACTS_KEPT
from detectors.detector import ABSENT, Absent, Ascending, Present, Question, Says, Severity
from detectors.history import History
from detectors.observations import Contact, ContactKind
from detectors.places import PlaceDetector, PlaceView, place_view
from detectors.profile import Profile
from detectors.rhythm import due_occasions, missed, own_occasions
from detectors.times import MINUTE, NEVER, Millis

Silence = Literal["never", "silent", "clock"]
"""Never seen; went silent; the clock is wrong."""


class FacilitySilent(PlaceDetector, frozen=True):
    """So many of its own occasions in a row passed without a contact.

    Looked at at the local cut-offs and at the additional ones. Its rhythm is
    that of the days D-35..D-8, so it is known 7 + 8 days after the first
    contact; until then what is due of everybody counts, between one cut-off
    and the next, and only a longer silence is told. The next contact ends it.

    >>> from detectors.places import PlaceProfile
    >>> from detectors.times import DAY, HOUR
    >>> view = PlaceView(PlaceProfile(checks_from=0))
    >>> rule = FacilitySilent()
    >>> view.pass_time(34 * HOUR)  # 18:00 of the next day: two cut-offs have passed since it was registered
    >>> rule.judge_due(view, None).because
    'never'
    >>> view.add(Contact(34 * HOUR, "fresh"))
    >>> rule.judge(view)
    Absent()
    """

    says: ClassVar[Says] = {
        "never": ("since",),
        "silent": ("since", "missed", "usual"),
        "silent_early": ("since", "missed"),
        "clock": ("since", "last"),
    }
    ascending: ClassVar[Ascending] = (("missed", "long_missed"),)
    hears: ClassVar[tuple[type, ...]] = (Contact,)

    missed: float = 1.8  # occasions in a row: one is everyday life (docs/rules.md says how it was derived)
    long_missed: float = 3.6  # about two days of a home that reports twice; before its rhythm is known, the only limit
    least_days: Annotated[int, Meta(ge=1, le=28)] = 7  # of which a rhythm is made
    usual_share: float = 0.1  # of the days on which it is heard in an hour that counts as usual
    longest_hours: Annotated[int, Meta(ge=1, le=24)] = 4  # of one occasion
    additional_cutoffs: tuple[int, ...] = (14 * 60,)  # minutes after midnight: between the cut-offs of the day
    severity: Severity = Severity.C
    clock_severity: Severity = Severity.P3  # values come, and nobody judges them
    long_severity: Severity = Severity.P2

    def applies(self, view: History) -> bool:
        return type(view.element) is Contact

    def judge(self, view: History) -> Present | Absent | None:
        here = place_view(view)
        assert isinstance(here.element, Contact)
        if here.element.id in _habit(here):
            return ABSENT
        return self._found(here) if here.element.id == "misdated" else None

    def next_due(self, profile: Profile, after: Millis) -> Millis:
        if not profile.cutoffs:
            return NEVER  # nothing is due of anybody there
        day, minutes = profile.day_of(after), sorted({*profile.cutoffs, *self.additional_cutoffs})
        every = (profile.midnight(one) + minute * MINUTE for one in (day, day + 1) for minute in minutes)
        return min(due for due in every if due > after)

    def judge_due(self, view: History, question: Question | None) -> Present | Absent | None:
        return self._found(place_view(view))

    def _found(self, view: PlaceView) -> Present | None:
        listened, habit = view.listened_since(), _habit(view)
        last, registered = view.contacts.last(view.at, *habit), view.profile.checks_from
        began = registered if last is None else last.at
        if listened is None or began is None:
            return None
        kind, today = silence_of(view, habit), view.profile.day_of(view.at)
        days = view.contacts.settled(today, habit)
        own = own_occasions(days, today, self.least_days, self.usual_share, self.longest_hours)
        # An occasion that begins with the hour of the last contact was kept.
        since = max(listened, began if last is None else began + 1, view.at - CONTACTS_KEPT)
        number = missed(own or due_occasions(view.profile.cutoffs), view.profile, since, view.at)
        if number < (self.missed if own or kind != "silent" else self.long_missed):
            return None
        facts = {"since": view.profile.clock(began)}
        if kind == "never":
            return Present(self.severity, "never", (), facts)
        severity = self.long_severity if own and number >= self.long_missed else self.severity
        if kind == "clock":
            stamped = view.contacts.last(view.at, "misdated")
            assert stamped is not None
            facts["last"] = view.profile.clock(stamped.at)
            return Present(min(severity, self.clock_severity), "clock", (stamped,), facts)
        evidence = () if last is None else (last,)
        facts["missed"] = f"{number:.0f}"
        if not own:
            return Present(severity, "silent_early", evidence, facts)
        return Present(severity, "silent", evidence, facts | {"usual": ", ".join(map(str, own))})


def silence_of(view: PlaceView, habit: tuple[ContactKind, ...]) -> Silence:
    """Which silence it is, if it is one."""
    last, misdated = view.contacts.last(view.at, *habit), view.contacts.last(view.at, "misdated")
    if misdated is not None and (last is None or misdated.at > last.at):
        return "clock"
    return "silent" if view.was_ever_heard() else "never"


def _habit(view: PlaceView) -> tuple[ContactKind, ...]:
    return view.contacts.habit(view.profile.day_of(view.at))
