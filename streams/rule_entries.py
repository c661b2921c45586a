"""What is wrong with one entry of a rule file? Every problem at its place, not only the first.

The parser (`detectors.rules`) refuses a file at the first mistake; an author
wants all of them, with what was probably meant.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from string import Formatter
from typing import Any, Final, get_args

import msgspec
from msgspec import Struct, structs

from alerts.explain import WORDS_ZH
from detectors.detector import Detector, Severity
from detectors.profile import Mode
from detectors.rules import DETECTORS, RuleEntry, RulesError, Text, configured
from streams.toml_lines import Path


class Found(Struct, frozen=True):
    """Something is wrong at a place of a file, or worth a look."""

    path: Path
    code: str  # the kind of problem, for machines
    sentence: str
    is_warning: bool = False


SEVERITIES: Final = tuple(Severity.__members__)
_MODES: Final = get_args(Mode)
_RANGES: Final = {
    "percent": (0, 100),
    "celsius": (25, 45),
    "mmhg": (0, 300),
    "min": (0, 300),  # per minute
    "m": (0, 9_000),  # altitude
    "seconds": (0, 86_400),
    "minutes": (0, 10_080),
    "hours": (0, 2_160),
    "days": (0, 400),
}
"""By the unit that ends a parameter's name: beyond these nothing can be meant."""
_SECONDS: Final = {"seconds": 1, "minutes": 60, "hours": 3_600, "days": 86_400}


def entry_problems(raw: Mapping[str, Any], at: Path, conditions: Iterable[str]) -> Iterator[Found]:
    """Everything that is wrong with a whole rule, as its file writes it."""
    yield from field_problems(raw, RuleEntry, at, but=("parameters", "reasons", "modes"))
    yield from mode_problems(raw, at)
    yield from validity_problems(raw, at)
    condition, name = raw.get("condition"), raw.get("detector")
    if isinstance(condition, str) and condition not in conditions:
        yield unknown((*at, "condition"), "unknown_condition", condition, "condition", conditions)
    if not isinstance(name, str):
        return
    if name not in DETECTORS:
        yield unknown((*at, "detector"), "unknown_detector", name, "detector", DETECTORS)
        return
    yield from parameter_problems(raw.get("parameters", {}), name, (*at, "parameters"))
    yield from _reason_problems(raw.get("reasons", {}), DETECTORS[name], (*at, "reasons"))


def field_problems(raw: Any, kind: type[Struct], at: Path, but: Iterable[str] = ()) -> Iterator[Found]:
    """What is unknown, missing or of the wrong type, by the fields of a Struct; `but` are looked at elsewhere."""
    fields = {field.name: field for field in structs.fields(kind)}
    for name in raw:
        if name not in fields:
            yield unknown((*at, name), "unknown_field", name, "field", fields)
    for name, field in fields.items():
        if name not in raw and field.required:
            yield Found(at, "missing_field", f"{name} is missing")
        elif name in raw and name not in but:
            yield from type_problems(raw[name], field.type, (*at, name))
        if name in raw and isinstance(raw[name], str) and not raw[name].strip():
            yield Found((*at, name), "blank_field", f"{name} is blank")
        if name in raw and field.type is Text and isinstance(raw[name], dict) and not raw[name].get("en"):
            yield Found((*at, name), "missing_translation", f"{name} has no English", is_warning=True)


def type_problems(value: Any, wanted: Any, at: Path) -> Iterator[Found]:
    """The value is not what is wanted there."""
    try:
        msgspec.convert(value, wanted)
    except msgspec.ValidationError as error:
        yield Found(at, "wrong_type", f"{at[-1]}: {error}")


def mode_problems(raw: Mapping[str, Any], at: Path) -> Iterator[Found]:
    """A mode that does not exist, or none at all."""
    modes = raw.get("modes")
    if modes is None:
        return
    if not isinstance(modes, list) or not modes:
        yield Found((*at, "modes"), "no_mode", f"modes names none of {', '.join(_MODES)}: the rule would never run")
        return
    for number, mode in enumerate(modes):
        if mode not in _MODES:
            yield unknown((*at, "modes", number), "unknown_mode", str(mode), "mode", _MODES)


def validity_problems(raw: Mapping[str, Any], at: Path) -> Iterator[Found]:
    """A validity that ends before it begins."""
    try:
        ends = raw["valid_to"] <= raw["valid_from"]
    except (KeyError, TypeError):
        return  # open at one end, or of the wrong type: that is said elsewhere
    if ends:
        yield Found((*at, "valid_to"), "ends_before_it_begins", "valid_to is not later than valid_from")


