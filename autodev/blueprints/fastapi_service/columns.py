"""Columns of an entity: as SQLAlchemy maps them, and as the first migration creates them."""

from __future__ import annotations

from autodev.blueprints.python.fields import FieldView, decimal_places
from autodev.blueprints.python.names import attribute, identifier
from autodev.spec.schema import RelationSpec

ON_DELETE = {"cascade": "CASCADE", "protect": "RESTRICT", "set_null": "SET NULL"}


def mapped(field: FieldView) -> str:
    """`title: Mapped[str] = mapped_column(String(200), unique=True)`."""
    args: list[str] = []
    if field.attr != field.name:
        args.append(f'"{field.name}"')
    if field.length is not None:
        args.append(f"String({field.length})")
    elif field.type == "text":
        args.append("Text()")
    elif field.type == "decimal":
        args.append(f"ExactDecimal({decimal_places(field.spec)})")
    if field.spec.unique:
        args.append("unique=True")
    if not field.spec.is_input and field.spec.default is not None:
        args.append(f"default={field.default}")
    arguments = f" = mapped_column({', '.join(args)})" if args else ""
    return f"{field.attr}: Mapped[{field.annotation}]{arguments}"


def migrated(field: FieldView) -> str:
    """`sa.Column("title", sa.String(200), nullable=False)`."""
    kinds = {
        "text": "sa.Text()", "integer": "sa.Integer()", "boolean": "sa.Boolean()", "date": "sa.Date()",
        "datetime": "sa.DateTime(timezone=True)",
    }  # fmt: skip
    kind = f"sa.String({field.length})" if field.length is not None else kinds.get(field.type)
    if kind is None:
        kind = f'sa.BigInteger().with_variant(sa.Numeric(18, {decimal_places(field.spec)}), "postgresql")'
    return f'sa.Column("{field.name}", {kind}, nullable={field.nullable})'


def mapped_relation(relation: RelationSpec, table: str) -> str:
    """`book_id: Mapped[int] = mapped_column(ForeignKey("books.id", ondelete="CASCADE"), index=True)`."""
    kept = "unique=True" if relation.kind == "one_to_one" else "index=True"
    annotation = "int" if relation.required else "int | None"
    key = f'ForeignKey("{table}.id", ondelete="{ON_DELETE[relation.on_delete]}")'
    return f"{key_name(relation)}: Mapped[{annotation}] = mapped_column({key}, {kept})"


def key_name(relation: RelationSpec) -> str:
    return f"{identifier(relation.name)}_id"


def relationship_line(relation: RelationSpec) -> str:
    """`book: Mapped[Book] = relationship()`."""
    target = relation.target if relation.required else f"{relation.target} | None"
    many = f', foreign_keys="{relation.name}_id"' if relation.name == attribute(relation.name) else ""
    return f'{attribute(relation.name)}: Mapped["{target}"] = relationship({many.lstrip(", ")})'
