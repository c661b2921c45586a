"""The cluster detectors by name, and their parameters from text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from detectors.clusters.counts import ClusterDetector
from detectors.clusters.cusum import Cusum
from detectors.clusters.ears import Ears, EarsC2
from detectors.clusters.positivity import Positivity
from detectors.clusters.predictive import NegativeBinomial
from detectors.clusters.window import KInWindow

DETECTORS: Final[dict[str, type[ClusterDetector]]] = {
    "ears_c1": Ears,
    "ears_c2": EarsC2,
    "cusum": Cusum,
    "nb": NegativeBinomial,
    "binomial": Positivity,
    "k_in_window": KInWindow,
}
"""The names the command line and the rule files use."""


class ParameterError(ValueError):
    """A parameter cannot be used; the message says which are known or what it must be."""


def detector_of(name: str, settings: Sequence[str] = ()) -> ClusterDetector:
    """The detector with NAME=VALUE settings in place of its defaults; raises ParameterError.

    >>> detector_of("ears_c1", ["z=2.5"]).z
    2.5
    """
    kind = DETECTORS[name]
    given = dict(_split(setting) for setting in settings)
    unknown = sorted(set(given) - set(kind.__struct_fields__))
    if unknown:
        known = ", ".join(kind.__struct_fields__)
        raise ParameterError(f"{', '.join(unknown)} is no parameter of {name}; known: {known}")
    if {"z", "alpha"} <= set(given):
        raise ParameterError("z and alpha say the same thing; give one of them")
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        raise ParameterError(f"{name}: {error}") from error


def _split(setting: str) -> tuple[str, str]:
    name, equals, value = setting.partition("=")
    if not equals:
        raise ParameterError(f"{setting!r} is not NAME=VALUE, such as z=2.5")
    return name.strip(), value.strip()
