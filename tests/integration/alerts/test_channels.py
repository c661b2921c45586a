"""Every channel against a real receiver: what it says on the wire, and how it takes an answer."""

from __future__ import annotations

import http.server
import json
import socketserver
import threading
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
from msgspec import structs

from alerts.messages import message_of
from alerts.notifiers.base import Notifier, Retry, Undeliverable
from alerts.notifiers.dingtalk import DingTalk, sign
from alerts.notifiers.email import Email, Mailbox
from alerts.notifiers.phone import Sms, Voice
from alerts.notifiers.webhook import Webhook, signature
from alerts.notifiers.wecom import WeCom
from tests.unit.alerts.test_texts import ALARM, T0

SECRET = "whsec_c2l6YW8tdGVzdA=="


class Receiver(http.server.BaseHTTPRequestHandler):
    """Answers as it is told to, and keeps what it got."""

    status: ClassVar[int] = 200
    answer: ClassVar[bytes] = b'{"errcode":0,"errmsg":"ok"}'
    got: ClassVar[list[tuple[str, dict[str, str], bytes]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.got.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.status)
        self.send_header("content-length", str(len(self.answer)))
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, *args: object) -> None:
        """Silent."""


@pytest.fixture
def host() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Receiver.status, Receiver.answer = 200, b'{"errcode":0,"errmsg":"ok"}'
    Receiver.got.clear()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def _channels(host: str) -> dict[str, tuple[Notifier, str, Any]]:
    return {
        "webhook": (Webhook(SECRET), f"{host}/hook", "both"),
        "wecom": (WeCom(host), "robot-key", "one"),
        "dingtalk": (DingTalk(host), "robot-token:SEC1", "one"),
        "sms": (Sms(f"{host}/sms", SECRET, {"alarm": "SMS_1"}), "138-0000-0000", "approved"),
        "voice": (Voice(f"{host}/voice", SECRET), "13800000000", "spoken"),
    }


@pytest.mark.parametrize("name", ["webhook", "wecom", "dingtalk", "sms", "voice"])
async def test_a_refusal_for_now_is_tried_again_and_one_for_good_never(host: str, name: str) -> None:
    notifier, address, form = _channels(host)[name]
    message = message_of(ALARM, T0, form)
    await notifier.send(address, message)
    Receiver.status = 503
    with pytest.raises(Retry):
        await notifier.send(address, message)
    Receiver.status = 404
    with pytest.raises(Undeliverable):
        await notifier.send(address, message)
    path, headers, body = Receiver.got[0]
    said = json.loads(body)
    assert "K7Q4" in json.dumps(said, ensure_ascii=False).replace("，七，", "7").replace("Q，四", "Q4")
    if name in ("webhook", "sms", "voice"):
        signed = signature(SECRET, headers["webhook-id"], int(headers["webhook-timestamp"]), body)
        assert (headers["webhook-id"], headers["webhook-signature"]) == (ALARM.key, signed)
    expected = {
        "webhook": lambda: said["severity"] == "P1" and said["phones"],
        "wecom": lambda: path == "/cgi-bin/webhook/send?key=robot-key" and said["msgtype"] == "text",
        "dingtalk": lambda: _is_signed(path) and said["text"]["content"] == message.text,
        "sms": lambda: (
            (said["to"], said["template"]) == ("13800000000", "SMS_1") and said["variables"]["code"] == "K7Q4"
        ),
        "voice": lambda: said["keys"] == {"1": "accept", "2": "reject"},
    }
    assert expected[name]()


def _is_signed(path: str) -> bool:
    query = parse_qs(urlsplit(path).query)
    return query["access_token"] == ["robot-token"] and query["sign"] == [sign("SEC1", int(query["timestamp"][0]))]


@pytest.mark.parametrize(("name", "busy", "gone"), [("wecom", 45009, 93000), ("dingtalk", 130101, 300001)])
async def test_a_robot_that_says_200_and_means_no_is_understood(host: str, name: str, busy: int, gone: int) -> None:
    notifier, address, form = _channels(host)[name]
    message = message_of(ALARM, T0, form)
    for code, expected in ((busy, Retry), (gone, Undeliverable)):
        Receiver.answer = json.dumps({"errcode": code, "errmsg": "no"}).encode()
        with pytest.raises(expected, match=str(code)):
            await notifier.send(address, message)
    Receiver.answer = b"<html>"
    with pytest.raises(Retry):
        await notifier.send(address, message)


async def test_nobody_there_is_tried_again_and_an_address_that_is_none_never() -> None:
    message = message_of(ALARM, T0, "approved")
    nowhere = _channels("http://127.0.0.1:9")
    for name in ("webhook", "wecom", "dingtalk", "sms", "voice"):
        notifier, address, _ = nowhere[name]
        with pytest.raises(Retry):
            await notifier.send(address, message)
    for name, address in (("webhook", "not an address"), ("dingtalk", "token-only"), ("sms", "R-07"), ("voice", "x")):
        with pytest.raises(Undeliverable):
            await nowhere[name][0].send(address, message)


class MailServer(socketserver.StreamRequestHandler):
    """Says to the recipient of a mail what it is told to say, and keeps the mail."""

    answer: ClassVar[bytes] = b"250 ok"
    got: ClassVar[list[bytes]] = []

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        for line in self.rfile:
            word = line.split()[0].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                self.got.append(b"".join(iter(self.rfile.readline, b".\r\n")))
            said = self.answer if word == b"RCPT" else b"221 bye" if word == b"QUIT" else b"250 ok"
            self.wfile.write(said + b"\r\n")


@pytest.fixture
def mail() -> Iterator[Email]:
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), MailServer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    MailServer.answer = b"250 ok"
    MailServer.got.clear()
    yield Email(Mailbox("127.0.0.1", server.server_address[1]))
    server.shutdown()
    server.server_close()


async def test_a_mail_has_one_id_and_no_name_adds_a_header(mail: Email) -> None:
    sly = structs.replace(ALARM, facility_name="幸福\r\nBcc: all@example.org\r\n\r\n敬老院")
    await mail.send("head@example.org", message_of(sly, T0, "both"))
    read = message_from_bytes(MailServer.got[0], policy=default)
    assert read["Message-ID"] == f"<{ALARM.key}@sizao>"
    assert (read["Bcc"], read["To"]) == (None, "head@example.org")
    assert "幸福" in read["Subject"]
    assert "血氧86%" in read.get_content()


async def test_a_server_that_greylists_is_tried_again_and_one_that_knows_nobody_there_never(mail: Email) -> None:
    message = message_of(ALARM, T0, "both")
    MailServer.answer = b"451 4.7.1 greylisted, come back later"
    with pytest.raises(Retry, match="451"):
        await mail.send("head@example.org", message)
    MailServer.answer = b"550 5.1.1 no such user"
    with pytest.raises(Undeliverable, match="550"):
        await mail.send("head@example.org", message)
