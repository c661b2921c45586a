"""The whole path on real Kafka and TimescaleDB: a POST comes out as a signed webhook."""

from __future__ import annotations

import asyncio
import http.server
import json
import os
import re
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

import httpx
import psycopg
import pytest
from click.testing import CliRunner

from alerts.notifiers.webhook import signature
from sizao.registry import register, registry_group

pytestmark = pytest.mark.xdist_group("path")
SECRET = "whsec_c2VjcmV0IG9mIHRoZSBwYXRoJ3MgdGVzdA=="


class Receiver(http.server.BaseHTTPRequestHandler):
    """Takes webhooks, and refuses the first try of each."""

    taken: ClassVar[list[tuple[dict[str, str], bytes]]] = []
    refused: ClassVar[set[str]] = set()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        number = self.headers["webhook-id"]
        first = number not in self.refused
        self.refused.add(number)
        if not first:
            self.taken.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(500 if first else 204)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Silent."""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _until(true: Any, seconds: float = 60) -> Any:
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        try:
            if found := true():
                return found
        except (httpx.HTTPError, psycopg.OperationalError):
            pass
        time.sleep(0.2)
    raise AssertionError("not in time")


@pytest.fixture
def running(database: str, kafka: str, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """Gateway, worker and sender as processes, and a receiver of webhooks."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (tmp_path / "recipients.csv").write_text(
        f"region,facility,channel,address,severity\n,F-1,webhook,http://127.0.0.1:{server.server_port}/,P2\n"
    )
    tokens = asyncio.run(register(database, tmp_path, ["F-1", "F-2", "F-3"]))
    port = _free_port()
    env = {
        **os.environ,
        "SIZAO_KAFKA": kafka,
        "SIZAO_DATABASE_URL": database,
        "SIZAO_TOPIC_PREFIX": f"t{uuid4().hex[:8]}-",
        "SIZAO_GATEWAY_PORT": str(port),
        "SIZAO_WEBHOOK_SECRET": SECRET,
        "SIZAO_WORKER_STATE": str(tmp_path / "worker"),
    }
    log = (tmp_path / "log").open("wb")
    processes = [
        subprocess.Popen([sys.executable, "-m", "sizao", name], env=env, stdout=log, stderr=log)
        for name in ("gateway", "worker", "sender")
    ]
    try:
        _until(lambda: httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200)
        yield {"url": f"http://127.0.0.1:{port}", "token": tokens["F-1"], "tokens": tokens, "database": database}
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(20)
        server.shutdown()
        server.server_close()
        log.close()


def test_a_post_becomes_an_alert_and_a_signed_webhook(running: dict[str, Any], shared_data: Path) -> None:
    headers = {"authorization": f"Bearer {running['token']}"}
    url = f"{running['url']}/v1/events"
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    event = {"type": "reading", "facility": "F-1", "resident": "R-1", "observed_at": now, "spo2_percent": 86}

    # What is wrong is said with its status, and never a 5xx.
    assert httpx.post(url, json=event).status_code == 401
    assert httpx.post(url, json=event, headers={"authorization": "Bearer nobody"}).status_code == 401
    assert httpx.post(url, json={**event, "facility": "F-2"}, headers=headers).status_code == 403
    assert httpx.post(url, content=b"{", headers=headers).status_code == 400
    assert httpx.post(url, content=b" " * (2 << 20), headers=headers).status_code == 413
    too_many = httpx.post(url, json=[1] * 5_001, headers=headers)
    assert too_many.status_code == 413
    assert "split" in too_many.json()["reason"]["en"]

    lines = json.dumps(event).encode() + b"\n{broken\n"
    answer = httpx.post(url, content=lines, headers=headers)
    assert answer.status_code == 202
    good, bad = answer.json()["results"]
    assert (good["result"], bad["result"]) == ("accepted", "rejected")
    assert httpx.post(url, json=event, headers=headers).json()["results"][0]["event_id"] == good["event_id"]

    found = _until(lambda: httpx.get(f"{running['url']}{good['link']}", headers=headers).json().get("fate"))
    assert found == "stored"
    (alert,) = _until(
        lambda: httpx.get(
            f"{running['url']}/v1/alerts", params={"since": "2026-01-01T00:00:00Z"}, headers=headers
        ).json()
    )
    assert alert["alert"]["severity"] == "P1"
    assert alert["alert"]["resident"] == "R-1"
    assert alert["transitions"][0]["evidence"][0]["spo2_percent"] == 86

    sent, body = _until(lambda: Receiver.taken and Receiver.taken[0])
    signed = signature(SECRET, sent["webhook-id"], int(sent["webhook-timestamp"]), body)
    assert sent["webhook-signature"] == signed
    told = json.loads(body)
    assert told["severity"] == "P1"
    assert "血氧86%" in told["text"]
    assert "R-1" in told["text"]
    with psycopg.connect(running["database"]) as connection:
        assert _until(lambda: connection.execute("select count(*) from deliveries where status = 'sent'").fetchone())
        assert connection.execute("select count(*) from observations").fetchone() == (1,)
    _reading_back_stays_inside_a_facility(running, good["link"])
    _an_outbreak_is_read_back_like_any_alert(running)
    _a_referral_is_taken_on_by_the_hospitals_own_system(running, alert["alert"]["id"])
    _nothing_a_sender_writes_is_a_fault_of_ours(running, headers, shared_data)


