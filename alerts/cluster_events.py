"""A cluster as an event: found, verified (核实), acted upon (处置), closed (结案), each in its time.

The finding is the alert; what people do about it outlives it. An event is closed
only when its signal is over: a file that is shut on a running outbreak is worse
than an open one. Whoever finds that it is no cluster says so, and that ends it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from alerts.acting import Actor, NotAllowed, Refused
from detectors.times import Millis
from store import alerts, cluster_events, registry
from store.alerts import ActionRow
from store.cluster_events import ClusterStep, ClusterStepKind
from store.connection import Connection

CONDITIONS: Final = frozenset(("first_case", "cluster", "case_excess", "region_excess", "region_positivity"))
"""D28, D29, D30, and those of a county."""

DESKS: Final[frozenset[ClusterStepKind]] = frozenset(("verified", "discarded", "closed"))
"""What a desk says, and not the home itself."""
WORDS: Final[dict[ClusterStepKind, tuple[str, str]]] = {
    "verified": ("已核实·属聚集性事件", "verified: it is a cluster"),
    "discarded": ("已核实·不是聚集性事件", "verified: no cluster"),
    "acted": ("已处置", "acted upon"),
    "told": ("已报告疾控", "disease control told"),
    "closed": ("已结案", "closed"),
}


class ClusterEvent(Struct, frozen=True):
    """How far it is; None: not yet."""

    opened_at: Millis
    verified_at: Millis | None = None
    acted_at: Millis | None = None
    told_at: Millis | None = None
    told_by: str | None = None
    closed_at: Millis | None = None
    discarded: bool = False

    @property
    def may_be(self) -> tuple[ClusterStepKind, ...]:
        """What can be said next; the rest is refused with its reason."""
        if self.closed_at is not None:
            return ()
        if self.verified_at is None:
            return ("verified", "discarded", "told")
        return ("acted", "told") if self.acted_at is None else ("acted", "told", "closed")


class NewStep(Struct, frozen=True):
    """What somebody says was done; at None: now."""

    step: ClusterStepKind
    words: str
    whom: str | None = None
    at: Millis | None = None


def course(opened_at: Millis, steps: Iterable[ClusterStep]) -> ClusterEvent:
    """Where an event stands; of what was done several times the first counts."""
    first: dict[str, ClusterStep] = {}
    for step in steps:
        first.setdefault(step.step, step)
    at = {kind: step.at for kind, step in first.items()}
    discarded = "discarded" in at
    return ClusterEvent(
        opened_at,
        at.get("verified", at.get("discarded")),
        at.get("acted"),
        at.get("told"),
        first["told"].actor if "told" in first else None,
        at.get("closed", at.get("discarded")),
        discarded,
    )


def why_not(
    event: ClusterEvent, step: ClusterStepKind, at: Millis, now: Millis, *, stands: bool
) -> tuple[str, str] | None:
    """Why this cannot be said of the event, in Chinese and English; None: it can. `stands`: its signal is not over.

    >>> why_not(ClusterEvent(opened_at=0), "acted", 5, 9, stands=True)[1]
    'Verify it first: nobody has looked whether it is a cluster.'
    """
    if at > now:
        return "时间晚于现在：请核对后重填。", "It lies in the future: check the time."
    if event.closed_at is not None:
        return "事件已结案，不能再登记。", "The event is closed: nothing more can be said of it."
    if step in ("verified", "discarded") and event.verified_at is not None:
        return "事件已核实过。", "It was verified before."
    if step in ("acted", "closed") and event.verified_at is None:
        return "请先核实：还没有人确认是否聚集性事件。", "Verify it first: nobody has looked whether it is a cluster."
    if step == "closed" and event.acted_at is None:
        return "请先登记处置，再结案。", "Say what was done about it first, then close it."
    if step == "closed" and stands:
        return (
            "信号仍在持续，不能结案：请待信号解除。",
            "Its signal still stands: it can be closed when that is over.",
        )
    before = max(one for one in (event.opened_at, _before(event, step)) if one is not None)
    if at < before:
        return "时间早于前一步：请核对。", "It lies before the step that comes first: check the time."
    return None


def _before(event: ClusterEvent, step: ClusterStepKind) -> Millis | None:
    if step == "acted":
        return event.verified_at
    return event.acted_at if step == "closed" else None


async def say(connection: Connection, alert_id: int, actor: Actor, new: NewStep, now: Millis) -> None:
    """The step is on record, and in the course of its alert; raises Refused."""
    if "acknowledge" not in actor.rights:
        raise NotAllowed(f"{actor.name} may look, and not act")
    if not new.words.strip():
        raise Refused("请写明做了什么、结果如何。", "Say what was done, and what came of it.")
    if new.step == "told" and not (new.whom or "").strip():
        raise Refused("请写明告知了疾控的哪位。", "Say who of disease control was told.")
    place = (await alerts.places_of(connection, [alert_id])).get(alert_id)
    if place is not None:
        await registry.lock_facilities(connection, [place.facility])
    row = await alerts.lock(connection, alert_id)
    if row is None or row.condition not in CONDITIONS:
        raise Refused("这条预警不是聚集性事件。", "This alert is about no cluster.")
    at = now if new.at is None else new.at
    event = course(row.opened_at, await cluster_events.steps_of(connection, alert_id))
    refused = why_not(event, new.step, at, now, stands=row.condition_state == "present")
    if refused is not None:
        raise Refused(*refused)
    step = ClusterStep(alert_id, at, now, actor.name, new.step, new.words.strip(), (new.whom or "").strip() or None)
    await cluster_events.add(connection, step)
    said = step.words if step.whom is None else f"{step.whom}：{step.words}"
    await alerts.act(connection, ActionRow(alert_id, now, actor.name, f"event_{new.step}", said))
