"""The rules, one a file, found by being in this folder."""

from __future__ import annotations

import os
from functools import cache
from importlib import import_module

from vetstack.rules.interface import Rule


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, by number. Raises TypeError when two share a number or a name, or a file has no rule."""
    rules: dict[int, Rule] = {}
    names: set[str] = set()
    for file in sorted(os.listdir(os.path.dirname(__file__))):
        stem, ending = os.path.splitext(file)
        if ending != ".py" or stem in ("__init__", "interface"):
            continue
        module = import_module(f"vetstack.rules.{stem}")
        own = [
            member
            for member in vars(module).values()
            if isinstance(member, type) and issubclass(member, Rule) and member.__module__ == module.__name__
        ]
        if len(own) != 1 or own[0].name.replace("-", "_") != stem:
            raise TypeError(f"{file} must hold exactly one rule, named as the file is")
        rule = own[0]()
        if rule.number in rules or rule.name in names:
            raise TypeError(f"{file} repeats the number or the name of another rule")
        rules[rule.number] = rule
        names.add(rule.name)
    return tuple(rules[number] for number in sorted(rules))


def rule_named(name: str) -> Rule | None:
    """A rule by its id (`VET101`, `vet101`, `101`) or its slug."""
    wanted = name.strip().lower().removeprefix("vet")
    return next((r for r in all_rules() if wanted in (f"{r.number:03}", r.name)), None)
