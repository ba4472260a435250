"""Channels by which a holder of permissions replaces what was deployed: code, containers, commands, whole stacks.

Only what is narrower than everything of its kind: on everything, the rules on escalation and broad access speak of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vetstack.guards import Guard
from vetstack.iam.changes import OPAQUE
from vetstack.iam.documents import read_document
from vetstack.iam.held import Held, Reach, held_by, subjects_of
from vetstack.iam.holders import Holder
from vetstack.iam.permissions import Subjects
from vetstack.iam.resources import begins_with_hole, glob_of, glob_of_subject, reference_in, subject_of, token
from vetstack.iam.selections import Selection
from vetstack.records import NamedTuple
from vetstack.template import Identity, Resource, Template, resource_of
from vetstack.values import Absent, Hole, Items, Map, Text, Unknown


class Channel(NamedTuple):
    """Actions that together replace something, the first of them on it; does: a clause for a message.

    starts: whether nothing is replaced that stays, so that it is only worth a word when somebody outside can do it;
    among: whether it chooses only among what is there already.
    """

    actions: tuple[str, ...]
    does: str
    starts: bool = False
    among: bool = False


CHANNELS: Final = (
    Channel(("lambda:UpdateFunctionCode",), "replace the code of functions"),
    Channel(("lambda:UpdateFunctionConfiguration",), "change the layers and variables of functions"),
    Channel(("ecs:UpdateService", "ecs:RegisterTaskDefinition"), "replace the containers of services"),
    Channel(("ecs:UpdateService",), "have services run other revisions of their tasks", True, True),
    Channel(("ssm:SendCommand",), "run commands on machines", True),
    Channel(("ssm:CreateAssociation",), "have commands run on machines"),
    Channel(("ssm:UpdateAssociation",), "change the commands that machines run"),
    Channel(("ssm:UpdateDocument",), "rewrite the documents that machines run"),
    Channel(("cloudformation:UpdateStack",), "update stacks to another template"),
    Channel(("cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"), "update stacks to another template"),
    Channel(("cloudformation:UpdateStackSet",), "update stack sets to another template"),
    Channel(("codebuild:UpdateProject",), "change what projects build"),
    Channel(("codebuild:StartBuild",), "start builds, with commands of its own", True),
    Channel(("codepipeline:UpdatePipeline",), "change what pipelines deploy"),
    Channel(("ec2:ModifyInstanceAttribute",), "replace the user data of instances"),
    Channel(("ec2:CreateLaunchTemplateVersion",), "write new versions of launch templates"),
    Channel(("states:UpdateStateMachine",), "rewrite state machines"),
    Channel(("glue:UpdateJob",), "replace the scripts of jobs"),
    Channel(("apprunner:UpdateService",), "replace the containers of services"),
    Channel(("batch:RegisterJobDefinition", "batch:SubmitJob"), "run containers of its own", True),
    Channel(("ecr:PutImage",), "push images to repositories"),
)
"""Sources: the service authorization reference, and each service's API reference for what the action can change."""

_ACTIONS: Final = tuple(dict.fromkeys(action for channel in CHANNELS for action in channel.actions))


class Deployed(NamedTuple):
    """A type that an action can replace: the property with its name, and what stands before that in its ARN."""

    type: str
    name: str
    before: str


def _kinds(cloudformation: str, name: str, terraform: str, own: str, before: str) -> tuple[Deployed, ...]:
    return Deployed(cloudformation, name, before), Deployed(terraform, own, before)


_FUNCTION: Final = (
    *_kinds("AWS::Lambda::Function", "FunctionName", "aws_lambda_function", "function_name", "lambda:*:*:function:"),
    Deployed("AWS::Serverless::Function", "FunctionName", "lambda:*:*:function:"),
)
DEPLOYED: Final[dict[str, tuple[Deployed, ...]]] = {
    "lambda": _FUNCTION,
    "ecs": _kinds("AWS::ECS::Service", "ServiceName", "aws_ecs_service", "name", "ecs:*:*:service/*/"),
    "codebuild": _kinds("AWS::CodeBuild::Project", "Name", "aws_codebuild_project", "name", "codebuild:*:*:project/"),
    "codepipeline": _kinds("AWS::CodePipeline::Pipeline", "Name", "aws_codepipeline", "name", "codepipeline:*:*:"),
    "ssm": _kinds("AWS::SSM::Document", "Name", "aws_ssm_document", "name", "ssm:*:*:document/"),
    "states": _kinds(
        "AWS::StepFunctions::StateMachine", "StateMachineName", "aws_sfn_state_machine", "name",
        "states:*:*:stateMachine:",
    ),
    "glue": _kinds("AWS::Glue::Job", "Name", "aws_glue_job", "name", "glue:*:*:job/"),
    "apprunner": _kinds(
        "AWS::AppRunner::Service", "ServiceName", "aws_apprunner_service", "service_name", "apprunner:*:*:service/"
    ),
    "ecr": _kinds("AWS::ECR::Repository", "RepositoryName", "aws_ecr_repository", "name", "ecr:*:*:repository/"),
    "cloudformation": (
        Deployed("AWS::CloudFormation::Stack", "", "cloudformation:*:*:stack/"),
        Deployed("AWS::CloudFormation::StackSet", "StackSetName", "cloudformation:*:*:stackset/"),
        Deployed("aws_cloudformation_stack", "name", "cloudformation:*:*:stack/"),
        Deployed("aws_cloudformation_stack_set", "name", "cloudformation:*:*:stackset/"),
    ),
}  # fmt: skip
"""By service, what a template deploys that a channel can replace."""

OWN_NAMES: Final = ("", "#name", "#function_name", "#id", "#InstanceId")
"""What follows an address in the name of a hole that is the name, or the id, in an ARN."""

