"""A port that cannot be had is told of in one sentence with the remedy, before anything starts."""

from __future__ import annotations

import socket

import click
import pytest
from click.testing import CliRunner

from sizao.console import console
from sizao.gateway import gateway
from sizao.ports import ensure_free
from sizao.worker import worker

_PLACES = ["--kafka", "127.0.0.1:1", "--database-url", "postgresql://127.0.0.1:1/x"]


@pytest.mark.parametrize(
    ("command", "words", "variable"),
    [
        (gateway, [*_PLACES, "--port"], "SIZAO_GATEWAY_PORT"),
        (console, [*_PLACES[2:], "--port"], "SIZAO_CONSOLE_PORT"),
        (worker, [*_PLACES, "--metrics-port"], "SIZAO_METRICS_PORT"),
    ],
)
def test_a_port_in_use_is_named_with_the_variable_that_chooses_another(
    command: click.Command, words: list[str], variable: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = CliRunner().invoke(command, [*words, str(port)])
    assert done.exit_code == 1
    assert done.stderr == f"Error: port {port} is in use: stop what uses it, or choose another with {variable}\n"


def test_a_number_that_is_no_port_and_an_address_of_nobody_are_refused() -> None:
    assert "not in the range" in CliRunner().invoke(gateway, [*_PLACES, "--port", "99999"]).stderr
    with pytest.raises(click.ClickException, match="no address of this machine"):
        ensure_free("no such host", 8080, "SIZAO_GATEWAY_PORT")
