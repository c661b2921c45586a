"""The compose file starts commands that exist, with variables that are checked, and without a password in it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from sizao.cli import cli
from sizao.settings import VARIABLES, load
from tests.support.needs import PROJECT


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
    return loaded


def test_every_process_of_ours_is_a_command_whose_options_parse(compose: dict[str, Any]) -> None:
    ours = {name: one for name, one in compose["services"].items() if one.get("image") == "sizao"}
    assert {"gateway", "worker", "sender", "console", "migrate"} <= set(ours)
    for name, one in ours.items():
        command = cli.get_command(click.Context(cli), one["command"][0])
        assert command is not None, name
        given = {key.removesuffix("_FILE") for key in one["environment"] if key != "FORWARDED_ALLOW_IPS"}
        assert given <= set(VARIABLES), name
        required = {"--kafka": "x:1", "--database-url": "postgresql://x/x"}
        values = [f"{key}={one}" for key, one in required.items() if any(key in p.opts for p in command.params)]
        words = one["command"][1:]
        files = [word for word in words if word.startswith("/run/secrets/")]
        assert {word.removeprefix("/run/secrets/") for word in files} <= set(one["secrets"]), name
        command.make_context(name, [*(__file__ if word in files else word for word in words), *values])


def test_whatever_stays_up_is_looked_at_and_listens_on_this_machine_only(compose: dict[str, Any]) -> None:
    for name, one in compose["services"].items():
        assert "healthcheck" in one or one["restart"] == "no", name
        if "sizao.healthy" in (look := one.get("healthcheck", {}).get("test", [])):
            assert look[-1] == one["command"][-1], f"{name}: the port, or the file that it touches"
        assert all(port.startswith("127.0.0.1:") for port in one.get("ports", [])), name


def test_nothing_of_ours_begins_before_the_schema_is_todays(compose: dict[str, Any]) -> None:
    for name, one in compose["services"].items():
        if "database_url" in one.get("secrets", []) and name != "migrate":
            assert one["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}, name
    assert compose["services"]["migrate"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert compose["services"]["migrate"]["restart"] == "no"


def test_only_what_has_a_port_or_tells_people_has_a_way_out(compose: dict[str, Any]) -> None:
    assert compose["networks"]["inside"] == {"internal": True}
    for name, one in compose["services"].items():
        needs_a_door = "ports" in one or name in ("sender", "push", "alertmanager")
        assert one["networks"] == (["inside", "doors"] if needs_a_door else ["inside"]), name


def test_the_console_believes_the_proxy_of_its_machine_and_nobody_else(compose: dict[str, Any]) -> None:
    """Otherwise wrong passwords of the whole country count as of one address, and slow everybody down."""
    (net,) = compose["networks"]["doors"]["ipam"]["config"]
    assert compose["services"]["console"]["environment"]["FORWARDED_ALLOW_IPS"] == net["gateway"]


def test_nothing_tells_its_maker_that_it_runs(compose: dict[str, Any]) -> None:
    assert "timescaledb.telemetry_level=off" in compose["services"]["database"]["command"]
    grafana = compose["services"]["grafana"]["environment"]
    for switched_off in (
        "GF_ANALYTICS_REPORTING_ENABLED",
        "GF_ANALYTICS_CHECK_FOR_UPDATES",
        "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES",
        "GF_NEWS_NEWS_FEED_ENABLED",
        "GF_SNAPSHOTS_EXTERNAL_ENABLED",
        "GF_PLUGINS_PLUGIN_ADMIN_ENABLED",
        "GF_CLOUD_MIGRATION_ENABLED",
    ):
        assert grafana[switched_off] == "false", switched_off
    assert grafana["GF_SECURITY_DISABLE_GRAVATAR"] == grafana["GF_PLUGINS_PREINSTALL_DISABLED"] == "true"
    assert grafana["GF_PLUGINS_PUBLIC_KEY_RETRIEVAL_DISABLED"] == "true"


def test_every_process_that_goes_on_by_itself_is_in_the_file(compose: dict[str, Any]) -> None:
    started = {one["command"][0]: name for name, one in compose["services"].items() if one.get("image") == "sizao"}
    assert set(started) == {
        *("migrate", "gateway", "worker", "sender", "console", "rollup", "prove", "boards", "dispatch", "simulate"),
        *("backup", "retention", "export"),
    }
    assert [name for name, one in compose["services"].items() if "profiles" in one] == ["push", "simulate"], (
        "off by default"
    )
    jobs = yaml.safe_load((PROJECT / "dashboards" / "prometheus" / "prometheus.yml").read_text())["scrape_configs"]
    measured = {name for name, one in compose["services"].items() if "--metrics-port" in one.get("command", [])}
    assert measured | {"gateway", "console", "alertmanager"} == {one["job_name"] for one in jobs}


def test_the_compose_schema_takes_the_file() -> None:
    checker = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*checker, PROJECT / "docker-compose.yml"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_file_that_is_mounted_exists_and_every_service_has_its_limits(compose: dict[str, Any]) -> None:
    for name, one in compose["services"].items():
        assert set(one["deploy"]["resources"]["limits"]) == {"cpus", "memory"}, name
        for volume in one.get("volumes", []):
            source = volume.split(":")[0]
            assert source in compose["volumes"] or (PROJECT / source).exists(), volume
        assert set(one.get("secrets", [])) <= set(compose["secrets"]), name


def test_what_can_do_without_writes_nowhere_and_gains_no_right(compose: dict[str, Any]) -> None:
    """The broker writes its settings anew at each start, and the database's image changes its user."""
    for name, one in compose["services"].items():
        assert one["logging"] == {"driver": "local"}, f"{name}: its log would fill the disk"
        if name not in ("broker", "database"):
            assert one["read_only"], name
            assert one["tmpfs"] == ["/tmp"], name
        if name != "database":
            assert one["cap_drop"] == ["ALL"], name
            assert one["security_opt"] == ["no-new-privileges:true"], name
    assert compose["services"]["database"]["shm_size"] == "1gb", "parallel workers share 64 MB by default"
    assert compose["services"]["worker"]["environment"]["SIZAO_WORKER_STATE"].startswith("/tmp/")


