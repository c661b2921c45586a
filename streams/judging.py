"""What a batch means for one facility: folds brought up to date, differences to write. No I/O but loading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Final, Protocol

from msgspec import Struct, structs

from alerts.reconcile import Reconciled, Stored, Transition, folded_since, reconcile
from detectors.observations import Element
from detectors.state import Anchor, Key, Output, RuleFailure
from detectors.timeline import Timeline, key_of
from detectors.times import Millis
from streams.homes import Home, Person


class Past(Struct, frozen=True):
    """What a late element needs: from where on to judge, the anchor before, a window of the timeline, the episodes."""

    cut: Key
    anchor: Anchor | None
    timeline: Timeline
    stored: list[Stored]  # every episode that had not ended at the cut


class Archive(Protocol):
    """Where the past is read from."""

    async def pasts(self, home: Home, cuts: Mapping[int, Key]) -> dict[int, Past]:
        """Per resident everything that judging again from the cut needs."""
        ...


class Judged(Struct):
    """What judging one resident produced, to be written."""

    person: Person
    base: Key  # anchors recorded after this are replaced
    rewound: bool  # `base` lies before what had been recorded
    anchors: list[Anchor]
    found: Reconciled | None  # None: no episode changed
    failures: list[RuleFailure]
    asks: bool  # open questions may have changed
    apart: bool = False  # judged by region and day, not folded: what the person remembers as open is not this


async def judge(
    home: Home, fresh: dict[int, list[Element]], changed: dict[int, Key], until: Millis, archive: Archive
) -> list[Judged]:
    """Brings every resident of the facility up to date.

    `fresh` are new elements per resident, `changed` the earliest key per
    resident at which the stored timeline differs from what was judged (a
    correction, a better duplicate); `until` is how far due times were looked at.
    """
    until = home.looked_until = max(home.looked_until, until)
    done = []
    again: dict[int, Key] = {}
    for person in home.people.values():
        elements, first = fresh.get(person.id, _NOTHING), changed.get(person.id)
        if not elements and first is None and person.subject.wakes_at > until:
            continue
        if elements:
            elements.sort(key=key_of)
            first = key_of(elements[0]) if first is None else min(first, key_of(elements[0]))
        if person.id in changed or person.subject.needs_timeline(first, until):
            again[person.id] = person.subject.cut_before(first, until)
        else:
            done.append(_judge_on(home, person, elements))
    for resident_id, past in (await archive.pasts(home, again)).items():
        done.append(_judge_again(home, home.people[resident_id], past))
    return [one for one in done if one is not None]


_NOTHING: Final[list[Element]] = []


def _judge_on(home: Home, person: Person, elements: list[Element]) -> Judged | None:
    person.subject.append(elements, home.looked_until)
    base, out = person.subject.take()
    home.ran += out.ran
    return _reconciled(person, person.open, base, out, rewound=False)


def _judge_again(home: Home, person: Person, past: Past) -> Judged | None:
    person.subject.refold(past.cut, home.looked_until, past.timeline, lambda key: past.anchor)
    base, out = person.subject.take()
    home.ran += out.ran
    return _reconciled(person, past.stored, base, out, rewound=True)


def _reconciled(person: Person, stored: list[Stored], base: Key, out: Output, *, rewound: bool) -> Judged | None:
    if not rewound and not out.changes and not out.anchors and not out.failures:
        return None
    found = None
    if out.changes or rewound:
        live = [one for one in stored if one.episode.ended is None or one.episode.ended > base]
        found = reconcile(live, folded_since(live, base, out.changes), _provisional_ids().__next__)
    return Judged(person, base, rewound, out.anchors, found, out.failures, bool(out.anchors) or rewound)


def _provisional_ids() -> Iterator[int]:
    """Ids below zero stand for episodes that have none yet."""
    return count(-1, -1)


def numbered(judged: list[Judged], ids: Iterable[int]) -> None:
    """New episodes have the ids of the store."""
    given = iter(ids)
    for one in judged:
        if one.found is None:
            continue
        real = {stored.id: next(given) for stored in one.found.kept if stored.id < 0}
        if real:
            one.found = Reconciled(
                [structs.replace(stored, id=real.get(stored.id, stored.id)) for stored in one.found.kept],
                one.found.gone,
                [_renumbered(transition, real) for transition in one.found.transitions],
            )


def new_episodes(judged: Iterable[Judged]) -> int:
    """How many ids `numbered` needs."""
    return sum(stored.id < 0 for one in judged if one.found is not None for stored in one.found.kept)


def settle(judged: Iterable[Judged]) -> None:
    """After numbering: each person remembers the episodes that have not ended."""
    for one in judged:
        if one.found is not None and not one.apart:
            one.person.open = [stored for stored in one.found.kept if stored.episode.ended is None]


def _renumbered(transition: Transition, real: dict[int, int]) -> Transition:
    heir = transition.heir
    return structs.replace(
        transition,
        id=real.get(transition.id, transition.id),
        heir=None if heir is None else real.get(heir, heir),
    )
