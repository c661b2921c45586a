"""The house is in order: style, types, the direction of imports, the lock, no stray paths."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.needs import PROJECT

BIN = Path(sys.executable).parent


def _run(*command: str) -> None:
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    return [PROJECT / name for name in listed.stdout.split("\0") if name]


def test_the_style_is_kept() -> None:
    _run(str(BIN / "ruff"), "check", ".")
    _run(str(BIN / "ruff"), "format", "--check", ".")


def test_the_types_hold() -> None:
    _run(str(BIN / "mypy"))


def test_imports_go_one_way() -> None:
    _run(str(BIN / "lint-imports"), "--no-cache")


def test_the_lock_covers_every_dependency_with_hashes_and_names_no_index() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    wanted = project["project"]["dependencies"]
    for name, lock in (("run", wanted), ("dev", wanted + project["dependency-groups"]["dev"])):
        text = (PROJECT / "requirements" / f"{name}.txt").read_text()
        assert "://" not in text
        assert "--index" not in text
        pinned = {line.split("==")[0] for line in text.splitlines() if re.match(r"[a-z0-9]", line)}
        for requirement in lock:
            package = re.split(r"[\[<>=;~ ]", requirement)[0].lower().replace("_", "-")
            assert package in pinned, f"{package} is not in requirements/{name}.txt: make lock"
        entries = re.split(r"\n(?=[a-z0-9])", text)
        assert all("--hash=sha256:" in entry for entry in entries if "==" in entry)


def test_every_table_that_a_migration_makes_has_a_class() -> None:
    migrations = (PROJECT / "store" / "migrations").glob("*.sql")
    made = {name for file in migrations for name in re.findall(r"^create table (\w+)", file.read_text("utf-8"), re.M)}
    known = tomllib.loads((PROJECT / "store" / "keeping" / "tables.toml").read_text("utf-8"))["table"]
    assert made == known.keys(), "store/keeping/tables.toml says how long each table is kept, and how it is erased"


def test_no_path_of_a_machine_is_written_down() -> None:
    found = [
        str(path.relative_to(PROJECT))
        for path in _tracked()
        if path.suffix in {".py", ".md", ".toml", ".sql", ".txt", ".html", ".yml", ""}
        and re.search(r"(?<![\w.])/(work|root|farm|home/\w+)/", path.read_text("utf-8", "replace"))
        and path.name != "test_house.py"
    ]
    assert found == []


@pytest.mark.xdist_group("house")
def test_tests_of_one_group_run_in_one_process(request: pytest.FixtureRequest, worker_id: str) -> None:
    if worker_id == "master":
        pytest.skip("one process runs everything")
    assert request.node.nodeid.endswith("@house")
