"""`sizao gateway`: the HTTP door."""

from __future__ import annotations

import click
import uvicorn

from ingest.gateway.app import make_gateway
from ingest.gateway.gate import GatewaySettings
from ingest.topics import cluster_id, ensure
from sizao.logs import set_up_logs
from sizao.params import DATABASE, KAFKA, PREFIX
from sizao.ports import PORT, ensure_free


@click.command()
@KAFKA
@DATABASE
@PREFIX
@click.option(
    "--host", envvar="SIZAO_GATEWAY_HOST", show_envvar=True, default="127.0.0.1", help="Address to listen on."
)
@click.option("--port", envvar="SIZAO_GATEWAY_PORT", show_envvar=True, type=PORT, default=8080, help="Port.")
@click.option(
    "--spool", envvar="SIZAO_SPOOL", show_envvar=True, is_flag=True, help="Embedded broker: keep until stored."
)
def gateway(kafka: str, database_url: str, prefix: str, host: str, port: int, spool: bool) -> None:
    """Take checks in by HTTP and hand them to Kafka.

    202 means the broker has every accepted event with acks=all; how much that
    is worth depends on the brokers behind it (three, replication 3, two in
    sync). Resending is always harmless.
    """
    ensure_free(host, port, "SIZAO_GATEWAY_PORT")
    ensure(kafka, prefix)
    settings = GatewaySettings(kafka, database_url, cluster_id(kafka), prefix, spool)
    set_up_logs()
    uvicorn.run(
        make_gateway(settings),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=10,
        server_header=False,
    )
