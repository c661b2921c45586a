"""What the doctor finds of on-call: does an urgent alert wake somebody, and is a channel broken?"""

from __future__ import annotations

from typing import Final

from alerts.channels import CHANNELS
from alerts.counties import KIND
from alerts.waking import Sleeping, sleeping
from detectors.times import DAY, HOUR, Millis
from sizao.finding import Finding
from store import alerts, duty, recipients, sirens, technical
from store.connection import Connection

NIGHT: Final[Millis] = 19 * HOUR  # 03:00 in China


async def on_call(connection: Connection, now: Millis) -> list[Finding]:
    """Ladders that wake nobody, and channels that failed."""
    broken = [_broken(one, now) for one in await technical.open_ones(connection) if one.kind != KIND]
    return [*await _waking(connection, now), *broken]


async def _waking(connection: Connection, now: Millis) -> list[Finding]:
    """Whether an urgent alert wakes somebody, now and in the coming night."""
    homes = await alerts.homes(connection)
    codes, regions = [home.facility for _, home in homes], {home.region for _, home in homes}
    rosters = await duty.read(connection, codes, regions, now)
    known = await recipients.read(connection)
    if not known and not rosters.desks:
        remedy = "import rosters with sizao roster import, or a recipients.csv with sizao registry import"
        return [Finding("yellow", "recipients: none, nobody is told of an alert", remedy)]
    moments = (now, now + (NIGHT - now) % DAY)
    open_inboxes = await sirens.tested_since(connection, now - DAY)
    return asleep(sleeping(homes, rosters, known, CHANNELS, moments, open_inboxes))


def asleep(found: Sleeping) -> list[Finding]:
    lines = []
    if found.rostered:
        what = f"P1 ladders without a waking channel: {len(found.rostered)}, as {', '.join(found.rostered[:3])}"
        remedy = (
            "give somebody on each ladder a voice or sms way (robots and e-mail are information only), "
            "or open the inbox of their desk and press the sound test"
        )
        lines.append(Finding("red", what, remedy))
    if found.registered:
        what = f"facilities without a roster where P1 wakes nobody: {len(found.registered)}"
        remedy = "import rosters with voice or sms ways (sizao roster import), or such recipients"
        lines.append(Finding("yellow", what, remedy))
    if found.by_siren:
        many, some = len(found.by_siren), ", ".join(found.by_siren[:3])
        what = f"P1 ladders that wake by the siren of an open inbox alone: {many}, as {some}"
        lines.append(Finding("green", f"{what}; it is open, and was tested in this shift"))
    lines += [
        Finding("yellow", one, "press the sound test on its first page, and leave it open") for one in found.unheard
    ]
    return lines or [Finding("green", "every P1 ladder has a waking channel, now and at 03:00")]


def _broken(one: technical.TechnicalAlert, now: Millis) -> Finding:
    what = f"{one.kind} {one.subject}: failed {one.times} times, the last {(now - one.last_at) / 60_000:.0f} min ago"
    return Finding("red" if (now - one.last_at) < HOUR else "yellow", what, f"it said: {one.said}")
