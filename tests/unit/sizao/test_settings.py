"""The environment is checked at the start: all of it, in one message, without repeating a secret."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

from sizao.cli import cli
from sizao.settings import VARIABLES, load


def _options(command: click.Command) -> set[str]:
    if isinstance(command, click.Group):
        found = (
            command.get_command(click.Context(command), name) for name in command.list_commands(click.Context(command))
        )
        return set().union(*(_options(one) for one in found if one is not None))
    return {str(one.envvar) for one in command.params if one.envvar}


def test_every_variable_of_an_option_is_checked_and_none_is_checked_for_nothing() -> None:
    assert _options(cli) | {"SIZAO_STATE"} == set(VARIABLES)


def test_everything_wrong_is_said_at_once_and_no_secret_is_repeated(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    wrong = {
        "SIZAO_KAFKA": "broker-1",
        "SIZAO_DATABASE_URL": "mysql://sizao:hush@db/x",
        "SIZAO_GATEWAY_PORT": "80800",
        "SIZAO_SESSION_TIMEOUT": "-1",
        "SIZAO_WEBHOOK_SECRET": "hush",
        "SIZAO_EXPORT_SECRET": "hush",
        "SIZAO_SMTP_PASSWORD": "a",
        "SIZAO_SMTP_PASSWORD_FILE": str(tmp_path / "empty"),
        "SIZAO_RECEIPT_SECRET_FILE": str(tmp_path / "empty"),
        "SIZAO_TOKEN_FILE": str(tmp_path / "absent"),
        "SIZAO_TOPIC_PREFX": "x",
        "SIZAO_TEST_KAFKA": "anything",
    }
    with pytest.raises(click.ClickException) as raised:
        load(wrong)
    said = raised.value.message.splitlines()
    assert len(said) == 1 + 10
    for part in (
        "SIZAO_KAFKA is 'broker-1', not host:port",
        "SIZAO_DATABASE_URL is set, but not postgresql://",
        "SIZAO_GATEWAY_PORT is '80800', not a port",
        "SIZAO_SESSION_TIMEOUT is '-1', not a number of seconds",
        "SIZAO_WEBHOOK_SECRET is set, but not whsec_",
        "SIZAO_EXPORT_SECRET is set, but not 16 characters or more",
        "SIZAO_SMTP_PASSWORD and SIZAO_SMTP_PASSWORD_FILE are both set",
        f"SIZAO_RECEIPT_SECRET_FILE names {tmp_path / 'empty'}, which is empty",
        "which cannot be read: No such file",
        "SIZAO_TOPIC_PREFX is no variable of ours: is SIZAO_TOPIC_PREFIX meant?",
    ):
        assert any(part in line for line in said), part
    assert "hush" not in raised.value.message


def test_a_secret_stands_in_its_file_and_children_find_it_once(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://sizao:s%40cret@db:5432/sizao\n")
    environ = {"SIZAO_DATABASE_URL_FILE": str(tmp_path / "url"), "SIZAO_KAFKA": "a:1,[::1]:9092", "SIZAO_PAGE": ""}
    load(environ)
    assert environ["SIZAO_DATABASE_URL"] == "postgresql://sizao:s%40cret@db:5432/sizao"
    assert "SIZAO_DATABASE_URL_FILE" not in environ
    load(environ)


def test_the_command_says_it_in_one_message_and_help_needs_no_environment() -> None:
    env = {"PATH": "", "SIZAO_KAFKA": "x", "SIZAO_GATEWAY_PORT": "y"}
    done = subprocess.run(
        [sys.executable, "-m", "sizao", "gateway"], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.count("\n  SIZAO_") == 2
    helped = subprocess.run([sys.executable, "-m", "sizao", "--help"], env=env, capture_output=True, check=False)
    assert helped.returncode == 0
