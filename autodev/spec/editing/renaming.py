"""A field under a new name, in every part of a Spec that names it."""

from __future__ import annotations

from typing import Any

from autodev.spec.editing.uses import crossed
from autodev.spec.schema import EntitySpec, Spec


def renamed_everywhere(spec: Spec, entity: str, name: str, new_name: str) -> dict[str, Any]:
    """The Spec as data with the field renamed: in its entity, in expressions (over relations, too), actions, rules,
    features and scenarios. The words of requirements stay as they were said."""
    return _Renaming(spec, entity, name, new_name).data()


class _Renaming:
    def __init__(self, spec: Spec, entity: str, name: str, new_name: str) -> None:
        self.spec, self.entity, self.name, self.new_name = spec, entity, name, new_name

    def data(self) -> dict[str, Any]:
        data = self.spec.model_dump(mode="json")
        for one in data["entities"]:
            self._entity(one, self.spec.entity(one["name"]))
        for feature in data["features"]:
            if feature["entity"] == self.entity:
                feature["fields"] = [self._word(word) for word in feature["fields"]]
        for requirement in data["requirements"]:
            for scenario in requirement["scenarios"]:
                for step in scenario["steps"]:
                    if step.get("entity") == self.entity:
                        self._step(step)
        return data

    def _word(self, word: Any) -> Any:
        return self.new_name if word == self.name else word

    def _keys(self, values: dict[str, Any]) -> dict[str, Any]:
        return {self._word(key): value for key, value in values.items()}

    def _entity(self, data: dict[str, Any], entity: EntitySpec) -> None:
        mine = entity.name == self.entity
        for field in data["fields"]:
            if mine:
                field["name"] = self._word(field["name"])
            self._expression(field["computed"], entity)
        for rule in data["rules"]:
            self._rule(rule, entity)
        for action in data["actions"]:
            for value in action["sets"].values():
                self._expression(value, entity)
            for rule in action["requires"]:
                self._rule(rule, entity)
            if mine:
                action["sets"] = self._keys(action["sets"])
        if mine:
            data["title"] = self._word(data["title"])

    def _rule(self, rule: dict[str, Any], entity: EntitySpec) -> None:
        self._expression(rule["require"], entity)
        if entity.name == self.entity:
            rule["field"] = self._word(rule["field"])

    def _expression(self, node: Any, entity: EntitySpec, item: EntitySpec | None = None) -> None:
        if isinstance(node, list):
            for child in node:
                self._expression(child, entity, item)
        if not isinstance(node, dict):
            return
        if node.get("op") == "ref":
            start = {"item": item, "actor": None}.get(node["of"], entity)
            if start is not None:
                node["path"] = self._path(node["path"], start)
            return
        if "entity" in node:
            item = next((e for e in self.spec.entities if e.name == node["entity"]), None)
        for child in node.values():
            self._expression(child, entity, item)

    def _path(self, path: str, start: EntitySpec) -> str:
        words = path.split(".")
        for place, step in enumerate(crossed(self.spec, start, path)):
            if step == (self.entity, self.name):
                words[place] = self.new_name
        return ".".join(words)

    def _step(self, step: dict[str, Any]) -> None:
        for part in ("values", "see", "query"):
            if part in step:
                step[part] = self._keys(step[part])
        if "omit" in step:
            step["omit"] = [self._word(word) for word in step["omit"]]
        if "field" in step:
            step["field"] = self._word(step["field"])
        sort = step.get("query", {}).get("sort")
        if isinstance(sort, str) and sort.lstrip("-") == self.name:
            step["query"]["sort"] = sort.replace(self.name, self.new_name)
