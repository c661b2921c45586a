"""Logs: one rich line an event; pretty on a terminal, JSON elsewhere."""

from __future__ import annotations

import logging
import sys
import time
from collections import defaultdict

import structlog

_NOISY = ("aiokafka", "kafka", "faust", "mode", "psycopg.pool")  # what they find, our own lines say
_LINES_A_MINUTE = 20


class _Rarely(logging.Filter):
    """Lets a few lines a minute of each logger through: an outage of the broker floods thousands."""

    def __init__(self) -> None:
        super().__init__()
        self._minute: dict[tuple[str, int], int] = defaultdict(int)

    def filter(self, record: logging.LogRecord) -> bool:
        key = (record.name, int(time.time() // 60))
        if len(self._minute) > 1_000:
            self._minute.clear()
        self._minute[key] += 1
        return self._minute[key] <= _LINES_A_MINUTE


def set_up_logs(level: int = logging.INFO) -> None:
    """structlog to standard error; other libraries only warn, and not too often."""
    pretty = sys.stderr.isatty()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper("iso", utc=True),
            *([] if pretty else [structlog.processors.format_exc_info]),
            structlog.dev.ConsoleRenderer() if pretty else structlog.processors.JSONRenderer(),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_Rarely())
    logging.basicConfig(
        level=logging.WARNING, format="%(levelname)s %(name)s %(message)s", handlers=[handler], force=True
    )
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.ERROR)
