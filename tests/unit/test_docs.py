"""What the documents point to is there: files, commands with their options, verbs of the Makefile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import click

from sizao.cli import cli
from tests.support.needs import PROJECT

PAGES: Final = [PROJECT / "README.md", *sorted((PROJECT / "docs").rglob("*.md"))]
_LINK: Final = re.compile(r"\]\((?!https?:|mailto:|#)([^)\s#]+)")
_CODE: Final = re.compile(r"^```.*?^```|`[^`]+`", re.M | re.S)
_COMMAND: Final = re.compile(r"(?:^|[\s(=`])(?:\.venv/bin/)?sizao ((?:[a-z][a-z-]*)(?:[^\n`]*))")
_VERB: Final = re.compile(r"(?:^|[\s`])make ([a-z]+)\b")
_ENDS: Final = ("|", ">", "<", "&&", ";", "#", "||")


def test_every_link_leads_to_a_file() -> None:
    links = [(page, link) for page in PAGES for link in _LINK.findall(page.read_text("utf-8"))]
    assert len(links) > 100
    assert not [f"{page.name}: {link}" for page, link in links if not (page.parent / link).exists()]


def test_every_command_is_one_and_takes_these_options() -> None:
    found = list(_written())
    assert len(found) > 100
    assert not [wrong for where, words in found if (wrong := _wrong(where, words))]


def test_every_verb_is_in_the_makefile() -> None:
    verbs = set(re.findall(r"^([a-z]+):", (PROJECT / "Makefile").read_text("utf-8"), re.M))
    said = [(where, verb) for where, code in _codes() for verb in _VERB.findall(code)]
    assert len(said) > 20
    assert not [one for one in said if one[1] not in verbs]


def _codes() -> Iterator[tuple[str, str]]:
    """(page, code), of every block and every word set as code."""
    for page in PAGES:
        yield from ((page.name, code) for code in _CODE.findall(page.read_text("utf-8")))


def _written() -> Iterator[tuple[str, str]]:
    """(where, what follows `sizao`): in the code of every page, and in every --help."""
    for where, code in _codes():
        yield from ((where, words) for words in _COMMAND.findall(code.replace("\\\n", " ")))
    for name, command in _commands(cli):
        yield from ((f"{name} --help", words) for words in _COMMAND.findall(command.help or ""))


def _commands(command: click.Command, path: str = "sizao") -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            found = command.get_command(click.Context(command), name)
            assert found is not None
            yield from _commands(found, f"{path} {name}")


def _wrong(where: str, said: str) -> str | None:
    """What of these words is no command, sub-command or option; None: they would be understood."""
    command: click.Command = cli
    for word in (one.rstrip(".,:;)") for one in said.split()):
        if word in _ENDS or word.startswith("#"):
            return None
        if isinstance(command, click.Group) and not word.startswith("-"):
            found = command.get_command(click.Context(command), word)
            if found is None:
                return f"{where}: sizao {said}: there is no {word}"
            command = found
        elif word.startswith("--") and not _takes(command, word.partition("=")[0]):
            return f"{where}: sizao {said}: there is no {word}"
    return None


def _takes(command: click.Command, word: str) -> bool:
    if word == "--help":
        return True
    return any(word in (*one.opts, *one.secondary_opts) for one in command.params)
