"""The embedded broker answers with its own name, and every hindrance is one sentence with its remedy."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import pytest

from ingest.topics import cluster_id, ensure
from sizao.embedded.broker import Broker
from sizao.embedded.places import Trouble, free_port, package_folder, state_directory
from sizao.ports import PortInUse
from sizao.services import GivenDatabase, GivenKafka

pytestmark = [pytest.mark.xdist_group("embedded"), pytest.mark.timeout(120)]


def test_each_start_is_a_new_cluster_also_after_kill_9(state: Path) -> None:
    broker = Broker(state, free_port(state, "broker"))
    broker.start()
    try:
        first = broker.cluster_id
        assert cluster_id(broker.servers) == first
        assert ensure(broker.servers) == 24
        assert broker.memory_bytes > 1_000_000
        assert broker._process is not None
        os.kill(broker._process.pid, signal.SIGKILL)
        broker._process.wait()
        assert not broker.is_alive
        broker.start()
        assert cluster_id(broker.servers) == broker.cluster_id != first
    finally:
        broker.stop()
    assert not broker.is_alive


def test_another_broker_on_the_port_is_not_taken_for_ours(state: Path) -> None:
    port = free_port(state, "broker")
    first, second = Broker(state, port), Broker(state / "second", port)
    (state / "second").mkdir()
    first.start()
    try:
        with pytest.raises(Trouble, match=f"port {port}: is the port in use"):
            second.start()
    finally:
        second.stop()
        first.stop()


def test_a_port_is_kept_over_starts_and_one_in_use_is_named(state: Path) -> None:
    port = free_port(state, "gateway")
    assert free_port(state, "gateway") == port
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        assert free_port(state, "gateway") != port
        with pytest.raises(PortInUse, match=f"port {port} is in use.*SIZAO_GATEWAY_PORT"):
            free_port(state, "gateway", port)


def test_a_folder_that_cannot_be_written_is_named_with_the_remedy(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (state / "file").touch()
    monkeypatch.setenv("SIZAO_STATE", str(state / "file" / "inside"))
    with pytest.raises(Trouble, match=r"cannot be written.*set SIZAO_STATE"):
        state_directory()


def test_where_there_is_no_binary_the_way_out_is_named() -> None:
    with pytest.raises(Trouble, match="set SIZAO_KAFKA and SIZAO_DATABASE_URL"):
        package_folder("no_such_package_of_binaries")


def test_given_services_that_do_not_answer_are_named(state: Path) -> None:
    nobody = free_port(state, "nobody")
    with pytest.raises(Trouble, match="SIZAO_DATABASE_URL does not answer"):
        GivenDatabase(f"postgresql://postgres@127.0.0.1:{nobody}/postgres").start()
    with pytest.raises(Trouble, match=f"no Kafka broker answers at 127.0.0.1:{nobody}"):
        GivenKafka(f"127.0.0.1:{nobody}").start()
