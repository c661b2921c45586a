"""Reconcile: stored episodes against folded ones; only the differences become transitions.

What the data say is law (content); ids and "who was told" depend on the order
of arrival and live here. An id is never derived from a start time: late data
moves it. Matched are episodes of one condition whose spans [opened, ended)
overlap **as timeline keys**, eldest first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from msgspec import Struct

from detectors.episodes import Episode, episodes_of
from detectors.state import Change, Key
from detectors.times import Millis

Kind = Literal["opened", "worsened", "eased", "cleared", "lapsed", "revised", "joined", "divided", "withdrawn"]


class Stored(Struct, frozen=True):
    """An episode under its id; `aliases` are the ids that were joined into it."""

    id: int
    episode: Episode
    aliases: tuple[int, ...] = ()


class Transition(Struct, frozen=True):
    """Something that happened to an episode. `at` is event time; None: it happened to our knowledge, now."""

    kind: Kind
    id: int
    episode: Episode
    change: Change  # the change that speaks for it
    at: Millis | None = None
    heir: int | None = None  # joined: the id that goes on; divided: the id it came from


class Reconciled(Struct, frozen=True):
    """The episodes as they must be stored now, the ids that are gone, and what to tell."""

    kept: list[Stored]
    gone: list[int]
    transitions: list[Transition]


def folded_since(stored: Iterable[Stored], base: Key, changes: Iterable[Change]) -> list[Episode]:
    """The episodes of a stretch folded again after `base`: what was recorded up to it, then the new changes.

    `stored` holds the episodes that had not ended at `base`.
    """
    before = [change for one in stored for change in one.episode.trail if change.key <= base]
    return episodes_of([*sorted(before, key=lambda change: change.key), *changes])


def reconcile(stored: list[Stored], folded: list[Episode], new_id: Callable[[], int]) -> Reconciled:
    """Brings the stored episodes of one resident to what was folded."""
    kept: list[Stored] = []
    transitions: list[Transition] = []
    taken: set[int] = set()
    for episode in sorted(folded, key=lambda one: one.opened):
        mine = sorted(
            (one for one in stored if one.episode.overlaps(episode)),
            key=lambda one: (one.id in taken, one.episode.opened, one.id),
        )
        if not mine or mine[0].id in taken:
            new = Stored(new_id(), episode)
            kept.append(new)
            transitions += _divided(new, mine[0]) if mine else list(course(new.id, (), episode.trail))
            continue
        heir = mine[0]
        taken.add(heir.id)
        joined = [one for one in mine[1:] if one.id not in taken and not _continues(one, episode, folded)]
        taken.update(one.id for one in joined)
        transitions += [
            Transition("joined", one.id, one.episode, one.episode.explanation, heir=heir.id) for one in joined
        ]
        aliases = heir.aliases + tuple(alias for one in joined for alias in (one.id, *one.aliases))
        kept.append(Stored(heir.id, episode, aliases))
        transitions += _updated(heir, episode)
    withdrawn = [one for one in stored if one.id not in taken]
    transitions += [Transition("withdrawn", one.id, one.episode, one.episode.explanation) for one in withdrawn]
    left = {one.id for one in kept}
    return Reconciled(kept, [one.id for one in stored if one.id not in left], transitions)


def _continues(one: Stored, episode: Episode, folded: list[Episode]) -> bool:
    """A later folded episode can still inherit it."""
    return any(one.episode.overlaps(later) for later in folded if later.opened > episode.opened)


def _divided(new: Stored, source: Stored) -> list[Transition]:
    first, *rest = course(new.id, (), new.episode.trail)
    return [
        Transition("divided", new.id, new.episode, new.episode.explanation, heir=source.id),
        *(rest if first.kind == "opened" else [first, *rest]),
    ]


def _updated(old: Stored, new: Episode) -> list[Transition]:
    before = old.episode
    if new == before:
        return []
    length = len(before.trail)
    if before.ended is None and new.trail[:length] == before.trail:
        return list(course(old.id, before.trail, new.trail))
    revised = [Transition("revised", old.id, new, new.explanation)]
    last = new.trail[-1]
    if before.ended is None and new.ended is not None:
        revised.append(Transition(_ending(last), old.id, new, last, last.key[0]))
    elif new.ended is None and new.severity < before.severity:
        revised.append(Transition("worsened", old.id, new, last, last.key[0]))
    return revised


def course(episode_id: int, known: tuple[Change, ...], trail: tuple[Change, ...]) -> Iterable[Transition]:
    """What happened after the known part; a change that leaves the severity as it is tells nobody anything."""
    severity = known[-1].severity if known else None
    for length, change in enumerate(trail[len(known) :], len(known) + 1):
        episode = Episode(change.condition, trail[:length])
        kind: Kind | None = None
        if change.severity is None:
            kind = _ending(change)
        elif severity is None:
            kind = "opened"
        elif change.severity != severity:
            kind = "worsened" if change.severity < severity else "eased"
        if kind is not None:
            yield Transition(kind, episode_id, episode, change, change.key[0])
        severity = change.severity


def _ending(change: Change) -> Kind:
    return "cleared" if change.because == "absent" else "lapsed"
