"""vetstack's rules for cfn-lint: `cfn-lint template.yaml -a cfn_rules`.

The classes are made when cfn-lint looks for them, so that `python -m cfn_rules`, which first asks which files are
templates at all, does not have to wait for cfn-lint.
"""

from __future__ import annotations


def __dir__() -> list[str]:
    from cfn_rules.vetstack_rules_for_cfn_lint import CLASSES

    return [*CLASSES]


def __getattr__(name: str) -> type:
    if not name.startswith("_"):
        from cfn_rules.vetstack_rules_for_cfn_lint import CLASSES

        if name in CLASSES:
            return CLASSES[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
