"""What keeps a template from being deployed as its vendor published it: it was meant to be worked on first.

Paths of the vendor's own disk, code that only holds the place of the real one, and markers that a tool would have
replaced. Tables by resource type, and the questions that walk them.

Sources: AWS CLI reference, cloudformation package; AWS SAM developer guide, the properties that sam build fills in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from vetstack.guards import Guard
from vetstack.leaves import properties_of
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.regex import Regex
from vetstack.template import Resource, Template
from vetstack.values import Text, Unknown

Path = tuple[str, ...]

_TEMPLATE: Final = "a template"
_CODE: Final = "its code"
_LAYER: Final = "the content of the layer"
_DEFINITION: Final = "its definition"

UPLOADED: Final[dict[str, tuple[tuple[Path, str], ...]]] = {
    "AWS::Serverless::Function": ((("CodeUri",), _CODE), (("ImageUri",), "its image")),
    "AWS::Serverless::LayerVersion": ((("ContentUri",), _LAYER),),
    "AWS::Serverless::Application": ((("Location",), _TEMPLATE),),
    "AWS::Serverless::Api": ((("DefinitionUri",), _DEFINITION),),
    "AWS::Serverless::HttpApi": ((("DefinitionUri",), _DEFINITION),),
    "AWS::Serverless::StateMachine": ((("DefinitionUri",), _DEFINITION),),
    "AWS::Serverless::GraphQLApi": ((("SchemaUri",), _DEFINITION),),
    "AWS::CloudFormation::Stack": ((("TemplateURL",), _TEMPLATE),),
    "AWS::CloudFormation::StackSet": ((("TemplateURL",), _TEMPLATE),),
    "AWS::CloudFormation::ModuleVersion": ((("ModulePackage",), "the package of the module"),),
    "AWS::CloudFormation::ResourceVersion": ((("SchemaHandlerPackage",), "the package of the type"),),
    "AWS::Lambda::Function": ((("Code",), _CODE), (("Code", "ImageUri"), "its image")),
    "AWS::Lambda::LayerVersion": ((("Content",), _LAYER),),
    "AWS::StepFunctions::StateMachine": ((("DefinitionS3Location",), _DEFINITION),),
    "AWS::ApiGateway::RestApi": ((("BodyS3Location",), _DEFINITION),),
    "AWS::AppSync::GraphQLSchema": ((("DefinitionS3Location",), _DEFINITION),),
    "AWS::AppSync::FunctionConfiguration": ((("CodeS3Location",), _CODE),),
    "AWS::AppSync::Resolver": ((("CodeS3Location",), _CODE),),
    "AWS::ElasticBeanstalk::ApplicationVersion": ((("SourceBundle",), "the application"),),
    "AWS::Glue::Job": ((("Command", "ScriptLocation"), "the script of the job"),),
    "AWS::CodeCommit::Repository": ((("Code", "S3"), _CODE),),
}
"""Properties that tools let hold a path on disk and replace by the address in S3 to which they upload what is there."""

INLINE: Final[dict[str, tuple[Path, ...]]] = {
    "AWS::Lambda::Function": (("Code", "ZipFile"),),
    "AWS::Serverless::Function": (("InlineCode",),),
}
"""Properties that hold code itself."""

_REMOTE: Final = Regex(r"(?:s3|https?)://|arn:|\d{12}\.dkr\.ecr\.|public\.ecr\.aws/", re.IGNORECASE)
_RELATIVE: Final = Regex(r"\.{1,2}(?:[/\\]|$)|file:|[/~]")
_IMAGE: Final = Regex(r"[\w.-]+:[\w.-]+|[\w.-]+")
"""The name of an image on one's own machine; a path has slashes."""

_MARKERS: Final = (
    r"\{\{(?!resolve:)\s*[\w. |-]+\}\}",
    r"%%[A-Za-z][\w-]*%%",
    r"<%=?.*?%>",
)
_ANYWHERE: Final = Regex("|".join(_MARKERS))
"""What templating tools replace and nothing of AWS's means."""

