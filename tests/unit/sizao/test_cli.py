"""The command line answers quickly, in one sentence where it must refuse, and stops without a traceback."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import click
import pytest

from sizao.cli import SUBCOMMANDS, cli


@pytest.mark.parametrize("name", sorted(SUBCOMMANDS))
def test_every_subcommand_is_there_and_each_option_with_a_variable_shows_it(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.help
    for option in command.params:
        assert not option.envvar or (isinstance(option, click.Option) and option.show_envvar), option.name


def test_help_loads_no_subcommand() -> None:
    code = (
        "import sys; from sizao.cli import main; sys.argv = ['sizao', '--help']\n"
        "try: main()\n"
        "finally: print([one for one in sys.modules if one in ('faust', 'litestar', 'psycopg', 'kafka')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("[]\n")
    assert all(f"\n  {name} " in done.stdout for name in SUBCOMMANDS)


def test_an_error_is_one_sentence_and_v_adds_the_traceback() -> None:
    words = ["migrate", "--database-url", "postgresql://127.0.0.1:1/x"]
    short = _run(*words)
    assert short.returncode == 1
    assert short.stderr.startswith("sizao: ")
    assert short.stderr.count("\n") == 1
    assert "Traceback" not in short.stderr
    long = _run("-v", *words)
    assert long.returncode == 1
    assert "Traceback" in long.stderr


def test_ctrl_c_ends_without_a_traceback() -> None:
    reading = subprocess.Popen(
        [sys.executable, "-m", "sizao", "score", "news2"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert reading.stdin is not None
    assert reading.stdout is not None
    reading.stdin.write(b"{}\n")
    reading.stdin.flush()
    time.sleep(4.0)  # on a busy machine: it waits for the next line
    reading.send_signal(signal.SIGINT)
    _, said = reading.communicate(timeout=20)
    assert reading.returncode == 130
    assert b"Traceback" not in said


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "sizao", *words], capture_output=True, text=True, check=False)
