"""Fixtures every test may ask for: shared data and real services, or a skip with its reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.needs import SHARED, needed


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real recordings and vectors beside the project."""
    data = SHARED / "data"
    if not data.is_dir():
        needed("shared-data", "the shared data folder is not beside the project")
    return data