def test_the_first_lines_make_every_secret(compose: dict[str, Any], tmp_path: Path) -> None:
    head = (PROJECT / "docker-compose.yml").read_text("utf-8").split("x-logs:")[0]
    commands = "\n".join(re.findall(r"^#   (.*)$", head, re.MULTILINE))
    subprocess.run(["bash", "-euc", commands], cwd=tmp_path, check=True, capture_output=True)
    made = {file.name: file.read_text().strip() for file in (tmp_path / "secrets").iterdir()}
    by_profile = {"export_url", "export_secret", "trial_tokens"}
    assert set(made) == set(compose["secrets"]) - by_profile
    assert all(name in head for name in by_profile)
    assert all(made.values())
    assert made["database_password"] in made["database_url"]
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert all(file.stat().st_mode & 0o044 == 0o044 for file in (tmp_path / "secrets").iterdir()), "for any user inside"
    for name, one in compose["services"].items():
        given = {
            key.removesuffix("_FILE"): made[value.removeprefix("/run/secrets/")]
            for key, value in one.get("environment", {}).items()
            if key.startswith("SIZAO_") and value.removeprefix("/run/secrets/") in made
        }
        load(given)
        assert all(VARIABLES[key].is_right(value) for key, value in given.items()), name


def test_the_image_is_built_of_files_that_are_there_and_writes_where_it_may(compose: dict[str, Any]) -> None:
    lines = (PROJECT / "Dockerfile").read_text("utf-8").splitlines()
    ignored = set((PROJECT / ".dockerignore").read_text("utf-8").split())
    copied = [line.split()[1:-1] for line in lines if line.startswith("COPY ") and "--from" not in line]
    assert copied
    for source in (one for words in copied for one in words):
        assert (PROJECT / source).exists(), source
        assert not {source, source.split("/")[0]} & ignored, source
    for needed in ("pyproject.toml", "README.md", "store", "dashboards", "requirements"):
        assert needed not in ignored
    [folders] = [line.removeprefix("RUN mkdir ").split() for line in lines if line.startswith("RUN mkdir ")]
    [home] = [line.removeprefix("WORKDIR ") for line in lines if line.startswith("WORKDIR /var")]
    mounted = {
        volume.split(":")[1]
        for one in compose["services"].values()
        if one.get("image") == "sizao"
        for volume in one.get("volumes", [])
    }
    assert mounted == {f"{home}/{folder}" for folder in folders}, "a volume begins with the owner of the folder"


def test_no_secret_is_baked_in(compose: dict[str, Any]) -> None:
    for one in compose["services"].values():
        for key, value in one.get("environment", {}).items():
            if re.search(r"PASSWORD|SECRET|DATABASE_URL|TOKEN", key):
                assert key.endswith("_FILE")
                assert value.removeprefix("/run/secrets/") in one["secrets"]
    ignored = (PROJECT / ".dockerignore").read_text().splitlines()
    assert "secrets" in ignored
    assert "/secrets/" in (PROJECT / ".gitignore").read_text().splitlines()
