"""What each language's files define and use."""

from __future__ import annotations

import time
from textwrap import dedent

import pytest

from autodev.outline import Outline, outline_of

pytestmark = pytest.mark.feature("F1.7")
SOURCES = {
    "app.py": (
        """
        from shop.models import Order
        @app.get("/orders")
        class Basket(Order):
            def total(self, tax: int = 0) -> int:
                def inner(): ...
                return add(tax)
        async def main(): ...
        """,
        ["class Basket(Order)", "  def total(self, tax: int = 0) -> int", "    def inner()", "async def main()"],
    ),
    "app.js": (
        """
        import {a} from './store.js';
        export class Cart extends Base { add(x) { return 1 } }
        export const price = async (a) => a;
        const limit = 3;
        function go() {}
        """,
        ["class Cart extends Base", "  add(x)", "price = async (a)", "function go()"],
    ),
    "app.ts": (
        """
        export interface Item { id: string }
        export type Id = string;
        enum Kind { A }
        abstract class Repo<T> implements I { private async load(id: T): Promise<void> {} }
        namespace N { export function k() {} }
        """,
        [
            "interface Item", "type Id = string;", "enum Kind", "abstract class Repo<T> implements I",
            "  private async load(id: T): Promise<void>", "namespace N", "  function k()",
        ],
    ),
    "App.tsx": ("export const App = ({a}: P) => <div onClick={go}/>;", ["App = ({a}: P)"]),
    "main.go": (
        """
        package main
        import "shop/store"
        type Cart struct { A int }
        func (c *Cart) Add(a int) error { return nil }
        """,
        ["Cart struct { A int }", "func (c *Cart) Add(a int) error"],
    ),
    "lib.rs": (
        """
        use crate::store::Item;
        pub struct Cart<T> { a: T }
        impl<T> Show for Cart<T> { fn show(&self) -> i32 { 1 } }
        pub trait Show { fn show(&self) -> i32; }
        """,
        ["pub struct Cart<T>", "impl<T> Show for Cart<T>", "  fn show(&self) -> i32", "pub trait Show",
         "  fn show(&self) -> i32;"],
    ),
    "Cart.java": (
        """
        import shop.Store;
        public class Cart extends Base { public Cart(){} String name(int a) { return f(a); } }
        record Line(int a) {}
        """,
        ["public class Cart extends Base", "  public Cart()", "  String name(int a)", "record Line(int a)"],
    ),
    "Cart.kt": (
        """
        import shop.Store
        class Cart(val x: Int) : Base() {
            fun add(a: Int): String { return f(a) }
        }
        object Shop { }
        """,
        ["class Cart(val x: Int) : Base()", "  fun add(a: Int): String", "object Shop"],
    ),
}  # fmt: skip


def told(outline: Outline) -> list[str]:
    return [f"{'  ' * one.depth}{one.signature}" for one in outline.definitions]


@pytest.mark.parametrize("path", SOURCES)
def test_each_language(path: str) -> None:
    source, expected = SOURCES[path]
    outline = outline_of(path, dedent(source).strip().encode())
    assert told(outline) == expected
    assert not outline.partial


def test_names_lines_parents_references_and_imports() -> None:
    outline = outline_of("app.py", dedent(SOURCES["app.py"][0]).strip().encode())
    basket, total, inner, main = outline.definitions
    assert [one.line for one in (basket, total, inner, main)] == [3, 4, 5, 7]
    assert [one.parent for one in (basket, total, inner, main)] == [-1, 0, 1, -1]
    assert (outline.references["Order"], outline.references["add"], outline.references["tax"]) == (2, 1, 2)
    assert {"shop", "models", "Order"} <= outline.imports


def test_what_is_no_known_language_has_its_path_only() -> None:
    assert outline_of("notes.md", b"# def x(): ...") == Outline(path="notes.md")


def test_broken_code_gives_what_can_be_read() -> None:
    outline = outline_of("app.py", b"def one():\n    pass\n\ndef two(:\n  ((\n\nclass Three:\n    pass\n")
    assert "one" in {one.name for one in outline.definitions}


HOSTILE = {
    "brackets": b"[" * 100_000 + b"]" * 100_000, "calls": b"f(" * 60_000 + b")" * 60_000, "quotes": b'"' * 200_001,
    "tags": b"<a" * 100_000, "zeros": b"\0" * 100_000, "words": b"a " * 125_000,
    "nested": b"".join(b" " * depth + b"def f():\n" for depth in range(600)),
}  # fmt: skip


@pytest.mark.parametrize("path", sorted(SOURCES))
@pytest.mark.parametrize("kind", sorted(HOSTILE))
def test_hostile_files_cost_little_time_and_end_nothing(path: str, kind: str) -> None:
    began = time.process_time()
    outline = outline_of(path, HOSTILE[kind], seconds=0.05)
    assert time.process_time() - began < 5
    assert len(outline.definitions) <= 2000
    assert max((one.depth for one in outline.definitions), default=0) <= 4


def test_time_that_is_over_gives_a_partial_outline() -> None:
    assert outline_of("app.py", b"[" * 100_000 + b"]" * 100_000, seconds=0.0).partial