def parameter_problems(given: Any, name: str, at: Path, base: Detector | None = None) -> Iterator[Found]:
    """Unknown, of the wrong type, or a bound that cannot be meant; `base`: what the parameters are laid over."""
    kind = DETECTORS[name]
    if not isinstance(given, dict):
        yield Found(at, "wrong_type", "parameters must be a table")
        return
    fields = {field.name: field for field in structs.fields(kind)}
    wrong: list[Found] = []
    for parameter, value in given.items():
        here = (*at, parameter)
        if parameter not in fields:
            wrong.append(unknown(here, "unknown_parameter", parameter, f"parameter of {name}", fields))
        elif parameter.endswith("severity"):
            if value not in SEVERITIES:
                wrong.append(unknown(here, "unknown_severity", str(value), "severity", SEVERITIES))
        elif not (mistyped := list(type_problems(value, fields[parameter].type, here))):
            wrong += _range_problems(value, parameter, here)
        else:
            wrong += mistyped
    yield from wrong
    if not wrong:
        yield from _order_problems(given, name, at, base)


def _range_problems(value: Any, parameter: str, at: Path) -> Iterator[Found]:
    least, most = _RANGES.get(parameter.rsplit("_", 1)[-1], (None, None))
    for one in value.values() if isinstance(value, dict) else (value,):
        if isinstance(one, float | int) and least is not None and most is not None and not least <= one <= most:
            yield Found(at, "impossible_bound", f"{parameter} = {one} cannot be: {least} to {most} is possible")


def _order_problems(given: dict[str, Any], name: str, at: Path, base: Detector | None) -> Iterator[Found]:
    kind = DETECTORS[name]
    try:
        detector = configured(name, kind, given if base is None else structs.asdict(base) | given)
    except RulesError as error:
        yield Found(at, "wrong_type", str(error))
        return
    for chain in kind.ascending:
        for lower, higher in pairwise(chain):
            for one, other in zip(_values(detector, lower), _values(detector, higher), strict=True):
                if not one < other:
                    here = higher if higher in given else lower
                    sentence = f"{lower} = {_shown(detector, lower)} must be smaller than {higher} = "
                    yield Found((*at, here), "impossible_bound", sentence + _shown(detector, higher))
                    break


def _values(detector: Detector, parameter: str) -> list[float]:
    """A parameter as numbers that compare: times in seconds, a limit per site one by one."""
    value, factor = getattr(detector, parameter), _SECONDS.get(parameter.rsplit("_", 1)[-1], 1)
    parts = structs.astuple(value) if isinstance(value, Struct) else (value,)
    return [float(one) * factor for one in parts]


def _shown(detector: Detector, parameter: str) -> str:
    value = getattr(detector, parameter)
    return str(structs.asdict(value) if isinstance(value, Struct) else value)


# ------------------------------------------------------------ sentences


def _reason_problems(given: Any, kind: type[Detector], at: Path) -> Iterator[Found]:
    if not isinstance(given, dict):
        yield Found(at, "wrong_type", "reasons must be a table")
        return
    for because in kind.says:
        if because not in given:
            yield Found(at, "missing_reason", f"the sentence reasons.{because} is missing")
    for because, text in given.items():
        if because not in kind.says:
            yield unknown((*at, because), "unused_reason", because, "reason the detector finds", kind.says)
        else:
            yield from text_problems(text, (*at, because), {"evidence", *kind.says[because]})


def text_problems(text: Any, at: Path, facts: Iterable[str]) -> Iterator[Found]:
    """A sentence that cannot be read out with these facts, or is not translated."""
    if not isinstance(text, dict) or not isinstance(text.get("zh"), str) or not text["zh"].strip():
        yield Found(at, "missing_field", f"{at[-1]} needs its sentence in Chinese (zh)")
        return
    known = set(facts)
    spoken = {"zh": known | {f"{name}_zh" for name in known & set(WORDS_ZH)}, "en": known}
    for language, sentence in text.items():
        if language not in spoken:
            yield unknown((*at, language), "unknown_field", language, "language", spoken)
        elif not isinstance(sentence, str):
            yield Found((*at, language), "wrong_type", f"{at[-1]}.{language} must be text")
        else:
            yield from _placeholder_problems(sentence, (*at, language), spoken[language])
    if not str(text.get("en", "")).strip():
        sentence = f"{at[-1]} has no English: it will be read in Chinese"
        yield Found(at, "missing_translation", sentence, is_warning=True)


def _placeholder_problems(sentence: str, at: Path, known: set[str]) -> Iterator[Found]:
    try:
        names = [name for _, name, _, _ in Formatter().parse(sentence) if name is not None]
    except ValueError as error:
        yield Found(at, "broken_sentence", f"the sentence cannot be filled in: {error}")
        return
    for name in names:
        if name not in known:
            yield unknown(
                at, "unknown_placeholder", f"{{{name}}}", "fact that is given", [f"{{{one}}}" for one in known]
            )


def unknown(at: Path, code: str, word: str, what: str, known: Iterable[str]) -> Found:
    """The word means nothing there; the nearest known one, else all of them."""
    words = sorted(known)
    near = difflib.get_close_matches(word, words, 1, 0.6)
    help_ = f"did you mean {near[0]}?" if near else f"known: {', '.join(words) or 'none'}"
    return Found(at, code, f"{word} is no {what}; {help_}")
