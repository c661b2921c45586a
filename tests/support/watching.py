"""The stack's own commands, Prometheus and Alertmanager, on free ports of this machine, with their files in a hurry."""

from __future__ import annotations

import http.server
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path
from typing import Any, Final, cast

import yaml
from aiosmtpd.controller import Controller

from tests.support.needs import PROJECT, needed

GIVEN: Final = PROJECT / "dashboards" / "prometheus"
COMPOSE: Final[dict[str, Any]] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text("utf-8"))
SECRETS: Final = {
    "SIZAO_WEBHOOK_SECRET": "whsec_" + "c2l6YW8h" * 4,
    "SIZAO_RECEIPT_SECRET": "r" * 32,
    "SIZAO_FACTOR_KEY": "f" * 44,
    "SIZAO_BACKUP_KEY": "b" * 44,
    "SIZAO_EXPORT_SECRET": "e" * 44,
}


def program(*names: str) -> str:
    """Where one of these is installed."""
    found = next(filter(None, map(shutil.which, names)), None)
    return found or needed("promtool", f"no {names[0]} (Debian: apt-get install {names[-1]})")


def free_ports(number: int) -> list[int]:
    """Nobody listens there, and they differ."""
    probes = [socket.socket() for _ in range(number)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def until(true: Callable[[], Any], seconds: float, otherwise: str) -> Any:
    """What it says once it says something true; who does not answer yet is waited for."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        try:
            if found := true():
                return found
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError(otherwise)


class Watcher:
    """The outside watcher: counts when the dead-man switch was heard."""

    def __init__(self) -> None:
        self.heard: list[float] = []
        watcher = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                said = json.loads(self.rfile.read(int(self.headers["content-length"])))
                if [one["labels"]["alertname"] for one in said["alerts"]] == ["Watchdog"]:
                    watcher.heard.append(time.monotonic())
                self.send_response(204)
                self.end_headers()

            def log_message(self, *args: object) -> None:
                """Silent."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/ping?of=sizao&on=here"


class Mailbox:
    """The operators' mail."""

    def __init__(self, port: int) -> None:
        self.mails: list[EmailMessage] = []
        self.receiver = Controller(self, hostname="127.0.0.1", port=port)
        self.receiver.start()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append(cast(EmailMessage, BytesParser(policy=default).parsebytes(envelope.content)))
        return "250 OK"

    def of(self, subject: str) -> list[EmailMessage]:
        """Those whose subject begins so."""
        return [mail for mail in self.mails if mail["subject"].startswith(subject)]


def plain(mail: EmailMessage) -> str:
    """What is read of it."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


class Stack:
    """Everything that Prometheus asks, Prometheus and Alertmanager."""

    def __init__(self, folder: Path, kafka: str, database: str, prefix: str) -> None:
        self.folder = folder
        self.jobs = [one["job_name"] for one in _asked()["scrape_configs"]]
        self.ours = [job for job in self.jobs if job != "alertmanager"]
        names = (*self.jobs, "console page", "prometheus", "mail")
        self.ports = dict(zip(names, free_ports(len(names)), strict=True))
        self.watcher, self.mailbox = Watcher(), Mailbox(self.ports["mail"])
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.env = {
            **os.environ,
            **SECRETS,
            "SIZAO_KAFKA": kafka,
            "SIZAO_DATABASE_URL": database,
            "SIZAO_TOPIC_PREFIX": prefix,
            "SIZAO_GATEWAY": f"http://127.0.0.1:{self.ports['gateway']}",
            "SIZAO_GATEWAY_PORT": str(self.ports["gateway"]),
            "SIZAO_CONSOLE_PORT": str(self.ports["console page"]),
            "SIZAO_PAGE": f"http://127.0.0.1:{self.ports['console page']}",
            "SIZAO_EXPORT_URL": self.watcher.url,
            "SIZAO_HEARTBEAT": "1",
            "SIZAO_SESSION_TIMEOUT": "6",
        }

    def start(self, service: str) -> None:
        """The service's own command of the compose file runs, on a free port of this machine."""
        words = [word.replace("0.0.0.0", "127.0.0.1") for word in COMPOSE["services"][service]["command"]]
        if "--metrics-port" in words:
            words[words.index("--metrics-port") + 1] = str(self.ports[service])
        if "--at" in words:
            words[words.index("--at") + 1] = "00:00"
        self._run(service, [sys.executable, "-m", "sizao", *words])

    def answers(self, service: str) -> None:
        """It shows its metrics."""
        url = f"http://127.0.0.1:{self.ports[service]}/metrics"
        until(lambda: urllib.request.urlopen(url, timeout=5), 30, f"{service}: {self.log(service)}")

    def sizao(self, *words: str) -> None:
        """The command has ended well."""
        subprocess.run([sys.executable, "-m", "sizao", *words], env=self.env, cwd=self.folder, check=True, timeout=30)

    def start_alertmanager(self) -> None:
        """The container's own shell line, with secrets of this folder, and intervals of seconds."""
        secrets = {
            "smtp_smarthost": f"127.0.0.1:{self.ports['mail']}\n",
            "operators_mail": "platform@example.org\n",
            "dead_man_url": f"{self.watcher.url}\n",  # its path has what sed and YAML might take for their own
        }
        for name, said in secrets.items():
            (self.folder / name).write_text(said)
        # A minute is a second and a half, so that a switch that is heard every other minute is noticed.
        text = (GIVEN / "alertmanager.yml").read_text("utf-8")
        hurried = re.sub(
            r"(group_wait|group_interval|repeat_interval): (\d+)(s|m)$",
            lambda found: f"{found[1]}: {int(found[2]) * (25 if found[3] == 's' else 1_500)}ms",
            text,
            flags=re.MULTILINE,
        )
        assert hurried != text
        (self.folder / "template.yml").write_text(hurried)
        line = COMPOSE["services"]["alertmanager"]["command"][0].replace("$$", "$")
        for there, here in (
            ("/run/secrets", str(self.folder)),
            ("/etc/alertmanager", str(self.folder)),
            ("/tmp/alertmanager.yml", str(self.folder / "alertmanager.yml")),
            ("exec alertmanager ", f"exec {program('alertmanager', 'prometheus-alertmanager')} "),
            ("=/alertmanager", f"={self.folder / 'alertmanager'}"),
        ):
            assert there in line, there
            line = line.replace(there, here)
        address = f"127.0.0.1:{self.ports['alertmanager']}"
        self._run("alertmanager", ["/bin/sh", "-c", f"{line} --web.listen-address={address}"])
        until(lambda: urllib.request.urlopen(f"http://{address}/-/ready", timeout=5), 15, "Alertmanager does not start")

    def start_prometheus(self) -> None:
        """Its own files, asked of this machine's ports, twice a second; its rules as they are."""
        asked = _asked()
        asked["global"] = {"scrape_interval": "500ms", "evaluation_interval": "500ms"}
        asked["rule_files"] = [str(self.folder / "rules.yml")]
        asked["alerting"]["alertmanagers"] = [
            {"static_configs": [{"targets": [f"127.0.0.1:{self.ports['alertmanager']}"]}]}
        ]
        asked["scrape_configs"] = [
            {"job_name": job, "static_configs": [{"targets": [f"127.0.0.1:{self.ports[job]}"]}]} for job in self.jobs
        ]
        (self.folder / "prometheus.yml").write_text(yaml.safe_dump(asked))
        shutil.copy(GIVEN / "rules.yml", self.folder)
        self._run(
            "prometheus",
            [
                program("prometheus"),
                f"--config.file={self.folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={self.folder / 'tsdb'}",
                f"--web.listen-address=127.0.0.1:{self.ports['prometheus']}",
                "--rules.alert.resend-delay=1s",  # else a minute: what is told at first finds nobody yet
            ],
        )

    def hurry(self, alert: str) -> None:
        """The alert waits two seconds from now on; before, whoever was not asked yet would be told of as missing."""
        rules = yaml.safe_load((GIVEN / "rules.yml").read_text("utf-8"))
        [one] = [rule for group in rules["groups"] for rule in group["rules"] if rule.get("alert") == alert]
        one["for"] = "2s"
        (self.folder / "rules.yml").write_text(yaml.safe_dump(rules))
        self.processes["prometheus"].send_signal(signal.SIGHUP)
        until(lambda: [one for one in self.judged() if one["name"] == alert and one["duration"] == 2], 10, "no reload")

    def judged(self) -> list[dict[str, Any]]:
        """Every rule as it was last evaluated."""
        return [rule for group in self.asked("rules")["groups"] for rule in group["rules"]]

    def asked(self, path: str, **query: str) -> Any:
        """What Prometheus answers."""
        url = f"http://127.0.0.1:{self.ports['prometheus']}/api/v1/{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=5) as answer:
            return json.loads(answer.read())["data"]

    def values(self, expression: str) -> list[float]:
        """Of every series that the expression has now."""
        return [float(one["value"][1]) for one in self.asked("query", query=expression)["result"]]

    def kill(self, service: str) -> None:
        """It ends without a word."""
        process = self.processes.pop(service)
        process.send_signal(signal.SIGKILL)
        process.wait(10)

    def log(self, service: str) -> str:
        return (self.folder / f"{service}.log").read_text("utf-8", "replace")

    def close(self) -> None:
        """Nothing of it runs."""
        for service in list(self.processes):
            self.kill(service)
        self.mailbox.receiver.stop()
        self.watcher.server.shutdown()
        self.watcher.server.server_close()

    def _run(self, name: str, words: list[str]) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(words, env=self.env, cwd=self.folder, stdout=log, stderr=log)


def _asked() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((GIVEN / "prometheus.yml").read_text("utf-8"))
    return loaded