def _an_outbreak_is_read_back_like_any_alert(running: dict[str, Any]) -> None:
    headers = {"authorization": f"Bearer {running['tokens']['F-3']}"}
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    event = {"type": "test_result", "facility": "F-3", "resident": "R-9", "observed_at": now, "test": "pcr"}
    assert httpx.post(f"{running['url']}/v1/events", json={**event, "result": "positive"}, headers=headers).is_success

    def subjects() -> list[tuple[str, str, str | None]]:
        answer = httpx.get(f"{running['url']}/v1/alerts?since=2026-01-01T00:00:00Z", headers=headers)
        assert answer.status_code == 200
        found = [one["alert"] for one in answer.json()]
        return sorted((one["subject"]["kind"], one["subject"]["id"], one["resident"]) for one in found)

    assert _until(lambda: len(subjects()) == 2)
    assert subjects() == [("facility", "F-3", None), ("resident", "R-9", "R-9")]


def _a_referral_is_taken_on_by_the_hospitals_own_system(running: dict[str, Any], alert: int) -> None:
    headers = {"authorization": f"Bearer {running['token']}"}

    def referral() -> dict[str, Any]:
        answer = httpx.get(f"{running['url']}/v1/referrals?since=2026-01-01T00:00:00Z", headers=headers)
        assert answer.status_code == 200
        (found,) = answer.json()
        return dict(found)

    suggested = referral()
    assert (suggested["stage"], suggested["resident"], suggested["alert"]) == ("suggested", "R-1", alert)
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    step = {"type": "referral_step", "facility": "F-1", "observed_at": now, "referral": suggested["referral"]}
    for said in ({"step": "arrived"}, {"step": "accepted", "hospital": "H-1", "actor": "急诊"}):  # in the wrong order
        assert httpx.post(f"{running['url']}/v1/events", json={**step, **said}, headers=headers).status_code == 202
    assert _until(lambda: len(referral()["steps"]) == 3)
    found = referral()
    assert (found["stage"], found["hospital"], found["ended_at"]) == ("arrived", "H-1", None)
    assert {(one["step"], one["source"]) for one in found["steps"]} == {
        ("suggested", "rule"),
        ("accepted", "event"),
        ("arrived", "event"),
    }
    elsewhere = {"authorization": f"Bearer {running['tokens']['F-2']}"}
    since = "/v1/referrals?since=2026-01-01T00:00:00Z"
    assert httpx.get(f"{running['url']}{since}", headers=elsewhere).json() == []


