"""What keeps a revision in its words? It is composed once, and what people do and say is put in when it is read.

A newer version of the program may have other words, other tables and other names of places: they are for what is
frozen from then on. So a text also holds how each state and signature would be said. What is added to a text later
needs a default: older ones are read for ever.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Struct, structs

from dashboards.dispatch.document import Document, Language, Section
from dashboards.dispatch.wording import clock
from store.signing import Course, State


class Text(Struct, frozen=True):
    """A dispatch without what people add to it."""

    language: Language
    title: str
    states: Mapping[State, str]  # the first line of its head, by the state that it comes into
    signatures: Mapping[State, str]  # who did what, with places for {by} and {when}
    comma: str  # between signatures
    head: tuple[str, ...]  # below state and signatures
    sections: tuple[tuple[str, Section], ...]  # by the name under which people write

    def document(self, course: Course) -> Document:
        """With what people did with it and say in it."""
        head = (self.states[course.state], *self._signed(course), *self.head)
        said = {one.section: one.text.splitlines() for one in course.notes}
        sections = tuple(
            structs.replace(section, sentences=(*section.sentences, *said.get(name, ())))
            for name, section in self.sections
        )
        return Document(self.language, self.title, head, sections)

    def _signed(self, course: Course) -> list[str]:
        """One line, or none where nobody did anything."""
        signed = [one for one in course.steps if one.actor]
        done = [self.signatures[one.state].format(by=one.actor, when=clock(one.at)) for one in signed]
        return [self.comma.join(done)] if done else []


Texts = Mapping[Language, Text]
_decode: Final = msgspec.json.Decoder(dict[Language, Text]).decode


def packed(composed: Mapping[Language, Struct]) -> bytes:
    """In every language, to be kept."""
    return zlib.compress(msgspec.json.encode(composed), 1)  # a higher level saves a tenth, for twice the time


def unpacked(kept: bytes) -> bytes:
    """The JSON of it."""
    return zlib.decompress(kept)


def texts_of(kept: bytes) -> Texts:
    """As they were composed."""
    return _decode(unpacked(kept))
