"""A migrated database for every module, and some homes in it."""

from __future__ import annotations

from tests.integration.store.conftest import connection, database, server

__all__ = ["connection", "database", "server"]