def _reading_back_stays_inside_a_facility(running: dict[str, Any], link: str) -> None:
    def asks(facility: str, what: str) -> httpx.Response:
        token = {"authorization": f"Bearer {running['tokens'][facility]}"}
        return httpx.get(f"{running['url']}{what}", headers=token)

    since = "?since=2026-01-01T00:00:00Z"
    dream = {"type": "dream", "facility": "F-1", "observed_at": datetime.now(UTC).isoformat()}
    headers = {"authorization": f"Bearer {running['token']}"}
    (told,) = httpx.post(f"{running['url']}/v1/events", json=dream, headers=headers).json()["results"]
    assert (told["result"], told["reason"]["en"][:5]) == ("accepted", "kept:")
    lines = _until(lambda: "dream" in _kept(running) and asks("F-1", f"/v1/events{since}").text.splitlines())
    (stored, not_yet) = (json.loads(line) for line in lines)
    assert (stored["fate"], stored["judged"], not_yet["fate"]) == ("stored", True, "not_yet_understood")
    assert [asks("F-2", what).status_code for what in (link, f"/v1/events{since}", f"/v1/alerts{since}")] == [
        404,
        200,
        200,
    ]
    assert (asks("F-2", f"/v1/events{since}").text, asks("F-2", f"/v1/alerts{since}").json()) == ("", [])
    wrong = (
        "/v1/events",
        "/v1/events?since=x",
        "/v1/events/nope?observed_at=2026-01-01T00:00:00Z",
        "/v1/nothing",
        "/v2",
    )
    answers = [asks("F-1", what) for what in wrong]
    assert [answer.status_code for answer in answers] == [400, 400, 400, 404, 404]
    assert all(answer.json()["reason"]["zh"] for answer in answers)
    _a_clock_ahead_is_said(running)
    _nobody_floods(running)


def _a_clock_ahead_is_said(running: dict[str, Any]) -> None:
    """A device two hours ahead sends what nobody judges: whoever sends it is told so at once."""
    early = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    event = {"type": "reading", "facility": "F-1", "resident": "R-1", "observed_at": early, "spo2_percent": 86}
    headers = {"authorization": f"Bearer {running['token']}"}
    (told,) = httpx.post(f"{running['url']}/v1/events", json=event, headers=headers).json()["results"]
    assert (told["result"], told["reason"]["en"].split(":")[0]) == ("accepted", "kept and not judged")


def _kept(running: dict[str, Any]) -> str:
    with psycopg.connect(running["database"]) as connection:
        return b"".join(bytes(raw) for (raw,) in connection.execute("select raw from rejections")).decode()


def _nobody_floods(running: dict[str, Any]) -> None:
    """2,000 readings a second and room for one full request; another facility is not held up."""
    many = [1] * 5_000  # none of them is an event: they are counted before they are read
    answers = [
        httpx.post(
            f"{running['url']}/v1/events",
            json=many if facility == "F-3" else [1],
            headers={"authorization": f"Bearer {running['tokens'][facility]}"},
        )
        for facility in ("F-3", "F-3", "F-2")
    ]
    assert [answer.status_code for answer in answers] == [400, 429, 400]
    assert 1 <= int(answers[1].headers["retry-after"]) <= 4


def _nothing_a_sender_writes_is_a_fault_of_ours(
    running: dict[str, Any], headers: dict[str, str], shared_data: Path
) -> None:
    """Bodies nobody should send, and strings nobody should type: an answer below 500, kept byte for byte or refused."""
    url = f"{running['url']}/v1/events"
    with httpx.Client(headers=headers) as client:
        for file in sorted((shared_data / "json_test_suite" / "test_parsing").iterdir()):
            for body in (file.read_bytes(), b'{"type":"check_in","facility":"F-1","note":' + file.read_bytes() + b"}"):
                answer = client.post(url, content=body)
                assert answer.status_code in (202, 400, 403), (file.name, answer.status_code)
        naughty = json.loads((shared_data / "naughty_strings" / "blns.json").read_text("utf-8"))
        for text in naughty:
            for body in (text, json.dumps({"type": "reading", "facility": text}), json.dumps({"type": text})):
                assert client.post(url, content=body.encode("utf-8", "surrogatepass")).status_code in (202, 400, 403)
        _as_ids(client, url, naughty, running["database"])
        moment = datetime.now(UTC)
        events = [
            {
                "type": "check_in",
                "facility": "F-1",
                "resident": "R-2",
                "observed_at": (moment + timedelta(milliseconds=number)).isoformat(timespec="milliseconds"),
                "presence": "in",
                "note": text,
            }
            for number, text in enumerate(naughty)
        ]
        results = client.post(url, content=json.dumps(events).encode()).json()["results"]
        kept = {event["note"] for event, result in zip(events, results, strict=True) if result["result"] == "accepted"}
    assert len(kept) > 400
    with psycopg.connect(running["database"]) as connection:
        statement = "select count(*) from observations where rest ? 'note'"
        accepted = sum(result["result"] == "accepted" for result in results)
        _until(lambda: connection.execute(statement).fetchone() == (accepted,))
        stored = {
            note for (note,) in connection.execute("select rest ->> 'note' from observations where rest ? 'note'")
        }
    assert stored == kept


