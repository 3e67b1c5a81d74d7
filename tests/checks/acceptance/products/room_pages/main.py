"""A small site that speaks `html_forms`, with the standard library: rooms, bookings, sign-in, CSRF tokens."""

import datetime as dt
import html
import http.cookies
import json
import os
import pathlib
import re
import secrets
import sys
import urllib.parse
from wsgiref.simple_server import WSGIRequestHandler, make_server

DATA = pathlib.Path(os.environ["DATA_FILE"])
EMPTY = {"users": {}, "sessions": {}, "rooms": [], "bookings": []}


def load():
    return json.loads(DATA.read_text()) if DATA.exists() else EMPTY


def moment(text):
    found = dt.datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=dt.timezone.utc)


class Request:
    def __init__(self, environ):
        cookies = http.cookies.SimpleCookie(environ.get("HTTP_COOKIE", ""))
        self.path = environ["PATH_INFO"]
        self.method = environ["REQUEST_METHOD"]
        size = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(size).decode()
        self.form = dict(urllib.parse.parse_qsl(body, keep_blank_values=True))
        self.data = load()
        self.csrf = cookies["csrftoken"].value if "csrftoken" in cookies else secrets.token_hex(8)
        self.session = cookies["session"].value if "session" in cookies else secrets.token_hex(8)
        self.user = self.data["sessions"].get(self.session)

    def form_tag(self, action, inner, button="Send"):
        token = f'<input type="hidden" name="csrfmiddlewaretoken" value="{self.csrf}">'
        return f'<form method="post" action="{action}">{token}{inner}<button>{button}</button></form>'


def error(text, field=""):
    named = f' data-error-field="{field}"' if field else ""
    return f"<p data-error{named}>{html.escape(text)}</p>"


def answer(request):
    """(status, page or place to go to)"""
    if request.path == "/health/":
        return 200, "fine"
    if request.method == "POST" and request.form.get("csrfmiddlewaretoken") != request.csrf:
        return 403, "CSRF"
    if request.path == "/accounts/signup/":
        if request.method == "POST":
            request.data["users"][request.form["email"]] = request.form["password1"]
            return 302, "/"
        return 200, request.form_tag("", '<input name="email"><input name="password1"><input name="password2">')
    if request.path == "/accounts/login/":
        if request.method == "POST":
            if request.data["users"].get(request.form["username"]) != request.form["password"]:
                return 200, error("Wrong e-mail or password.")
            request.data["sessions"][request.session] = request.form["username"]
            return 302, "/"
        return 200, request.form_tag("", '<input name="username"><input type="password" name="password">')
    if request.user is None:
        return 302, "/accounts/login/"
    if request.path == "/":
        return 200, f"Hello {request.user}"
    return records(request)


def records(request):
    kind, _, rest = request.path.strip("/").partition("/")
    rows = request.data.get(kind, [])
    if rest == "":
        return 200, "".join(f'<li data-id="{row["id"]}">{row["id"]}</li>' for row in rows if not row.get("gone"))
    if rest == "new":
        return save(request, kind, rows, {"id": len(rows) + 1, "status": "booked", "owner": request.user})
    number, _, action = rest.partition("/")
    row = next((row for row in rows if str(row["id"]) == number and not row.get("gone")), None)
    if row is None:
        return 404, "nothing here"
    if action == "edit":
        return save(request, kind, rows, row)
    if action == "delete" and request.method == "POST":
        row["gone"] = True
        return 302, f"/{kind}/"
    if action == "cancel" and request.method == "POST":
        left = moment(row["starts_at"]) - dt.datetime.now(dt.timezone.utc)
        if left < dt.timedelta(hours=1):
            return 409, error("It is too late to cancel.") + shown(request, kind, row)
        row["status"] = "cancelled"
        return 302, f"/{kind}/{row['id']}/"
    return 200, shown(request, kind, row)


def shown(request, kind, row):
    rooms = {str(room["id"]): room["name"] for room in request.data["rooms"]}
    values = {**row, "room": rooms.get(row.get("room", ""), "")}
    fields = "".join(
        f'<dd data-field="{name}"><time datetime="{value}">then</time></dd>'
        if name.endswith("_at")
        else f'<dd class="value" data-field="{name}"><b>{html.escape(str(value))}</b></dd>'
        for name, value in values.items()
    )
    return fields + request.form_tag(f"/{kind}/{row['id']}/cancel/", "", "Cancel")


def save(request, kind, rows, row):
    if request.method == "GET":
        return 200, request.form_tag("", inputs(request, kind, row))
    # A browser sends each control: what is missing was not ticked.
    row = {**row, "active": False, **request.form, "csrfmiddlewaretoken": ""}
    if kind == "bookings":
        start, end = moment(row["starts_at"]), moment(row["ends_at"])
        for other in rows:
            if other["id"] == row["id"] or other["room"] != row["room"] or other["status"] == "cancelled":
                continue
            if start < moment(other["ends_at"]) and moment(other["starts_at"]) < end:
                return 422, error("The room is taken.", "room")
    elif not row["name"]:
        return 200, error("This field is required.", "name")
    rows[:] = [*(other for other in rows if other["id"] != row["id"]), row]
    return 302, f"/{kind}/{row['id']}/"


def inputs(request, kind, row):
    if kind == "rooms":
        ticked = "checked" if row.get("active") else ""
        return f'<input name="name" value="{row.get("name", "")}"><input type="checkbox" name="active" {ticked}>'
    rooms = "".join(
        f'<option value="{room["id"]}"{" selected" if str(room["id"]) == row.get("room") else ""}>{room["name"]}'
        for room in request.data["rooms"]
    )
    people = "".join(f'<option value="{name}">{name}</option>' for name in request.data["users"])
    return (
        f'<select name="room"><option value="">-{rooms}</select><select name="chair">{people}</select>'
        f'<input name="starts_at" value="{row.get("starts_at", "")}"><input name="ends_at" value="{row.get("ends_at", "")}">'
    )


def site(environ, start_response):
    request = Request(environ)
    status, page = answer(request)
    if request.method == "POST":
        DATA.write_text(json.dumps(request.data))
    headers = [
        ("Set-Cookie", f"csrftoken={request.csrf}; Path=/"),
        ("Set-Cookie", f"session={request.session}; Path=/"),
    ]
    if status == 302:
        headers.append(("Location", page))
        page = ""
    start_response(f"{status} -", [*headers, ("Content-Type", "text/html; charset=utf-8")])
    return [f"<!doctype html><body>{page}</body>".encode()]


class Quiet(WSGIRequestHandler):
    def log_message(self, *words):
        if not re.search("health", str(words)):
            print(*words, file=sys.stderr)


make_server("127.0.0.1", int(sys.argv[1]), site, handler_class=Quiet).serve_forever()