_IN_ADDRESS: Final = Regex(
    "|".join(
        (
            *_MARKERS,
            r"\$\{[^{}]*\}",
            r"<[A-Za-z][\w .-]*>",
            r"__[A-Z][A-Z_]+__",
            r"(?i:\b(?:replace|change)[-_]?me\b|\byour[-_]\w+)",
        )
    )
)
"""What cannot stand in the address of anything either: in other texts a program may read it."""

_ADDRESSES: Final = frozenset(
    {
        "S3Bucket", "S3Key", "BucketName", "TemplateURL", "CodeUri", "ContentUri", "DefinitionUri", "ImageUri",
        "Layers", "ServiceToken", "ApplicationId", "ScriptLocation", "Role", "RoleArn", "RoleName",
        "ManagedPolicyArns", "PermissionsBoundary",
    }
)  # fmt: skip
"""Keys below which a text is the name or the address of something."""

_TO_REPLACE: Final = r"<(?i:your|my|insert|replace|enter|add|put)[_ -][\w -]{1,60}>"
_BY_A_PERSON: Final = Regex(_TO_REPLACE)
_BY_SOMEBODY: Final = Regex(rf"{_TO_REPLACE}|<[A-Z][A-Z0-9]*(?:[_ -][A-Z0-9]+)+>")
"""What was to be replaced, where it is all of a text or stands in a word. AWS takes the second for a mistake as well;
a program that is given it may not."""

_OF_PROGRAMS: Final = frozenset({"Environment", "EnvironmentVariables", "Parameters", "Tags"})

_FREE: Final = frozenset({
    "Comment", "Description", "InputTemplate", "PathPattern", "Pattern", "QueryString", "RegexString",
})  # fmt: skip
"""Keys of texts that people read, or that have such signs of their own."""

_OWN_LANGUAGE: Final = (
    "AWS::SSM::", "AWS::IoT", "AWS::AppSync::", "AWS::Bedrock::", "AWS::SES::", "AWS::Glue::", "AWS::Pinpoint",
    "AWS::Connect::", "AWS::Wisdom::", "AWS::Config::", "AWS::ImageBuilder::", "AWS::CodePipeline::", "AWS::Backup::",
)  # fmt: skip
"""Beginnings of types whose services replace markers of their own when they run."""

_MARKED_LIMIT: Final = 512
"""Characters; a longer text is a document or a program."""


class Unpublished(NamedTuple):
    """Something that keeps a resource from being deployed.

    cause: what it has in common with others; says: the message; local: the path, if it is one.
    """

    resource: Resource
    exists: Guard
    guard: Guard
    at: Position
    cause: str
    says: str
    local: str = ""


def unpublished_in(template: Template) -> Iterator[Unpublished]:
    """Everything that keeps a template from being deployed as it is."""
    for resource in template.resources.values():
        for exists in resource.exists:
            yield from _local(resource, exists)
            yield from _placeholders(resource, exists)
    yield from _marked(template)


def _local(resource: Resource, exists: Guard) -> Iterator[Unpublished]:
    for path, what in UPLOADED.get(resource.type, ()):
        for found in exists.walk(resource.properties, *path):
            if isinstance(found.value, (Text, Unknown)) and is_local(found.value, image=path[-1] == "ImageUri"):
                value = found.value
                says = (
                    f'{path[-1]} is "{value}", a path on the disk of whoever wrote this, where {what} was. '
                    "CloudFormation cannot reach it: ask the vendor for the template as it is after packaging"
                )
                yield Unpublished(resource, exists, found.guard, found.at or value.at, says, says, str(value))


def is_local(value: Text | Unknown, *, image: bool = False) -> bool:
    """Whether an address is a path, as far as it is known. One that a deployer gives is not."""
    if any(block.rpartition(" > ")[2].startswith("Parameters.") for block in value.via):
        return False
    first = str(value) if isinstance(value, Text) else value.pieces[0]
    if not isinstance(first, str) or _REMOTE.match(first) or _IN_ADDRESS.search(first):
        return False
    if isinstance(value, Unknown):
        return _RELATIVE.match(first) is not None
    return not image or _IMAGE.fullmatch(first) is None


