"""What Prometheus and Alertmanager are given: rules that fire when they must, and name metrics that exist."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.support.needs import PROJECT, needed

GIVEN: Final = PROJECT / "dashboards" / "prometheus"
TESTS: Final = sorted((Path(__file__).parent / "prometheus").glob("*_test.yml"))
PROCESSES: Final = {
    "gateway": "ingest.gateway.metrics",
    "worker": "streams.metrics",
    "sender": "alerts.sender",
    "console": "dashboards.console.app",
    "rollup": "dashboards.rollup.metrics",
    "backup": "sizao.backup",
    "retention": "sizao.daily_record",
}


@pytest.fixture(scope="module")
def promtool() -> str:
    return shutil.which("promtool") or needed("promtool", "not on PATH (Debian: apt-get install prometheus)")


@pytest.fixture(scope="module")
def exposed() -> dict[str, str]:
    """What each process shows at /metrics, before anything has happened."""
    program = "import sys, {}; from prometheus_client import generate_latest as show; sys.stdout.buffer.write(show())"
    return {
        process: subprocess.run(
            [sys.executable, "-c", program.format(module)], capture_output=True, text=True, check=True, cwd=PROJECT
        ).stdout
        for process, module in PROCESSES.items()
    }


def _rules() -> list[dict[str, Any]]:
    loaded = yaml.safe_load((GIVEN / "rules.yml").read_text())
    return [rule for group in loaded["groups"] for rule in group["rules"]]


def test_each_alert_fires_when_it_must_and_is_silent_when_all_is_well(promtool: str, tmp_path: Path) -> None:
    told = [tmp_path / one.name for one in TESTS]
    for file, one in zip(told, TESTS, strict=True):
        file.write_text(one.read_text().replace("RULES", str(GIVEN / "rules.yml")))
    done = subprocess.run([promtool, "test", "rules", *told], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_has_both_tests_and_a_runbook() -> None:
    cases = [case for one in TESTS for case in yaml.safe_load(one.read_text())["tests"]]
    fires, silent = set(), set()
    for case in cases:
        for one in case.get("alert_rule_test", []):
            (fires if one["exp_alerts"] else silent).add(one["alertname"])
    fires |= {name for one in TESTS for name in re.findall(r'ALERTS\{alertname="(\w+)"', one.read_text())}
    alerts = {rule["alert"]: rule for rule in _rules() if "alert" in rule}
    assert fires == set(alerts)
    assert silent == set(alerts)
    for name, rule in alerts.items():
        assert set(rule["annotations"]) == {"summary", "description", "runbook"}, name
        assert rule["labels"]["severity"] in ("page", "ticket", "none"), name
        assert rule["annotations"]["runbook"] == f"docs/runbooks/{name}.md"
        assert (PROJECT / rule["annotations"]["runbook"]).is_file(), name
        assert f"({name}.md)" in (PROJECT / "docs" / "runbooks" / "README.md").read_text()


def test_rules_name_only_metrics_that_exist(exposed: dict[str, str]) -> None:
    shown = {name for text in exposed.values() for name in re.findall(r"^(sizao_\w+)", text, re.MULTILINE)}
    recorded = {rule["record"] for rule in _rules() if "record" in rule}
    for rule in _rules():
        assert set(re.findall(r"\bsizao_\w+", rule["expr"])) <= shown, rule
        assert set(re.findall(r"\bsizao:[\w:]+", rule["expr"])) <= recorded, rule


@pytest.mark.parametrize("process", PROCESSES)
def test_promtool_finds_nothing_to_say_about_our_metrics(promtool: str, exposed: dict[str, str], process: str) -> None:
    done = subprocess.run(
        [promtool, "check", "metrics"], input=exposed[process], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_alertmanager_takes_its_file_once_the_secrets_are_in_it(tmp_path: Path) -> None:
    amtool = shutil.which("amtool") or needed("promtool", "no amtool (Debian: apt-get install prometheus-alertmanager)")
    compose = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())["services"]["alertmanager"]
    text = (GIVEN / "alertmanager.yml").read_text()
    put_in = dict(re.findall(r"s\|(\w+)\|\$\$\(said (\w+)\)", compose["command"][0]))
    secrets = {"smtp_smarthost": "127.0.0.1:25", "operators_mail": "a@example.org", "dead_man_url": "http://127.0.0.1/"}
    assert sorted(put_in.values()) == sorted(compose["secrets"]) == sorted(secrets)
    for word, secret in put_in.items():
        assert word in text
        text = text.replace(word, secrets[secret])
    given = tmp_path / "alertmanager.yml"
    given.write_text(text)
    done = subprocess.run([amtool, "check-config", given], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_alert_goes_to_operators_and_the_watchdog_to_the_watcher(tmp_path: Path) -> None:
    routes = yaml.safe_load((GIVEN / "alertmanager.yml").read_text())["route"]
    assert routes["receiver"] == "operators"
    assert {route["receiver"]: route["matchers"] for route in routes["routes"]} == {
        "dead-man": ['alertname="Watchdog"'],
        "operators": ['severity="page"'],
    }


def test_promtool_finds_the_targets_and_rules_right(promtool: str, tmp_path: Path) -> None:
    given = tmp_path / "prometheus.yml"
    given.write_text(
        (GIVEN / "prometheus.yml").read_text().replace("/etc/prometheus/rules.yml", str(GIVEN / "rules.yml"))
    )
    done = subprocess.run([promtool, "check", "config", given], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_target_is_a_service_of_the_compose_file() -> None:
    asked = yaml.safe_load((GIVEN / "prometheus.yml").read_text())
    services = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())["services"]
    for job in asked["scrape_configs"]:
        hosts = [target for one in job.get("static_configs", []) for target in one["targets"]]
        hosts += [f"{name}:{one['port']}" for one in job.get("dns_sd_configs", []) for name in one["names"]]
        for host in hosts:
            name, _, port = host.partition(":")
            assert re.search(rf":{port}/|sizao\.healthy', '{port}'", str(services[name]["healthcheck"])), host
