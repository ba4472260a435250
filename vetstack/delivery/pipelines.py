"""The source of a pipeline: the repository and the branch of it that a stage of CodePipeline takes.

Source: CodePipeline user guide, the action structure reference of GitHub, CodeStarSourceConnection and S3 sources.
"""

from __future__ import annotations

from typing import Final

from vetstack.instances import BLOCK
from vetstack.records import NamedTuple
from vetstack.values import Items, Map, Text, Value

PIPELINES: Final = {
    "AWS::CodePipeline::Pipeline": ("Stages", "*", "Actions", "*"),
    "aws_codepipeline": ("stage", BLOCK, "action", "*"),
}
"""Where a type has its actions."""

PROVIDERS: Final = frozenset({"GitHub", "Bitbucket", "CodeStarSourceConnection"})


class Source(NamedTuple):
    """What a pipeline takes: owner and name of a repository, and its branch."""

    repository: Value
    branch: Value


def source_of(action: Value) -> Source | None:
    """The repository that an action takes; None for another action, or one of a provider that is the account's own."""
    if not isinstance(action, Map):
        return None
    kind = action.child("ActionTypeId")
    provider = kind.child("Provider") if isinstance(kind, Map) else action.child("provider")
    configuration = action.child("Configuration") if "Configuration" in action else action.child("configuration")
    if isinstance(configuration, Items):
        configuration = configuration[0] if configuration else configuration
    if str(provider) not in PROVIDERS or not isinstance(configuration, Map):
        return None
    whole, owner, name = (configuration.child(key) for key in ("FullRepositoryId", "Owner", "Repo"))
    if isinstance(owner, Text) and isinstance(name, Text):
        whole = Text(f"{owner}/{name}", owner.at, (*owner.via, *name.via))
    return Source(whole, configuration.child("BranchName" if "BranchName" in configuration else "Branch"))
