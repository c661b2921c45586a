"""A version of the shipped rules never means two texts: whoever has it on record could not take the other over."""

from __future__ import annotations

from pathlib import Path

from tests.support.rule_versions import digests, taken, write, written


def test_the_shipped_rules_are_the_text_that_their_version_names() -> None:
    now, known = digests(), written()
    assert taken(now, known) == [], "the shipped rules changed: give them a new version and run `make versions`"
    for region, one in now.items():
        assert one.items() <= known.get(region, {}).items(), "a new version of the shipped rules: run `make versions`"


def test_a_changed_text_needs_a_version_of_its_own_and_the_old_ones_stay_written(tmp_path: Path) -> None:
    file = tmp_path / "versions.toml"
    file.write_text('[""]\n"1" = "aa"\n', "utf-8")
    assert taken({"": {"1": "bb"}}, written(file)) == ["1 of the nation"]
    assert taken({"": {"2": "bb"}, "63": {"1": "bb"}}, written(file)) == []
    write({"": {"2": "bb"}, "63": {"1": "cc"}}, file)
    assert written(file) == {"": {"1": "aa", "2": "bb"}, "63": {"1": "cc"}}
