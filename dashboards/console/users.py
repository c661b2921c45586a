"""Who looks at a page: the role, what of the country they see, and what they may do about it."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Final, get_args

from msgspec import Struct

from alerts.acting import Actor, Right
from store.console import Seen


class Role(enum.Enum):
    """What an account is for."""

    FACILITY = "facility"  # carers of one home: its residents, its readings, its alerts
    DESK = "desk"  # on-call of a county or of a group of homes
    HOSPITAL = "hospital"  # the doctors of one hospital: its referrals and their residents
    VIEWER = "viewer"  # county and ministry: figures, and alerts without identity
    OPERATOR = "operator"  # keeps the system running: technical things only


class Place(Struct, frozen=True):
    """Whose something is: what a scope is compared with."""

    facility: str
    region: str | None = None  # GB/T 2260; None: nobody said
    resident: str | None = None  # a pseudonym; None: it is about the facility
    hospitals: frozenset[str] = frozenset()  # codes of those to which its resident is referred now
    parts: tuple[Place, ...] = ()  # something of several places is seen by whoever sees each of them


class Scope(Struct, frozen=True):
    """What of the country an account is for. Nothing given is nothing seen."""

    regions: tuple[str, ...] = ()  # the beginnings of their codes; "" is everywhere
    facilities: tuple[str, ...] = ()  # codes
    hospital: str | None = None

    def has(self, place: Place) -> bool:
        """It lies within."""
        if place.parts:
            return all(self.has(one) for one in place.parts)
        return (
            place.facility in self.facilities
            or any((place.region or "").startswith(one) for one in self.regions)
            or (self.hospital is not None and self.hospital in place.hospitals)
        )


class User(Struct, frozen=True):
    """Somebody who is signed in."""

    account_id: int
    login: str
    name: str
    role: Role
    scope: Scope
    rights: frozenset[Right] = frozenset()  # reading is no right to act

    @property
    def actor(self) -> Actor:
        """As `alerts.acting` wants it: it refuses what the rights do not allow."""
        return Actor(self.name, self.rights)

    def sees(self, place: Place) -> bool:
        """Pages about it exist for this user. An operator sees technical things only."""
        return self.role is not Role.OPERATOR and self.scope.has(place)

    @property
    def seen(self) -> Seen:
        """What lists are limited to; an operator's are empty."""
        return Seen() if self.role is Role.OPERATOR else Seen(self.scope.regions, self.scope.facilities)

    @property
    def is_told_who(self) -> bool:
        """Pages may say which resident and bed; a viewer sees that there is an alert, not whose."""
        return self.role in TOLD_WHO

    @property
    def is_near(self) -> bool:
        """Of the facility or of its county: pages may say who of the facility spoke. No name goes above the county."""
        return all(len(one) >= COUNTY_DIGITS for one in self.scope.regions)


COUNTY_DIGITS: Final = 6
TOLD_WHO: Final = frozenset({Role.FACILITY, Role.DESK, Role.HOSPITAL})
EVERYWHERE: Final = Scope(regions=("",))


def rights_of(names: Iterable[str]) -> frozenset[Right]:
    """Rights by their names; others are none."""
    return frozenset(one for one in get_args(Right) if one in set(names))