def _as_ids(client: httpx.Client, url: str, naughty: list[str], database: str) -> None:
    """Kept letter for letter as codes of residents, units, devices and reporters, or refused with a sentence."""
    moment = datetime.now(UTC) - timedelta(hours=1)
    events = [
        {
            "type": "reading",
            "facility": "F-1",
            "observed_at": (moment + timedelta(milliseconds=number)).isoformat(timespec="milliseconds"),
            "spo2_percent": 97,
            **dict.fromkeys(("resident", "unit", "device", "reporter"), text),
        }
        for number, text in enumerate(naughty)
    ]
    results = client.post(url, json=events).json()["results"]
    assert all(result["result"] == "accepted" or result["reason"]["en"] for result in results)
    taken = {event["unit"] for event, result in zip(events, results, strict=True) if result["result"] == "accepted"}
    assert len(taken) > 300
    columns = "r.code, o.unit, o.device, o.reporter"
    rows = f"select {columns} from observations o join residents r on r.id = o.resident_id where o.unit is not null"
    with psycopg.connect(database) as connection:
        stored = _until(
            lambda: (found := set(connection.execute(rows).fetchall())) and len(found) == len(taken) and found
        )
    assert stored == {(text,) * 4 for text in taken}


def test_a_client_that_breaks_off_harms_nobody(running: dict[str, Any]) -> None:
    host, port = running["url"].removeprefix("http://").split(":")
    head = f"POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {running['token']}\r\n"
    for rest in ("Content-Length: 500\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n5\r\n{"):
        with socket.create_connection((host, int(port))) as broken:
            broken.sendall((head + rest).encode())
    with socket.create_connection((host, int(port))) as gone:
        body = b'{"type":"reading"}'
        gone.sendall((head + f"Content-Length: {len(body)}\r\n\r\n").encode() + body)
        gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    counted = re.compile(r'^sizao_gateway_answers_total\{status="400"\} (\d+)', re.M)
    _until(lambda: int(counted.findall(httpx.get(f"{running['url']}/metrics").text)[0]) >= 2)  # no fault of ours
    assert httpx.get(f"{running['url']}/readyz").status_code == 200


def test_a_devices_token_sends_its_own_readings_alone_and_a_revoked_one_nothing(running: dict[str, Any]) -> None:
    def sizao(command: str, *words: str) -> Any:
        done = CliRunner().invoke(registry_group, [command, "--database-url", running["database"], *words])
        assert done.exit_code == 0, done.output
        return done

    made = sizao("token", "F-2", "--label", "oximeter", "--device", "OX-1")
    headers = {"authorization": f"Bearer {made.stdout.strip()}"}
    said = {"facility": "F-2", "resident": "R-1", "device": "OX-1", "observed_at": datetime.now(UTC).isoformat()}
    reading = {"type": "reading", "spo2_percent": 97, **said}
    original = {"event_id": str(uuid4()), "observed_at": said["observed_at"]}
    correction = {"type": "correction", "corrects": original, "action": "entered_in_error", **said}
    report = {"type": "facility_report", "day": "2026-01-05", **said}
    url = f"{running['url']}/v1"
    sent = [
        httpx.post(f"{url}/events", json=one, headers=headers).status_code
        for one in (reading, reading | {"device": "OX-2"}, reading | {"facility": "F-1"}, correction, report)
    ]
    assert sent == [202, 403, 403, 403, 403]
    for what in ("events", "alerts", "referrals"):
        found = httpx.get(f"{url}/{what}", params={"since": said["observed_at"]}, headers=headers)
        assert (found.status_code, "R-1" in found.text) == (403, False), what
    (listed,) = [json.loads(one) for one in sizao("tokens", "F-2", "--json").stdout.splitlines() if "OX-1" in one]
    sizao("revoke", "F-2", str(listed["token"]))
    _until(lambda: httpx.post(f"{url}/events", json=reading, headers=headers).status_code == 401)
    wrong = CliRunner().invoke(registry_group, ["revoke", "--database-url", running["database"], "F-1", "1000"])
    assert "F-1 has no token 1000" in wrong.output
