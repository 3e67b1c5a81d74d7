"""A small service that speaks `rest_json`: todos of one's own, books and loans. Rows are JSON documents in SQLite."""

import datetime as dt
import hashlib
import json
import os
import secrets
import sqlite3
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel

LOAN_DAYS = 14
FINE_A_DAY = 0.20

app = FastAPI()


def connect():
    db = sqlite3.connect(os.environ["DATABASE"])
    db.execute("create table if not exists docs (id integer primary key, kind text, owner text, doc text)")
    return db


def rows(kind):
    with connect() as db:
        found = db.execute("select id, owner, doc from docs where kind = ? order by id", (kind,)).fetchall()
    return [{"id": row_id, "owner": owner, **json.loads(doc)} for row_id, owner, doc in found]


def add(kind, owner, doc):
    with connect() as db:
        new = db.execute(
            "insert into docs (kind, owner, doc) values (?, ?, ?)", (kind, owner, json.dumps(doc))
        ).lastrowid
    return {"id": new, **doc}


def save(row):
    doc = {name: value for name, value in row.items() if name not in ("id", "owner")}
    with connect() as db:
        db.execute("update docs set doc = ? where id = ?", (json.dumps(doc), row["id"]))


def own(kind, row_id, user):
    row = next((row for row in rows(kind) if row["id"] == row_id and row["owner"] == user), None)
    if row is None:
        raise HTTPException(404)
    return row


class Account(BaseModel):
    email: str
    password: str


def hashed(password):
    return hashlib.sha256(password.encode()).hexdigest()


@app.get("/health")
def health():
    return {"status": "ok"}


@app.post("/auth/register", status_code=201)
def register(account: Account):
    return add("user", "", {"email": account.email, "password": hashed(account.password)})


@app.post("/auth/login")
def login(account: Account):
    known = [u for u in rows("user") if (u["email"], u["password"]) == (account.email, hashed(account.password))]
    if not known:
        raise HTTPException(401)
    token = secrets.token_hex(8)
    add("token", account.email, {"token": token})
    return {"access_token": token}


def user(authorization: Annotated[str, Header()] = ""):
    for token in rows("token"):
        if f"Bearer {token['token']}" == authorization:
            return token["owner"]
    raise HTTPException(401)


User = Annotated[str, Depends(user)]


class Todo(BaseModel):
    title: str
    notes: str | None = None
    due: dt.datetime | None = None
    completed: bool = False


class Change(BaseModel):
    title: str | None = None
    completed: bool | None = None


@app.post("/todos", status_code=201)
def create_todo(todo: Todo, user: User):
    return add("todo", user, todo.model_dump(mode="json"))


@app.get("/todos")
def list_todos(user: User, q: str = ""):
    found = [todo for todo in rows("todo") if todo["owner"] == user and q.lower() in todo["title"].lower()]
    return {"items": found, "total": len(found), "limit": 50, "offset": 0}


@app.get("/todos/{todo_id}")
def read_todo(todo_id: int, user: User):
    return own("todo", todo_id, user)


@app.patch("/todos/{todo_id}")
def update_todo(todo_id: int, change: Change, user: User):
    todo = {**own("todo", todo_id, user), **change.model_dump(exclude_unset=True)}
    save(todo)
    return todo


@app.delete("/todos/{todo_id}", status_code=204)
def delete_todo(todo_id: int, user: User):
    own("todo", todo_id, user)
    with connect() as db:
        db.execute("delete from docs where id = ?", (todo_id,))


@app.post("/todos/{todo_id}/mark-done")
def mark_done(todo_id: int, user: User):
    todo = {**own("todo", todo_id, user), "completed": True}
    save(todo)
    return todo


class Book(BaseModel):
    title: str
    isbn: str
    copies: int
    price: str


class Loan(BaseModel):
    book_id: int


@app.post("/books", status_code=201)
def create_book(book: Book, user: User):
    if user not in os.environ["ADMIN_EMAILS"].split(","):
        raise HTTPException(403)
    if any(known["isbn"] == book.isbn for known in rows("book")):
        raise HTTPException(409, {"field": "isbn", "message": "is taken"})
    return add("book", user, book.model_dump())


def now():
    return dt.datetime.now(dt.UTC)


@app.post("/book-loans", status_code=201)
def create_loan(loan: Loan, user: User):
    due = (now() + dt.timedelta(days=LOAN_DAYS)).isoformat()
    return add("loan", user, {"book_id": loan.book_id, "due_at": due, "fine": "0"})


@app.get("/book-loans")
def list_loans(user: User, book_id: int):
    found = [loan for loan in rows("loan") if loan["owner"] == user and loan["book_id"] == book_id]
    return {"items": found}


@app.get("/book-loans/{loan_id}")
def read_loan(loan_id: int, user: User):
    return own("loan", loan_id, user)


@app.post("/book-loans/{loan_id}/give-back")
def give_back(loan_id: int, user: User):
    loan = own("loan", loan_id, user)
    late = max(0, (now() - dt.datetime.fromisoformat(loan["due_at"])).days)
    loan["fine"] = str(round(late * FINE_A_DAY, 2))
    save(loan)
    return loan
