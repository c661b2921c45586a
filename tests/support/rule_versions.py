"""`make versions`: which text each version of the shipped rules names, so that none ever names two.

    python -m tests.support.rule_versions

Whoever has a version on record can put no other text in force under it. A
version that is written down here is therefore never written anew: a changed
file gets a new one.
"""

from __future__ import annotations

import sys
import tomllib
from hashlib import sha256
from pathlib import Path
from typing import Final

from streams.catalogue import shipped
from tests.support.needs import PROJECT

FILE: Final = PROJECT / "streams" / "rules" / "versions.toml"
_HEAD: Final = "# Region (empty: the nation), version of its shipped rules, sha256 of their text: `make versions`.\n"

Versions = dict[str, dict[str, str]]
"""Region -> version -> digest."""


def digests() -> Versions:
    """What is shipped now."""
    return {one.region: {one.version: sha256(one.content.encode()).hexdigest()} for one in shipped()}


def written(file: Path = FILE) -> Versions:
    """What is written down."""
    found: Versions = tomllib.loads(file.read_text("utf-8"))
    return found


def taken(now: Versions, known: Versions) -> list[str]:
    """Versions of shipped files that named another text before."""
    return [
        f"{version} of {region or 'the nation'}"
        for region, one in now.items()
        for version, digest in one.items()
        if known.get(region, {}).get(version, digest) != digest
    ]


def write(now: Versions, file: Path = FILE) -> None:
    """New versions are added to those that are written down."""
    known = written(file)
    text = _HEAD
    for region in sorted(known | now):
        text += f'\n["{region}"]\n'
        text += "".join(
            f'"{name}" = "{digest}"\n' for name, digest in (known.get(region, {}) | now.get(region, {})).items()
        )
    file.write_text(text, "utf-8")


def main() -> int:
    """Writes the file; 1: a changed text still has its old version."""
    now = digests()
    if old := taken(now, written()):
        print(f"the shipped rules changed under their version: {', '.join(old)}; give them a new one", file=sys.stderr)
        return 1
    write(now)
    return 0


if __name__ == "__main__":
    sys.exit(main())