CODE_SERVICES: Final = frozenset({"lambda.amazonaws.com", "ecs-tasks.amazonaws.com", "ec2.amazonaws.com"})
"""Services that run somebody's code as the role that they are given."""


class Open(NamedTuple):
    """A channel that is open to a holder: through which actions, and which deployed resources it reaches.

    itself: whether it reaches the very stack that the template becomes.
    """

    channel: Channel
    held: tuple[Held, ...]
    guard: Guard
    reached: tuple[str, ...]
    itself: bool

    @property
    def own(self) -> bool:
        """Whether it reaches what this template deploys."""
        return bool(self.reached) or self.itself


def channels_of(holder: Holder, template: Template) -> list[Open]:
    """The channels that are open to a holder, on less than everything of their kind."""
    held = held_by(holder, _ACTIONS, _scope)
    by_action: dict[str, list[Held]] = {}
    for one in held:
        by_action.setdefault(one.action, []).append(one)
    found = [opened for channel in CHANNELS for opened in _opened(channel, by_action, template)]
    more = {action for one in found if not one.channel.among for action in one.channel.actions}
    return [one for one in found if not (one.channel.among and more.issuperset(one.channel.actions))]


def _opened(channel: Channel, by_action: dict[str, list[Held]], template: Template) -> Iterator[Open]:
    first, *others = channel.actions
    for one in by_action.get(first, ()):
        if one.reach == "all" and (one.way.limit is None or one.way.limit.kind == "service"):
            continue
        if not _is_about(one, template):
            continue
        guard: Guard | None = one.way.guard
        together = [one]
        for action in others:
            beside = ((other, guard & other.way.guard) for other in by_action.get(action, ()) if guard is not None)
            found = next(((other, both) for other, both in beside if both is not None), None)
            guard = found[1] if found else None
            together += [found[0]] if found else []
        if guard is not None:
            reached, itself = _reached(one, template)
            yield Open(channel, tuple(together), guard, reached, itself)


def _scope(action: str, resource: Selection) -> tuple[Reach, Subjects] | None:
    """`held_by`: every element, and whether it reaches all there is."""
    every = next((subject for subject in subjects_of(action) if resource.covers(subject)), None)
    if every:
        return "all", (every,)
    return ("given", ()) if resource.meets(map(glob_of_subject, subjects_of(action))) else None


def _is_about(held: Held, template: Template) -> bool:
    """Whether an element that begins with a value of the template can be what the action is done to."""
    service = held.action.partition(":")[0]
    if held.way.action.sweeping and not any(f":{service}:" in glob for glob in held.way.resource.patterns):
        return False
    for glob in held.way.resource.patterns if begins_with_hole(held.way.resource.patterns[0]) else ():
        named = reference_in(glob)
        resource = template.resource_at(resource_of(named)) if named else None
        if resource and not resource.type.startswith(OPAQUE):
            return any(resource.type == kind.type for kind in DEPLOYED.get(service, ()))
    return True


def _reached(held: Held, template: Template) -> tuple[tuple[str, ...], bool]:
    """What the template deploys that an action reaches, and whether that is its own stack."""
    service = held.action.partition(":")[0]
    resource = held.way.resource
    if held.reach == "all":
        return (), False
    found = [
        one.address
        for kind in DEPLOYED.get(service, ())
        for one in template.resources.values()
        if one.type == kind.type and any(resource.covers(subject_of(arn)) for arn in arns_of_deployed(one, kind))
    ]
    itself = service == "cloudformation" and any(resource.covers(subject_of(arn)) for arn in _own_stack(template))
    return tuple(found), itself


def _own_stack(template: Template) -> tuple[str, ...]:
    scope = f"{template.parent} > " if template.parent else ""
    name = token(Hole("stack-name", f"{scope}AWS::StackName"))
    return token(Hole("stack-id", f"{scope}AWS::StackId")), f"arn:*:cloudformation:*:*:stack/{name}/*"


def arns_of_deployed(resource: Resource, kind: Deployed) -> tuple[str, ...]:
    """The ARN of a resource in its spellings, as globs."""
    found = [token(Hole("resource", resource.address + attribute)) for attribute in ("#Arn", "#arn", "", "#id", "#Id")]
    names = [token(Hole("resource", resource.address + attribute)) for attribute in OWN_NAMES]
    for exists in resource.exists:
        for reached in exists.walk(resource.properties, kind.name) if kind.name else ():
            if isinstance(reached.value, (Text, Unknown)):
                names.append(glob_of(reached.value))
            elif isinstance(reached.value, Absent) and not resource.type.startswith("aws_"):
                logical_id = resource.address.rpartition(" > ")[2]
                names.append(f"{token(Hole('stack-name', 'AWS::StackName'))}-{logical_id}-*")
    return (*found, *(f"arn:*:{kind.before}{name}" for name in names))


def runs_code(holder: Holder) -> bool:
    """Whether what a holder is given to is a service that runs code, rather than people, a vendor or a pipeline."""
    subject = holder.subject
    if not isinstance(subject, Identity) or subject.kind != "role":
        return False
    if isinstance(subject.trust, Absent):
        return True
    principals = [
        reached.value
        for exists in holder.exists
        for statement in read_document(subject.trust, exists).statements
        for reached in statement.guard.walk(statement.part("Principal"))
    ]
    return any(name in CODE_SERVICES for one in principals if isinstance(one, Map) for name in _services(one))


def _services(principal: Map) -> list[str]:
    found: list[str] = []
    for key, value in principal.items():
        if key.lower() == "service":
            found += [str(one) for one in (value if isinstance(value, Items) else [value])]
    return found
