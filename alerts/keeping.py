"""Who answers for an alert that was offered at the change of a shift, and is therefore told of its next steps. Pure.

Until somebody has taken it, the giver is told as well as whoever is on shift;
from then on the taker is, and the giver is not until their next shift. Nobody
is between the two.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from msgspec import Struct, structs

from alerts.channels import Channel
from alerts.ladders.ladder import Step
from alerts.rosters import OnDuty
from alerts.routing import NOBODY, Route, ways_to
from detectors.times import Millis
from store.duty import Person
from store.hand_overs import Link


class Keepers(Struct, frozen=True):
    """Whom an alert has been passed to, by name, and who has passed it on."""

    names: tuple[str, ...] = ()
    relieved: Mapping[str, Millis] = {}  # when


NO_KEEPERS = Keepers()


def keepers(chain: Iterable[Link]) -> Keepers:
    """Who keeps it now, from every passing on in the order in which they were answered.

    >>> keepers([Link("小李", "offered", None, 7)]).names
    ('小李',)
    >>> keepers([Link("小李", "accepted", "小周", 8)])
    Keepers(names=('小周',), relieved={'小李': 8})
    """
    names: dict[str, None] = {}
    relieved: dict[str, Millis] = {}
    for link in chain:
        has_it = link.answered_by if link.state == "accepted" and link.answered_by else link.giver
        if has_it != link.giver:
            names.pop(link.giver, None)
            relieved[link.giver] = link.at
        names[has_it] = None
        relieved.pop(has_it, None)
    return Keepers(tuple(names), relieved)


def on_shift(kept: Keepers, duties: Iterable[OnDuty]) -> Keepers:
    """Whoever passed it on before their shift began is told like everybody on it."""
    began = {one.person.name: one.since for one in duties}
    relieved = {name: at for name, at in kept.relieved.items() if name not in began or began[name] < at}
    return structs.replace(kept, relieved=relieved)


def with_keepers(
    routes: Iterable[Route], kept: Keepers, step: Step, people: Mapping[int, Person], channels: Mapping[str, Channel]
) -> list[Route]:
    """The routes of a step, with those who keep the alert and without those who passed it on."""
    told = list(routes)
    if not kept.names:
        return told
    known = {person.name: person for person in people.values()}
    reached = False
    for name in kept.names:
        if any(is_for(route, [name]) for route in told):
            reached = True
            continue
        ways = ways_to(known[name], step, channels) if name in known else []
        if ways:
            (channel, address), *others = ways
            told.append(Route(channel, address, None, None, name, tuple(others)))
            reached = True
        else:
            told.append(Route(NOBODY, name, None, f"{name} has no way to be told", name))
    # Whoever went home is still told while nobody else can be.
    return [route for route in told if not is_for(route, kept.relieved)] if reached else told


def is_for(route: Route, names: Collection[str]) -> bool:
    """The route leads to one of these people, also where they stand in for somebody."""
    return (route.person or "").partition("(替")[0] in names
