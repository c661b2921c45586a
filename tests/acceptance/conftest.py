"""A story with a county that has everybody on duty."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import psycopg
import pytest

from store.connection import connect, open_pool
from tests.acceptance.story import REGION, Story
from tests.integration.store.conftest import server
from tests.support.databases import migrated_database

__all__ = ["server"]


@pytest.fixture(scope="module")
def migrated(server: str) -> Iterator[str]:
    """One schema for all stories."""
    with migrated_database(server, timescale=False) as url:
        yield url


@pytest.fixture
def database(migrated: str) -> str:
    """Nothing has happened yet."""
    with psycopg.connect(migrated, autocommit=True) as admin:
        roots = "facilities, observations, desks, duty_people, holidays, technical_alerts, channel_slots, recipients"
        admin.execute(
            f"truncate {roots}, hand_overs, promises, accounts, sign_in_tries, views restart identity cascade"
        )
        admin.execute("update view_head set id = 0, hash = ''")
    return migrated


@pytest.fixture
async def bare(database: str) -> AsyncIterator[Story]:
    """A story without rosters."""
    pool, connection = await open_pool(database, "story", size=2), await connect(database, "story")
    yield Story(pool, connection)
    await connection.close()
    await pool.close()


@pytest.fixture
async def story(bare: Story) -> Story:
    """A home with carers by day and night and a head, a paired doctor, and the county's desk."""
    await bare.home("F-001")
    bare.desk("家-1", facility="F-001")
    bare.desk("医院", facility="F-001")
    bare.desk("县值班室", region=REGION)
    bare.person("护士小李", ("voice", "13800000001"), ("sms", "13800000001"))
    bare.person("护士小周", ("voice", "13800000002"), ("sms", "13800000002"))
    bare.person("王院长", ("wecom", "heads"), ("voice", "13800000003"))
    bare.person("张医生", ("sms", "13800000004"), ("voice", "13800000004"))
    bare.person("值班员老赵", ("voice", "13800000005"), ("sms", "13800000005"), ("wecom", "desk"))
    bare.person("孙局长", ("voice", "13800000006"))
    bare.shift("家-1", "carer", "护士小李", "20:00-08:00")
    bare.shift("家-1", "carer", "护士小周", "08:00-20:00")
    bare.shift("家-1", "head", "王院长")
    bare.shift("医院", "doctor", "张医生")
    bare.shift("县值班室", "duty_officer", "值班员老赵")
    bare.shift("县值班室", "duty_leader", "孙局长")
    await bare.rosters()
    return bare
