"""Prometheus and Alertmanager really watch the stack's own processes, and the operators hear of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from statistics import median
from uuid import uuid4

import pytest
import yaml

from ingest.topics import ensure
from tests.support.watching import GIVEN, Stack, plain, until

pytestmark = pytest.mark.timeout(120)

RULES = [
    rule for group in yaml.safe_load((GIVEN / "rules.yml").read_text("utf-8"))["groups"] for rule in group["rules"]
]


@pytest.fixture
def stack(database: str, kafka: str, tmp_path: Path) -> Iterator[Stack]:
    """Everything runs: Prometheus comes last, as it would tell of whoever is not there yet."""
    prefix = f"w{uuid4().hex[:8]}-"
    ensure(kafka, prefix)
    made = Stack(tmp_path, kafka, database, prefix)
    try:
        made.start_alertmanager()
        for job in made.ours:
            made.start(job)
        for job in made.ours:
            made.answers(job)
        made.start_prometheus()
        yield made
    finally:
        made.close()


def test_operators_hear_that_the_sender_is_dead_and_that_it_is_back(stack: Stack) -> None:
    until(lambda: stack.values("up") == [1.0] * len(stack.jobs), 30, "not every target is up")
    stack.sizao("prove", "--once")  # a test alert goes through gateway, worker, sender and console
    named = {name for rule in RULES for name in re.findall(r"\b(?:sizao|alertmanager)_\w+", rule["expr"])}
    until(lambda: all(stack.values(f"count({name})") for name in named), 10, "a metric that a rule names is not there")
    recorded = {rule["record"] for rule in RULES if "record" in rule}
    until(
        lambda: all(stack.values(f"count({name})") for name in recorded),
        15,
        "a rule records nothing although a test alert was told",
    )
    assert [rule for rule in stack.judged() if rule["health"] != "ok"] == []
    assert {rule["name"] for rule in stack.judged() if rule.get("state") == "firing"} == {"Watchdog"}
    assert stack.mailbox.mails == [], "nobody is called while all is well"

    stack.hurry("SenderDown")
    stack.kill("sender")
    told = until(lambda: stack.mailbox.of("[sizao] firing"), 15, stack.log("alertmanager"))[0]
    assert told["to"] == "platform@example.org"
    assert told["subject"] == "[sizao] firing: No sender runs, so nobody is told of anything"
    assert plain(told).splitlines()[:3] == [
        "No sender runs, so nobody is told of anything",
        "No sender has answered for a minute. Alerts stand in the console, and no phone rings.",
        "docs/runbooks/SenderDown.md",
    ]
    stack.start("sender")
    until(lambda: stack.mailbox.of("[sizao] resolved: No sender runs"), 20, stack.log("alertmanager"))

    until(lambda: len(stack.watcher.heard) > 4, 15, "the dead-man switch is not heard again and again")
    apart = [later - before for before, later in pairwise(stack.watcher.heard)]
    assert median(apart) < 2.2, f"a minute is 1.5 s here, and it was heard every {median(apart):.1f} s"
