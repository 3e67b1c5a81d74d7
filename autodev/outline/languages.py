"""Which nodes of each grammar define something; loaded when a file of the language is first seen."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePosixPath

from tree_sitter import Language, Parser


@dataclass(frozen=True, kw_only=True)
class Grammar:
    """`definitions`: type of node → word for what it defines. `valued`: types that count only where the node in their
    field `value` is of one of these types. `imports`: types whose words name other files. `module` is the package,
    `function` its function that gives the language."""

    module: str
    definitions: Mapping[str, str]
    imports: frozenset[str]
    valued: Mapping[str, frozenset[str]] = field(default_factory=dict)
    function: str = "language"


_FUNCTIONS = frozenset({"arrow_function", "function_expression", "generator_function"})
_JAVASCRIPT = {
    "function_declaration": "function",
    "generator_function_declaration": "function",
    "class_declaration": "class",
    "method_definition": "method",
    "variable_declarator": "function",
}
_TYPESCRIPT = {
    **_JAVASCRIPT,
    "abstract_class_declaration": "class",
    "interface_declaration": "interface",
    "type_alias_declaration": "type",
    "enum_declaration": "enum",
    "internal_module": "namespace",
}
_JS_IMPORTS = frozenset({"import_statement"})
GRAMMARS: Mapping[str, Grammar] = {
    "python": Grammar(
        module="tree_sitter_python",
        definitions={"class_definition": "class", "function_definition": "function"},
        imports=frozenset({"import_statement", "import_from_statement"}),
    ),
    "javascript": Grammar(
        module="tree_sitter_javascript", definitions=_JAVASCRIPT, imports=_JS_IMPORTS,
        valued={"variable_declarator": _FUNCTIONS},
    ),
    "typescript": Grammar(
        module="tree_sitter_typescript", function="language_typescript", definitions=_TYPESCRIPT, imports=_JS_IMPORTS,
        valued={"variable_declarator": _FUNCTIONS},
    ),
    "tsx": Grammar(
        module="tree_sitter_typescript", function="language_tsx", definitions=_TYPESCRIPT, imports=_JS_IMPORTS,
        valued={"variable_declarator": _FUNCTIONS},
    ),
    "go": Grammar(
        module="tree_sitter_go",
        definitions={"function_declaration": "function", "method_declaration": "method", "type_spec": "type"},
        imports=frozenset({"import_declaration"}),
    ),
    "rust": Grammar(
        module="tree_sitter_rust",
        definitions={
            "function_item": "function", "function_signature_item": "function", "struct_item": "struct",
            "enum_item": "enum", "trait_item": "trait", "impl_item": "impl", "mod_item": "module",
            "macro_definition": "macro",
        },
        imports=frozenset({"use_declaration"}),
    ),
    "java": Grammar(
        module="tree_sitter_java",
        definitions={
            "class_declaration": "class", "interface_declaration": "interface", "enum_declaration": "enum",
            "record_declaration": "record", "method_declaration": "method", "constructor_declaration": "constructor",
        },
        imports=frozenset({"import_declaration"}),
    ),
    "kotlin": Grammar(
        module="tree_sitter_kotlin",
        definitions={
            "class_declaration": "class", "object_declaration": "object", "function_declaration": "function",
        },
        imports=frozenset({"import"}),
    ),
}  # fmt: skip
SUFFIXES: Mapping[str, str] = {
    ".py": "python", ".pyi": "python", ".js": "javascript", ".mjs": "javascript", ".cjs": "javascript",
    ".jsx": "javascript", ".ts": "typescript", ".mts": "typescript", ".cts": "typescript", ".tsx": "tsx", ".go": "go",
    ".rs": "rust", ".java": "java", ".kt": "kotlin", ".kts": "kotlin",
}  # fmt: skip


def language_of(path: str) -> str:
    """The name of the language, empty where none is known here."""
    return SUFFIXES.get(PurePosixPath(path).suffix.lower(), "")


@lru_cache(maxsize=len(GRAMMARS))
def _language(name: str) -> Language:
    grammar = GRAMMARS[name]
    return Language(getattr(importlib.import_module(grammar.module), grammar.function)())


def parser_of(name: str) -> Parser:
    """A parser of its own, since one serves one thread at a time. Raises KeyError for an unknown language."""
    return Parser(_language(name))
