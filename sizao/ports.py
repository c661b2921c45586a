"""Ports to listen on: a number that is one, and free, or a sentence."""

from __future__ import annotations

import socket
from typing import Final

import click
from prometheus_client import start_http_server

PORT: Final = click.IntRange(1, 65_535)
PORT_OR_NONE: Final = click.IntRange(0, 65_535)
LOOPBACK: Final = "127.0.0.1"
METRICS_HOST: Final = click.option(
    "--metrics-host",
    envvar="SIZAO_METRICS_HOST",
    show_envvar=True,
    default=LOOPBACK,
    help="Another address only inside a container, where Prometheus asks from outside it.",
)


class PortInUse(click.ClickException):
    """Somebody listens there."""

    def __init__(self, port: int, variable: str) -> None:
        super().__init__(f"port {port} is in use: stop what uses it, or choose another with {variable}")


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Nobody listens on this port of this machine; raises a ClickException for an address that is not ours."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError) as error:
        raise click.ClickException(f"{host} is no address of this machine, such as 127.0.0.1 or 0.0.0.0") from error
    family, kind, protocol, _, address = found[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except PermissionError as error:
            raise click.ClickException(f"port {port} is for root only: choose one above 1023") from error
        except OSError:
            return False
    return True


def ensure_free(host: str, port: int, variable: str) -> None:
    """Raises PortInUse, naming the variable that chooses another."""
    if not is_free(port, host):
        raise PortInUse(port, variable)


def show_metrics(host: str, port: int, variable: str) -> None:
    """Prometheus may ask at this port; 0: nobody may. Raises PortInUse."""
    if port:
        ensure_free(host, port, variable)
        start_http_server(port, addr=host)
