"""A Grafana as its HTTP documentation says it answers, for tests where no real one is at hand.

Organisations, members, data sources, folders, boards, preferences and
annotations are kept in memory; what a viewer sends to `/api/ds/query` really goes
to the database of the data source, with the name and password that are stored.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import psycopg

Json = Any
Answer = tuple[int, Json]


class FakeGrafana:
    """What it keeps; the server answers from it."""

    def __init__(self) -> None:
        self.passwords = {"admin": "secret"}
        self.orgs = {1: "Main Org."}
        self.members: dict[int, dict[str, str]] = {1: {"admin": "Admin"}}
        self.sources: dict[int, dict[str, Json]] = {1: {}}
        self.folders: dict[int, dict[str, Json]] = {1: {}}
        self.boards: dict[int, dict[str, Json]] = {1: {}}
        self.homes: dict[int, str] = {}
        self.marks: dict[int, list[Json]] = {1: []}
        self.writes = 0  # how often something was changed

    # The routes, as in the documentation; `me` is who asks, `org` of which organisation.

    def org_by_name(self, me: str, org: int, body: Json, query: Json, name: str) -> Answer:
        found = [{"id": number, "name": one} for number, one in self.orgs.items() if one == name]
        return (200, found[0]) if found else (404, {"message": "Organization not found"})

    def add_org(self, me: str, org: int, body: Json, query: Json) -> Answer:
        if body["name"] in self.orgs.values():
            return 409, {"message": "Organization name taken"}
        number = max(self.orgs) + 1
        self.orgs[number], self.members[number] = body["name"], {me: "Admin"}
        self.sources[number], self.folders[number], self.boards[number], self.marks[number] = {}, {}, {}, []
        return 200, {"orgId": number, "message": "Organization created"}

    def org_users(self, me: str, org: int, body: Json, query: Json, number: str) -> Answer:
        return 200, [self._member(login, int(number)) for login in self.members[int(number)]]

    def add_org_user(self, me: str, org: int, body: Json, query: Json, number: str) -> Answer:
        if body["loginOrEmail"] in self.members[int(number)]:
            return 409, {"message": "User is already member of this organization"}
        self.members[int(number)][body["loginOrEmail"]] = body["role"]
        return 200, {"message": "User added to organization", "userId": self._id(body["loginOrEmail"])}

    def set_role(self, me: str, org: int, body: Json, query: Json, number: str, user: str) -> Answer:
        self.members[int(number)][self._login(user)] = body["role"]
        return 200, {"message": "Organization user updated"}

    def look_up(self, me: str, org: int, body: Json, query: Json) -> Answer:
        login = query["loginOrEmail"][0]
        if login not in self.passwords:
            return 404, {"message": "user not found"}
        return 200, {"id": self._id(login), "login": login}

    def add_user(self, me: str, org: int, body: Json, query: Json) -> Answer:
        if body["login"] in self.passwords:
            return 412, {"message": "User already exists"}
        self.passwords[body["login"]] = body["password"]
        self.members[body.get("OrgId", 1)][body["login"]] = "Viewer"
        return 200, {"id": self._id(body["login"]), "message": "User created"}

    def orgs_of_user(self, me: str, org: int, body: Json, query: Json, user: str) -> Answer:
        login = self._login(user)
        return 200, [
            {"orgId": number, "name": self.orgs[number], "role": members[login]}
            for number, members in self.members.items()
            if login in members
        ]

    def source(self, me: str, org: int, body: Json, query: Json, uid: str) -> Answer:
        found = self.sources[org].get(uid)
        if found is None:
            return 404, {"message": "Data source not found"}
        return 200, {key: one for key, one in found.items() if key != "secureJsonData"}

    def add_source(self, me: str, org: int, body: Json, query: Json) -> Answer:
        if body["uid"] in self.sources[org]:
            return 409, {"message": "data source with the same uid already exists"}
        self.sources[org][body["uid"]] = body
        return 200, {"message": "Datasource added", "datasource": {"uid": body["uid"]}}

    def set_source(self, me: str, org: int, body: Json, query: Json, uid: str) -> Answer:
        self.sources[org][uid] = body
        return 200, {"message": "Datasource updated"}

    def folder(self, me: str, org: int, body: Json, query: Json, uid: str) -> Answer:
        found = self.folders[org].get(uid)
        return (200, found) if found else (404, {"message": "folder not found"})

    def add_folder(self, me: str, org: int, body: Json, query: Json) -> Answer:
        if body["uid"] in self.folders[org]:
            return 409, {"message": "a folder with the same uid already exists"}
        self.folders[org][body["uid"]] = body
        return 200, body

    def set_folder(self, me: str, org: int, body: Json, query: Json, uid: str) -> Answer:
        self.folders[org][uid] = {"uid": uid, "title": body["title"]}
        return 200, self.folders[org][uid]

    def put_board(self, me: str, org: int, body: Json, query: Json) -> Answer:
        if body["folderUid"] not in self.folders[org]:
            return 400, {"message": "folder not found"}
        uid = body["dashboard"]["uid"]
        if uid in self.boards[org] and not body["overwrite"]:
            return 412, {"message": "A dashboard with the same uid already exists", "status": "name-exists"}
        self.boards[org][uid] = body["dashboard"]
        return 200, {"uid": uid, "status": "success"}

    def preferences(self, me: str, org: int, body: Json, query: Json) -> Answer:
        self.homes[org] = body["homeDashboardUID"]
        return 200, {"message": "Preferences updated"}

    def annotations(self, me: str, org: int, body: Json, query: Json) -> Answer:
        wanted = set(query.get("tags", []))
        return 200, [one for one in self.marks[org] if wanted <= set(one["tags"])][
            : int(query.get("limit", ["100"])[0])
        ]

    def add_annotation(self, me: str, org: int, body: Json, query: Json) -> Answer:
        number = 1 + max((one["id"] for marks in self.marks.values() for one in marks), default=0)
        self.marks[org].append({"id": number, "login": me, **body})
        return 200, {"message": "Annotation added", "id": number}

    def change_annotation(self, me: str, org: int, body: Json, query: Json, number: str) -> Answer:
        (found,) = [one for one in self.marks[org] if one["id"] == int(number)]
        found.update(body)
        return 200, {"message": "Annotation patched"}

    def ask_database(self, me: str, org: int, body: Json, query: Json) -> Answer:
        results: Json = {}
        for asked in body["queries"]:
            source = self.sources[org].get(asked["datasource"]["uid"])
            if source is None:
                return 404, {"message": "Data source not found"}
            host, port = source["url"].split(":")
            try:
                with psycopg.connect(
                    host=host,
                    port=port,
                    user=source["user"],
                    password=source["secureJsonData"]["password"],
                    dbname=source["jsonData"]["database"],
                    autocommit=True,
                ) as database:
                    cursor = database.execute(asked["rawSql"].encode())
                    rows = cursor.fetchall() if cursor.description else []
                results[asked["refId"]] = {"status": 200, "frames": [{"data": {"values": [list(row) for row in rows]}}]}
            except psycopg.Error as error:
                results[asked["refId"]] = {"status": 400, "error": str(error)}
        return (200 if all(one["status"] == 200 for one in results.values()) else 400), {"results": results}

    def answer(self, verb: str, address: str, authorization: str, org: str, body: Json) -> Answer:
        """What the documentation says for this request."""
        login, _, password = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        if self.passwords.get(login) != password:
            return 401, {"message": "Invalid username or password"}
        at = urlsplit(address)
        for wanted, pattern, role, route in _ROUTES:
            found = re.fullmatch(pattern, at.path)
            if verb != wanted or found is None:
                continue
            number = int(org) if org else min(one for one, members in self.members.items() if login in members)
            if role == "server" and login != "admin":
                return 403, {"message": "Permission denied"}
            if role != "server" and login not in self.members.get(number, {}):
                return 403, {"message": "You are not a member of this organization"}
            if role == "Admin" and self.members[number][login] != "Admin":
                return 403, {"message": "You'll need additional permissions to perform this action"}
            self.writes += verb != "GET" and route is not FakeGrafana.ask_database
            return route(self, login, number, body, parse_qs(at.query), *map(unquote, found.groups()))
        return 404, {"message": "Not found"}

    def _id(self, login: str) -> int:
        return 1 + list(self.passwords).index(login)

    def _login(self, user: str) -> str:
        return list(self.passwords)[int(user) - 1]

    def _member(self, login: str, org: int) -> Json:
        return {"orgId": org, "userId": self._id(login), "login": login, "role": self.members[org][login]}


_ROUTES: list[tuple[str, str, str, Callable[..., Answer]]] = [
    ("GET", r"/api/orgs/name/([^/]+)", "server", FakeGrafana.org_by_name),
    ("POST", r"/api/orgs", "server", FakeGrafana.add_org),
    ("GET", r"/api/orgs/(\d+)/users", "server", FakeGrafana.org_users),
    ("POST", r"/api/orgs/(\d+)/users", "server", FakeGrafana.add_org_user),
    ("PATCH", r"/api/orgs/(\d+)/users/(\d+)", "server", FakeGrafana.set_role),
    ("GET", r"/api/users/lookup", "server", FakeGrafana.look_up),
    ("POST", r"/api/admin/users", "server", FakeGrafana.add_user),
    ("GET", r"/api/users/(\d+)/orgs", "server", FakeGrafana.orgs_of_user),
    ("GET", r"/api/datasources/uid/([\w-]+)", "Admin", FakeGrafana.source),
    ("POST", r"/api/datasources", "Admin", FakeGrafana.add_source),
    ("PUT", r"/api/datasources/uid/([\w-]+)", "Admin", FakeGrafana.set_source),
    ("GET", r"/api/folders/([\w-]+)", "Admin", FakeGrafana.folder),
    ("POST", r"/api/folders", "Admin", FakeGrafana.add_folder),
    ("PUT", r"/api/folders/([\w-]+)", "Admin", FakeGrafana.set_folder),
    ("POST", r"/api/dashboards/db", "Admin", FakeGrafana.put_board),
    ("PATCH", r"/api/org/preferences", "Admin", FakeGrafana.preferences),
    ("GET", r"/api/annotations", "Viewer", FakeGrafana.annotations),
    ("POST", r"/api/annotations", "Admin", FakeGrafana.add_annotation),
    ("PATCH", r"/api/annotations/(\d+)", "Admin", FakeGrafana.change_annotation),
    ("POST", r"/api/ds/query", "Viewer", FakeGrafana.ask_database),
]


@contextmanager
def serving(fake: FakeGrafana) -> Iterator[str]:
    """Its address, while it answers."""

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"null")
            status, said = fake.answer(
                self.command,
                self.path,
                self.headers.get("Authorization", ""),
                self.headers.get("X-Grafana-Org-Id", ""),
                body,
            )
            text = json.dumps(said, default=str).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = do_PATCH = _do

        def log_message(self, *args: object) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