# ---- code that holds a place

_SAYS_SO: Final = Regex(
    r"place-?holder|(?:not|n't) (?:yet )?(?:been )?(?:uploaded|deployed|replaced)|(?:will|must|should|to) be (?:\w+ )?"
    r"(?:replaced|overwritten|updated|uploaded)|replaced? (?:me|this|at|by|with|during|after|on)\b|\b(?:dummy|stub)\b",
    re.IGNORECASE,
)
_COMMENT: Final = Regex(r"^\s*(?:#|//).*$|/\*.*?\*/", re.MULTILINE | re.DOTALL)
_HEADER: Final = Regex(
    r"(?:async\s+)?def\s+\w+\s*\([^()]*\)[^:\n]*:"
    r"|(?:export\s+const\s+\w+|module\.exports|(?:module\.)?exports\.\w+)\s*=\s*(?:async\s*)?"
    r"(?:function\s*\w*\s*\([^()]*\)|\([^()]*\)\s*=>|\w+\s*=>)\s*\{?"
)
_FAILS: Final = Regex(r"(?:raise\s+\w+|throw\s+(?:new\s+)?\w+)\s*(?:\([^()]*\))?[\s;})]*")
_PLACEHOLDER_LINES: Final = 8
"""Lines of code up to which words that say so are believed; more do something."""


def _placeholders(resource: Resource, exists: Guard) -> Iterator[Unpublished]:
    for path in INLINE.get(resource.type, ()):
        for found in exists.walk(resource.properties, *path):
            if isinstance(found.value, Text) and holds_a_place(str(found.value)):
                says = (
                    f"{path[-1]} only holds the place of the code, which somebody has to put into the function once "
                    "it is deployed, in every account and region: ask the vendor for a template that has it"
                )
                yield Unpublished(resource, exists, found.guard, found.at or found.value.at, says, says)


def holds_a_place(code: str) -> bool:
    """Whether code does nothing that anybody would deploy it for: nothing at all, fail, or say that it is none."""
    if len(code) > _PLACEHOLDER_LINES * 200:
        return False
    bare = _COMMENT.sub("", code).strip()
    if not bare or _FAILS.fullmatch(_HEADER.sub("", bare, count=1).strip()):
        return True
    return len([line for line in bare.splitlines() if line.strip()]) <= _PLACEHOLDER_LINES and bool(
        _SAYS_SO.search(code)
    )


# ---- markers


def _marked(template: Template) -> Iterator[Unpublished]:
    for leaf in properties_of(template):
        if not isinstance(leaf.value, Text) or len(leaf.value) > _MARKED_LIMIT or leaf.value.via:
            continue
        if leaf.resource.type.startswith(_OWN_LANGUAGE) or "AssumeRolePolicyDocument" in leaf.keys:
            continue  # whom a placeholder trusts is judged where trust is
        marker = (_IN_ADDRESS if _ADDRESSES.intersection(leaf.keys[-2:]) else _ANYWHERE).search(leaf.value)
        if marker is None and not _FREE.intersection(leaf.keys):
            programs = not leaf.resource.type.startswith("AWS::") or _OF_PROGRAMS.intersection(leaf.keys)
            notes = _BY_A_PERSON if programs else _BY_SOMEBODY
            note = notes.search(leaf.value) if "<" in leaf.value else None
            marker = note if note and " " not in notes.sub("", leaf.value) else None
        if marker and "\n" not in leaf.value:
            says = (
                f'{leaf.keys[-1] if leaf.keys else "A value"} is "{leaf.value}", in which "{marker[0]}" was to be '
                "replaced before the template is handed out: ask the vendor for the template as it is after that"
            )
            yield Unpublished(leaf.resource, leaf.exists, leaf.guard, leaf.value.at, marker[0], says)
