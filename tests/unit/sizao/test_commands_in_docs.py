"""What a page tells the operator to type is a command that exists, with options it has, on services that there are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml

from sizao.cli import cli
from tests.support.needs import PROJECT

PAGES = [
    PROJECT / "README.md",
    *sorted((PROJECT / "docs").glob("*.md")),
    *sorted((PROJECT / "docs/runbooks").glob("*.md")),
]
SERVICES = yaml.safe_load((PROJECT / "docker-compose.yml").read_text("utf-8"))["services"]
OF_COMPOSE = r"docker compose ((?:[^`\n]|\\\n)*)"
WITH_VALUES = {"--since", "--scale", "-v", "--entrypoint", "--profile"}


def _typed(page: Path) -> Iterator[str]:
    """Each command of ours, without what the shell does with it."""
    text = page.read_text("utf-8")
    for one in (*re.findall(r"`((?:\w+=\S+ )*sizao [^`]*)`", text), *re.findall(r"^    (.*\bsizao .*)$", text, re.M)):
        yield re.split(r"[#|;\n)]", one[re.search(r"\bsizao ", one).end() :])[0]  # type: ignore[union-attr]


def _options(typed: str) -> tuple[str, set[str]]:
    """(What is not there; the options that are given and the command does not have)."""
    words = [word.strip("\"'") for word in typed.split() if word not in ("\\", "-", "...")]
    command: click.Command = cli
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(click.Context(command), words[0])
        if found is None:
            return words[0], set()
        command, words = found, words[1:]
    known = {name for one in command.params for name in (*one.opts, *one.secondary_opts)} | {
        "--help",
        "--version",
        "-v",
    }
    return "", {word.split("=")[0] for word in words if word.startswith("-")} - known


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_on_a_page_exists(page: Path) -> None:
    for typed in _typed(page):
        assert _options(typed) == ("", set()), typed


def test_every_command_for_the_stack_names_services_of_it() -> None:
    named = set()
    for page in PAGES:
        for line in re.findall(OF_COMPOSE, page.read_text("utf-8")):
            words = iter(re.split(r"[#|;&)]|>", line)[0].split())
            rest = [word for word in words if not (word in WITH_VALUES and next(words)) and not word.startswith("-")]
            if rest[0] in ("exec", "run"):
                rest = rest[:2]
            if rest[0] not in ("build", "pull"):
                named |= set(rest[1:])
    assert named - {""} <= set(SERVICES)
    assert {"sender", "backup", "database", "alertmanager"} <= named
