"""A storm of alerts against a robot that refuses the twenty-first message of a minute."""

from __future__ import annotations

import random
from collections import deque

from alerts.notifiers.base import Message, Notifier, Retry
from alerts.outgoing import Page
from alerts.sender import Sender
from detectors.times import MINUTE, SECOND, Millis
from store import deliveries
from store.connection import Pool, connect, open_pool, transaction
from tests.integration.alerts.making import open_alerts

ROBOT = ("wecom", "robot-key")
PHONE = ("sms", "13800000000")
START: Millis = 1_767_568_200_000
STEP = 5 * SECOND


class Robot:
    """Takes twenty messages in any minute, and notes when it took which."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.now = START
        self.taken: deque[Millis] = deque()
        self.refused = 0
        self.messages: list[tuple[Millis, Message]] = []

    async def send(self, address: str, message: Message) -> None:
        while self.taken and self.taken[0] <= self.now - MINUTE:
            self.taken.popleft()
        if len(self.taken) >= self.most:
            self.refused += 1
            raise Retry("errcode 45009: api freq out of limit")
        self.taken.append(self.now)
        self.messages.append((self.now, message))


async def test_two_thousand_alerts_in_five_minutes_stay_within_the_limits_and_are_all_named(database: str) -> None:
    chance = random.Random(7)
    severities = [1] * 200 + [2] * 1_000 + [3] * 800
    chance.shuffle(severities)
    steps = 5 * MINUTE // STEP
    robot, phone = Robot(20), Robot(120)
    opened: dict[str, tuple[Millis, int]] = {}
    pool, connection = await open_pool(database, "test", size=2), await connect(database, "test")
    try:
        for step in range(2 * steps):
            robot.now = phone.now = START + step * STEP
            if step % (MINUTE // STEP) == 0:
                # Two senders share the limits, and every minute both start anew.
                senders = [_sender(pool, robot, phone) for _ in range(2)]
            if step < steps:
                async with transaction(connection):
                    arriving = severities[step::steps]
                    rows = await open_alerts(connection, arriving, robot.now, (ROBOT, PHONE), f"F-{step % 40:03}")
                opened |= {f"R-{row.id} {row.code}": (robot.now, row.severity) for row in rows}
            for sender in senders:
                while await sender.send_due():
                    pass
            if step >= steps and await deliveries.backlog(connection) == (0, None):
                break
    finally:
        await connection.close()
        await pool.close()

    assert robot.refused == phone.refused == 0
    assert len(opened) == 2_000
    singly = [(at, message) for at, message in [*robot.messages, *phone.messages] if message.kind == "alarm"]
    alone: dict[int, Millis] = {}
    for at, message in singly:
        number = message.facts["alert"]
        assert isinstance(number, int)
        alone[number] = min(at, alone.get(number, at))
    named: dict[str, Millis] = {}
    for at, message in robot.messages:
        for name in opened.keys() - named.keys():
            if name in message.text:
                named[name] = at
    for name, (since, severity) in opened.items():
        assert named[name] - since <= 5 * MINUTE, name
        if severity == 1:
            assert alone[int(name[2:].split()[0])] - since <= MINUTE, name
    # Up to its limit urgent ones go singly on the robot itself, beside the digests.
    in_the_first_minute = [message for at, message in robot.messages if at < START + MINUTE]
    assert len(in_the_first_minute) == 20
    assert sum(message.kind == "alarm" and message.facts["severity"] == "P1" for message in in_the_first_minute) >= 15
    assert all(len(message.text.encode()) <= 4_096 for _, message in robot.messages)


def _sender(pool: Pool, robot: Robot, phone: Robot) -> Sender:
    channels: dict[str, Notifier] = {"wecom": robot, "sms": phone}
    return Sender(pool, channels, Page("https://desk.example.org"), clock=lambda: robot.now)
