"""Six hours of our processes in a real Prometheus: a busy evening, and a worker is away for ten minutes before it.

The processes' own counters are driven, so names, labels and buckets are theirs.
"""

from __future__ import annotations

import random
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx
import yaml
from prometheus_client import REGISTRY

from alerts import sender
from dashboards.console.routes import proof
from dashboards.rollup import metrics as rollup
from detectors.profile import Profile
from detectors.times import HOUR
from ingest.gateway import metrics as gateway
from streams.metrics import metrics as worker
from tests.pictures.history import LAST, NOW
from tests.support.needs import PROJECT

_EVERY: Final = 15
_END: Final = NOW // 1_000
_BEGINS: Final = _END - 7 * HOUR // 1_000
_MIDNIGHT: Final = Profile().midnight(LAST) // 1_000
_AWAY: Final = range(_END - 15_000, _END - 14_400)  # one of the two workers
_CUTOFF: Final = _END - 3 * HOUR // 1_000
_GIVEN: Final = PROJECT / "dashboards" / "prometheus"
_JOBS: Final = [one["job_name"] for one in yaml.safe_load((_GIVEN / "prometheus.yml").read_text())["scrape_configs"]]
_SECOND: Final = len(_JOBS)  # of the workers
_DONE_AT: Final = {"backup": 2.2, "retention": 3.1, "push": 18.5, "ministry": 17.6}  # local hours
_RULES: Final = _GIVEN / "rules.yml"


@contextmanager
def prometheus(folder: Path) -> Iterator[str]:
    """The address of a Prometheus that holds these hours, and what our rules record of them."""
    written, data = folder / "hours.txt", folder / "data"
    written.write_text("".join(_lines()), "utf-8")
    _tool("create-blocks-from", "openmetrics", str(written), str(data))
    with _serving(folder, data) as url:
        hours = (f"--start={_BEGINS}", f"--end={_END}", f"--url={url}", f"--output-dir={data}", "--eval-interval=15s")
        _tool("create-blocks-from", "rules", *hours, str(_RULES))
    with _serving(folder, data) as url:  # blocks are seen as it starts
        yield url


def _tool(*words: str) -> None:
    done = subprocess.run(["promtool", "tsdb", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@contextmanager
def _serving(folder: Path, data: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        at = f"127.0.0.1:{free.getsockname()[1]}"
    (folder / "none.yml").write_text("")
    flags = (f"--config.file={folder}/none.yml", f"--storage.tsdb.path={data}", f"--web.listen-address={at}")
    with (folder / "log").open("w") as log:
        running = subprocess.Popen(["prometheus", *flags, "--storage.tsdb.retention.time=10y"], stderr=log)
    try:
        limit = time.monotonic() + 60
        while not _is_ready(f"http://{at}/-/ready"):
            assert time.monotonic() < limit, (folder / "log").read_text()
            time.sleep(0.1)
        yield f"http://{at}"
    finally:
        running.terminate()
        running.wait(30)


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.HTTPError:
        return False


def _lines() -> Iterator[str]:
    """Every sample in the text format of OpenMetrics, one family after another."""
    samples: dict[tuple[str, str], list[str]] = {}
    chance = random.Random(2026)
    for now in range(_BEGINS, _END + 1, _EVERY):
        _happens(now, chance)
        for number, job in enumerate([*_JOBS, "worker"]):
            is_up = int(not (number == _SECOND and now in _AWAY))
            samples.setdefault(("up", "gauge"), []).append(f'up{{job="{job}",instance="{number}"}} {is_up} {now}\n')
        for job, hour in _DONE_AT.items():
            done = round(_MIDNIGHT + hour * 3_600)
            done -= 86_400 * (done > now)
            told = samples.setdefault(("sizao_daily_done_timestamp_seconds", "gauge"), [])
            told.append(f'sizao_daily_done_timestamp_seconds{{job="{job}"}} {done} {now}\n')
        for family in REGISTRY.collect():
            if family.name.startswith("sizao_"):
                told = samples.setdefault((family.name, family.type), [])
                for one in family.samples:
                    if not one.name.endswith("_created"):
                        labels = ",".join(f'{name}="{value}"' for name, value in one.labels.items())
                        told.append(f"{one.name}{{{labels}}} {one.value} {now}\n")
    for (name, kind), told in samples.items():
        yield f"# TYPE {name} {kind}\n"
        yield from told
    yield "# EOF\n"


def _happens(now: int, chance: random.Random) -> None:
    """What the processes count in these seconds."""
    away, before_the_end = now in _AWAY, (_END - now) / 3_600
    evening = max(0.0, 1 - abs(before_the_end - 2.6) / 1.6)
    events = round(_EVERY * (60 + 380 * evening) * chance.uniform(0.85, 1.15))
    for fate, share in (("stored", 0.965), ("late", 0.02), ("held", 0.008), ("quarantined", 0.003)):
        worker.events.labels(fate).inc(round(events * share))
    worker.events.labels("duplicate").inc(chance.random() < 0.2)
    worker.events.labels("rejected").inc(chance.random() < 0.02)
    behind = min(now - _AWAY.start, 600) * 5 if away else max(0, 3_000 - (now - _AWAY.stop) * 12) * (now >= _AWAY.stop)
    worker.lag.set(behind + chance.randrange(2, 12 + round(30 * evening)))
    for _ in range(40):
        worker.observed_to_finding_seconds.observe(chance.lognormvariate(-1.2, 0.5) + behind / 90)
        gateway.seconds.observe(chance.lognormvariate(-4.6 + 0.4 * evening, 0.45))
        sender.told_seconds.observe(chance.lognormvariate(-0.6, 0.6) + behind / 400)
    for channel, often in (("wecom", 0.5), ("sms", 0.3), ("voice", 0.12), ("email", 0.1), ("self_check", 0.083)):
        sender.outcomes.labels(channel, "sent").inc(sum(chance.random() < often for _ in range(8 + round(8 * evening))))
    sender.outcomes.labels("sms", "retry").inc(chance.random() < 0.04)
    sender.oldest.set(chance.uniform(0, 0.4) + behind / 400)
    if now % 180 == 0:
        proof.proven_at.set(now - chance.randrange(1, 4))
    rollup.waiting.labels("facilities").set(chance.randrange(4, 9) + round(150 * evening) + behind / 10)
    rollup.waiting.labels("regions").set(chance.randrange(2, 6) + round(60 * evening))
    since_cutoff = now - _CUTOFF
    rollup.frozen.inc(60 if 0 <= since_cutoff < 800 else 0)
    rollup.overdue.set(3 if 800 <= since_cutoff < 1_500 else 0)
