"""What a runbook tells the operator to ask the database can be asked."""

from __future__ import annotations

import re

import psycopg

from tests.support.needs import PROJECT


def test_every_statement_in_a_runbook_is_planned(database: str) -> None:
    found = [
        statement
        for page in sorted((PROJECT / "docs" / "runbooks").glob("*.md"))
        for statement in re.findall(r"`(select [^`]+)`", page.read_text("utf-8"))
    ]
    assert len(found) >= 6
    with psycopg.connect(database) as connection:
        for statement in found:
            connection.execute("explain " + statement.replace("%", "%%"))  # type: ignore[arg-type]
