"""Fixtures every test may ask for: shared data and real services, or a skip with its reason."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.needs import SHARED, needed

# What a property says does not depend on how busy the machine is: by default an example that
# waits 0.2 s for its turn fails, and so does one whose values were slow to draw.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real recordings and vectors beside the project."""
    data = SHARED / "data"
    if not data.is_dir():
        needed("shared-data", "the shared data folder is not beside the project")
    return data


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of a module that share one database run in one process, else each process would make its own."""
    folders = [Path(__file__).parent / name for name in ("acceptance", "integration")]
    for item in items:
        shares = any(item.path.is_relative_to(folder) for folder in folders)
        if shares and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.nodeid.split("::")[0]))
