"""What holds for every command and sub-command, found by walking the command line's own parser."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
import pytest

from sizao.cli import cli, main

AWAY: Final = "postgresql://127.0.0.1:1/x"
GO_ON: Final = {"console", "gateway", "prove", "rollup", "sender", "worker"}  # they wait until the database is back
SAY_IT_OTHERWISE: Final = {"doctor"}  # a line a dependency, on standard output
FIRST: Final = {  # what a command asks for before it looks for its database
    "account add": ["--facility", "F-001", "--generate"],
    "account reset": ["--generate"],
    "erase resident": ["--yes"],
    "reports difficulty": ["--resolved"],
}
OTHERS_FIRST: Final = {  # a key, a list, a folder, another service is looked for before the database
    "boards province",
    "erase apply",
    "export folder",
    "export receipts",
    "registry import",
    "requeue",
    "restore",
    "roster import",
}


def _commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        yield " ".join(path), command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None
        yield from _commands(found, (*path, name))


COMMANDS: Final = dict(_commands(cli))
OPTIONS: Final = [(name, one) for name, command in COMMANDS.items() for one in command.params if one.name != "help"]
WITH_DATABASE: Final = [name for name, one in OPTIONS if one.name == "database_url"]


def test_every_option_says_what_it_is() -> None:
    unsaid = [f"{name} --{one.name}" for name, one in OPTIONS if isinstance(one, click.Option) and not one.help]
    assert len(COMMANDS) > 70
    assert not unsaid


def test_every_number_has_its_bounds() -> None:
    """Without, a wrong one travels on and comes back as a sentence of a library, or as a run without an end."""
    numbers = [(name, one) for name, one in OPTIONS if one.type.name.partition(" ")[0] in ("integer", "float")]
    assert len(numbers) > 30
    assert not [f"{name} --{one.name}" for name, one in numbers if not one.type.name.endswith("range")]


@pytest.mark.parametrize("name", [one for one in WITH_DATABASE if one not in GO_ON | SAY_IT_OTHERWISE | OTHERS_FIRST])
def test_a_database_that_is_away_is_one_sentence_with_the_remedy(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = _run(name, ["--database-url", AWAY], tmp_path, monkeypatch, capsys)
    assert (code, "Traceback" in said) == (1, False), said
    last = said.splitlines()[-1]
    assert "does not answer" in last or "cannot be reached" in last, said
    assert "SIZAO_DATABASE_URL" in last, said


@pytest.mark.parametrize("url", ["", "x", "mysql://127.0.0.1/x"])
@pytest.mark.parametrize("name", WITH_DATABASE)
def test_what_is_no_address_of_a_database_is_refused_before_anything_is_done(
    name: str, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = _run(name, ["--database-url", url], tmp_path, monkeypatch, capsys)
    assert (code, "postgresql://" in said, "Traceback" in said) == (2, True, False), said


def _run(
    name: str, words: list[str], here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[object, str]:
    """The exit code and what was said on standard error; what the command requires is given, in its right form."""
    monkeypatch.chdir(here)
    monkeypatch.setenv("SIZAO_STATE", str(here / "state"))
    monkeypatch.delenv("SIZAO_KAFKA", raising=False)
    (here / "empty").touch()
    required = [one for one in COMMANDS[name].params if one.required and one.name != "database_url"]
    options = [word for one in required if isinstance(one, click.Option) for word in (one.opts[-1], _value(one, here))]
    arguments = [_value(one, here) for one in required if isinstance(one, click.Argument)]
    given = [*name.split(), *words, *options, *FIRST.get(name, []), *arguments]
    monkeypatch.setattr(sys, "argv", ["sizao", *given])
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    with pytest.raises(SystemExit) as ended:
        main()
    for number, handler in handlers.items():
        signal.signal(number, handler)
    return ended.value.code, capsys.readouterr().err


def _value(one: click.Parameter, here: Path) -> str:
    if isinstance(one.type, click.Choice):
        return str(one.type.choices[0])
    if isinstance(one.type, click.Path | click.File):
        is_there, is_file = getattr(one.type, "exists", True), getattr(one.type, "file_okay", True)
        return str(here / ("new" if not is_there else "empty" if is_file else ""))
    if one.type.name == "time":
        return "2026-11-26T00:00:00+08:00" if one.name != "until" else "2026-11-27T00:00:00+08:00"
    return {"region": "510107", "provinces": "51", "province": "51", "kafka": "127.0.0.1:1"}.get(one.name or "", "1")
