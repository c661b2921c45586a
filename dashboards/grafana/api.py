"""What changes while Grafana runs: organisations, their data source and boards, who may look, and marks.

`grafana-api` is the client, and this module is its only user. Everything here is
said as it shall be: said again, nothing changes. Data sources go by uid, since
Grafana 13 knows no numbers; an answer without a body is an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

import requests
from grafana_api.grafana_api import GrafanaClientError, GrafanaException
from grafana_api.grafana_face import GrafanaFace
from msgspec import Struct

Json = dict[str, Any]
MAIN: Final = 1
"""The organisation that Grafana has from the beginning: the nation's."""

_SECONDS: Final = 20.0
_AT_MOST: Final = 10_000  # marks of one kind that are looked through


class GrafanaError(Exception):
    """Grafana did not do what was asked; the message says what can be done."""


class Mark(Struct, frozen=True):
    """Something that happened, for the line of time of the boards."""

    key: str  # a tag no other mark has: by it the mark is found again
    tags: tuple[str, ...]  # by which boards choose
    text: str
    began: int  # milliseconds
    ended: int


class Grafana:
    """One organisation of a Grafana, as its administrator."""

    def __init__(self, url: str, password: str, user: str = "admin", organisation: int = MAIN) -> None:
        at = urlsplit(url)
        prefix = f"{at.path.strip('/')}/" if at.path.strip("/") else ""
        self._url, self._login, self._number = url, (user, password), organisation
        self._api: Any = GrafanaFace(
            self._login, at.hostname, at.port, url_path_prefix=prefix, protocol=at.scheme, timeout=_SECONDS
        ).api
        self._api.s.headers["X-Grafana-Org-Id"] = str(organisation)

    def of(self, organisation: int) -> Grafana:
        """The same Grafana, speaking of another organisation."""
        return Grafana(self._url, self._login[1], self._login[0], organisation)

    def find_organisation(self, name: str) -> int | None:
        """Its number; None: there is none of this name."""
        found = self._find(f"/orgs/name/{quote(name, safe='')}")
        return None if found is None else int(found["id"])

    def put_organisation(self, name: str) -> int:
        """There is one of this name, and we administrate it; its number."""
        known = self.find_organisation(name)
        if known is None:
            return int(self._ask("POST", "/orgs", {"name": name})["orgId"])
        members = self._ask("GET", f"/orgs/{known}/users")
        if all(one["login"] != self._login[0] for one in members):
            self._ask("POST", f"/orgs/{known}/users", {"loginOrEmail": self._login[0], "role": "Admin"})
        return known

    def put_source(self, source: Json) -> None:
        """The organisation has this data source."""
        path = f"/datasources/uid/{source['uid']}"
        if self._find(path) is None:
            self._ask("POST", "/datasources", source)
        else:
            self._ask("PUT", path, source)

    def put_folder(self, uid: str, title: str) -> None:
        """The organisation has this folder, under this title."""
        known = self._find(f"/folders/{uid}")
        if known is None:
            self._ask("POST", "/folders", {"uid": uid, "title": title})
        elif known["title"] != title:
            self._ask("PUT", f"/folders/{uid}", {"title": title, "overwrite": True})

    def put_board(self, board: Json, folder: str) -> None:
        """The board is in the folder, as it is here; whatever was changed on a page is gone."""
        self._ask("POST", "/dashboards/db", {"dashboard": board | {"id": None}, "folderUid": folder, "overwrite": True})

    def put_home(self, board: str) -> None:
        """Whoever signs in to the organisation sees this board first."""
        self._ask("PATCH", "/org/preferences", {"homeDashboardUID": board})

    def put_viewer(self, login: str, name: str, password: str) -> bool:
        """Somebody may look at this organisation and no other; True: is new, and signs in with this password.

        Raises GrafanaError when the login is known elsewhere: what it sees there would go with it.
        """
        known = self._find(f"/users/lookup?{urlencode({'loginOrEmail': login})}")
        if known is None:
            new = {"login": login, "name": name, "password": password, "OrgId": self._number}
            self._ask("POST", "/admin/users", new)
            return True
        places = {int(one["orgId"]): one["role"] for one in self._ask("GET", f"/users/{known['id']}/orgs")}
        if set(places) - {self._number}:
            raise GrafanaError(f"{login} belongs to another organisation of Grafana: choose another login")
        if not places:
            self._ask("POST", f"/orgs/{self._number}/users", {"loginOrEmail": login, "role": "Viewer"})
        elif places[self._number] != "Viewer":
            self._ask("PATCH", f"/orgs/{self._number}/users/{known['id']}", {"role": "Viewer"})
        return False

    def put_marks(self, tag: str, marks: Sequence[Mark]) -> int:
        """These are marked, once each, and as they are now; how many were written. All bear the tag."""
        known = {key: one for one in self._marks(tag) for key in one["tags"]}
        written = 0
        for mark in marks:
            wanted = {"text": mark.text, "time": mark.began, "timeEnd": mark.ended, "tags": [*mark.tags, mark.key]}
            before = known.get(mark.key)
            if before is None:
                self._ask("POST", "/annotations", wanted)
            elif any(before[name] != wanted[name] for name in ("text", "time", "timeEnd")):
                self._ask("PATCH", f"/annotations/{before['id']}", wanted)
            else:
                continue
            written += 1
        return written

    def _marks(self, tag: str) -> list[Json]:
        query = urlencode({"tags": tag, "type": "annotation", "limit": _AT_MOST})
        found: list[Json] = self._ask("GET", f"/annotations?{query}")
        return found

    def _find(self, path: str) -> Json | None:
        """What stands there; None: nothing."""
        try:
            found: Json = self._ask("GET", path)
        except GrafanaError as error:
            if isinstance(error.__cause__, GrafanaClientError) and error.__cause__.status_code == 404:
                return None
            raise
        return found

    def _ask(self, verb: str, path: str, body: Json | None = None) -> Any:
        try:
            return getattr(self._api, verb)(path, json=body)
        except requests.exceptions.JSONDecodeError:
            return None  # done, with nothing to say
        except GrafanaException as error:
            if error.status_code == 401:
                raise GrafanaError(f"{self._url} does not know the administrator's name or password") from error
            raise GrafanaError(f"Grafana refuses {verb} {path.partition('?')[0]}: {error.message}") from error
        except requests.exceptions.RequestException as error:
            raise GrafanaError(f"{self._url} does not answer: is Grafana up, and the address right?") from error
