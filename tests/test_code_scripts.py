"""The code that templates carry is found wherever it may stand, and each line of it where it is written."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path

import pytest

from tests.carried import misplaced, placed, template_in
from vetstack.carriers import CARRIERS, carries_code
from vetstack.code.files import NAMED
from vetstack.code.gaps import gaps_in
from vetstack.code.owners import MADE
from vetstack.code.places import FIELDS
from vetstack.code.scripts import READ_LIMIT, SPELT_OUT, scripts_of

INSTANCE = """\
Resources:
  It:
    Type: AWS::EC2::Instance
    Properties:
"""
FUNCTION = """\
Resources:
  It:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Code:
"""


def test_every_type_of_the_tables_is_looked_at() -> None:
    assert set(FIELDS) | set(NAMED) <= CARRIERS
    assert MADE <= CARRIERS


@pytest.mark.parametrize(
    "user_data",
    [
        "UserData:\n  Fn::Base64: |\n    #!/bin/bash\n    first one\n\n    second two\n",
        "UserData: !Base64\n  Fn::Sub: |-\n    #!/bin/bash\n    first one\n    second two\n",
        "UserData:\n  Fn::Base64: !Sub\n    - |\n      #!/bin/bash\n      first one\n      second two\n    - {X: y}\n",
        'UserData:\n  Fn::Base64:\n    Fn::Join:\n      - "\\n"\n'
        '      - - "#!/bin/bash"\n        - first one\n        - second two\n',
        'UserData:\n  Fn::Base64:\n    !Join ["", ["#!/bin/bash\\n",\n      "first one\\n",\n      "second two\\n"]]\n',
        'UserData: {"Fn::Base64": "#!/bin/bash\\nfirst one\\nsecond two\\n"}\n',
        "UserData:\n  Fn::Base64: >\n    first one;\n    second two\n",
    ],
)
def test_lines_stand_where_they_are_written(tmp_path: Path, user_data: str) -> None:
    indented = "".join(f"      {line}\n" for line in user_data.splitlines())
    template = template_in(tmp_path, INSTANCE + indented)
    assert "first one" in "\n".join(line for _, _, line in placed(template, "It"))
    source = template.texts[template.file].splitlines()
    for _, number, line in placed(template, "It"):
        assert line.split(";")[0].strip() in source[number - 1]


def test_holes_are_written_as_they_are_in_the_template(tmp_path: Path) -> None:
    template = template_in(tmp_path, FUNCTION + "        ZipFile: !Sub |\n          region = '${AWS::Region}'\n")
    (one,) = scripts_of(template)
    assert (one.place, one.language, one.text) == ("function", "python", "region = '${AWS::Region}'\n")


def test_alternatives_are_scripts_of_their_own(tmp_path: Path) -> None:
    text = """\
    Parameters:
      Proxy: {Type: String, AllowedValues: ["yes", "no"]}
    Conditions:
      Proxied: !Equals [!Ref Proxy, "yes"]
    Resources:
      It:
        Type: AWS::EC2::Instance
        Properties:
          UserData:
            Fn::Base64:
              Fn::Join:
                - "\\n"
                - - "#!/bin/bash"
                  - !If [Proxied, "setup proxy", !Ref AWS::NoValue]
                  - start it
    """
    template = template_in(tmp_path, text)
    with_proxy, without = sorted(scripts_of(template), key=lambda one: -len(one.text))
    assert (with_proxy.text.split("\n"), without.text.replace("\n\n", "\n").split("\n")) == (
        ["#!/bin/bash", "setup proxy", "start it"],
        ["#!/bin/bash", "start it"],
    )
    assert 'Proxy is "yes"' in str(with_proxy.guard)
    assert misplaced(template, "It") == []


def test_of_many_alternatives_those_with_a_line_of_their_own_are_read(tmp_path: Path) -> None:
    parameters = "".join(f"  P{n}: {{Type: String, Default: d{n}}}\n" for n in range(5))
    body = "".join(f"          use ${{P{n}}}\n" for n in range(5))
    text = f"Parameters:\n{parameters}{INSTANCE}      UserData: !Base64\n        Fn::Sub: |\n{body}"
    template = template_in(tmp_path, text)
    scripts = scripts_of(template)
    assert 1 < len(scripts) <= SPELT_OUT + 2
    read = {line for one in scripts for line in one.text.split("\n")}
    assert {f"use d{n}" for n in range(5)} | {f"use ${{P{n}}}" for n in range(5)} <= read
    # the line that every deployer gets who leaves P0 alone is in half of the 32 alternatives
    at = next(one.at(1) for one in scripts if one.text.startswith("use d0"))
    assert len({g for one in scripts if one.text.startswith("use d0") for g in one.settings(at)}) == 16
    assert gaps_in(template) == ()


def test_more_alternatives_than_are_read_are_undecided(tmp_path: Path) -> None:
    values = ", ".join(f"v{n}" for n in range(READ_LIMIT + 6))
    text = (
        f"Parameters:\n  P: {{Type: String, AllowedValues: [{values}]}}\n{INSTANCE}"
        "      UserData: !Base64\n        Fn::Sub: |\n          use ${P}\n"
    )
    template = template_in(tmp_path, text)
    assert len(scripts_of(template)) <= READ_LIMIT
    read = {line for one in scripts_of(template) for line in one.text.split("\n")}
    told = [gap.reason for gap in gaps_in(template)]
    assert told == ["there is more code here than is read"] or len(read) > READ_LIMIT + 6


def test_base64_of_a_script_is_read(tmp_path: Path) -> None:
    packed = b64encode(b"#!/bin/bash\naws iam create-role\n").decode()
    template = template_in(tmp_path, INSTANCE + f"      UserData: {packed}\n")
    assert [(line, text) for _, line, text in placed(template, "It")] == [
        (5, "#!/bin/bash"),
        (5, "aws iam create-role"),
    ]


def test_cloud_config_and_messages_of_several_parts(tmp_path: Path) -> None:
    text = """\
Resources:
  It:
    Type: AWS::EC2::Instance
    Properties:
      UserData:
        Fn::Base64: |
          Content-Type: multipart/mixed; boundary="//"
          MIME-Version: 1.0

          --//
          Content-Type: text/cloud-config

          #cloud-config
          runcmd:
            - first one
            - [second, two words]
            - |
              third three
              fourth four
          write_files:
            - path: /opt/acme/run.sh
              content: |
                #!/bin/sh
                fifth five
            - path: /etc/acme.conf
              content: sixth = six
          --//
          Content-Type: text/x-shellscript

          #!/bin/bash
          seventh seven
          --//--
"""
    template = template_in(tmp_path, text)
    found = placed(template, "It")
    assert [line for _, _, line in found] == [
        "first one", "second 'two words'", "third three", "fourth four", "#!/bin/sh", "fifth five", "#!/bin/bash",
        "seventh seven",
    ]  # fmt: skip
    source = text.splitlines()
    assert [source[number - 1].strip(" -|") for _, number, _ in found] == [
        "first one", "[second, two words]", "third three", "fourth four", "#!/bin/sh", "fifth five", "#!/bin/bash",
        "seventh seven",
    ]  # fmt: skip


def test_powershell_between_its_tags(tmp_path: Path) -> None:
    text = INSTANCE + "      UserData: !Base64 |\n        <powershell>\n        New-IAMRole\n        </powershell>\n"
    (one,) = scripts_of(template_in(tmp_path, text))
    assert (one.language, one.text.strip()) == ("powershell", "New-IAMRole")
    assert [line for _, line, _ in placed(template_in(tmp_path, text), "It")] == [7]


DOCUMENTS = """\
Resources:
  Document:
    Type: AWS::SSM::Document
    Properties:
      Content:
        schemaVersion: "2.2"
        mainSteps:
          - action: aws:runShellScript
            inputs:
              runCommand: [one a, two b]
          - action: aws:runPowerShellScript
            inputs:
              runCommand: [three c]
          - action: aws:executeScript
            inputs: {Runtime: python3.11, Script: "four = 4"}
          - action: aws:executeAwsApi
            inputs: {Service: iam, Api: CreateRole}
  Old:
    Type: AWS::SSM::Document
    Properties:
      Content: >-
        {"schemaVersion": "1.2", "runtimeConfig": {"aws:runShellScript": {"properties": [{"runCommand": ["five e"]}]}}}
  Association:
    Type: AWS::SSM::Association
    Properties:
      Name: AWS-RunPowerShellScript
      Parameters:
        commands: [six f]
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      ContainerDefinitions:
        - EntryPoint: [/bin/sh, -c]
          Command: ["seven g | eight h"]
        - Command: [nine, "i j"]
  Build:
    Type: AWS::CodeBuild::Project
    Properties:
      Source:
        BuildSpec: |
          phases:
            install: {commands: [ten k]}
            build:
              commands:
                - eleven l
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    Metadata:
      AWS::CloudFormation::Init:
        configSets: {all: [config]}
        config:
          commands:
            01_run: {command: twelve m, test: thirteen n}
            02_run: {command: [bash, -c, fourteen o]}
          files:
            /etc/cron.d/acme: {content: "* * * * * root fifteen p\\n"}
            /etc/acme.conf: {content: sixteen}
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      DefinitionString: '{"States": {"A": {"Resource": "arn:aws:states:::aws-sdk:iam:createRole"}}}'
  Schedule:
    Type: AWS::Scheduler::Schedule
    Properties:
      Target: {Arn: arn:aws:scheduler:::aws-sdk:iam:createUser}
"""


def test_documents_of_every_kind(tmp_path: Path) -> None:
    template = template_in(tmp_path, DOCUMENTS)
    found = [(one.resource, one.place, one.language, one.text.strip()) for one in scripts_of(template)]
    assert found == [
        ("Document", "document", "shell", "one a\ntwo b"),
        ("Document", "document", "powershell", "three c"),
        ("Document", "document", "python", "four = 4"),
        ("Document", "document", "other", "arn:aws:states:::aws-sdk:iam:CreateRole"),
        ("Old", "document", "shell", "five e"),
        ("Association", "document", "powershell", "six f"),
        ("Task", "container", "shell", "seven g | eight h"),
        ("Task", "container", "shell", "nine 'i j'"),
        ("Build", "build", "shell", "ten k"),
        ("Build", "build", "shell", "eleven l"),
        ("Group", "cfn-init", "shell", "twelve m"),
        ("Group", "cfn-init", "shell", "thirteen n"),
        ("Group", "cfn-init", "shell", "fourteen o"),
        ("Group", "cfn-init", "shell", "* * * * * root fifteen p"),
        ("Machine", "function", "other", "arn:aws:states:::aws-sdk:iam:createRole"),
        ("Schedule", "function", "other", "arn:aws:scheduler:::aws-sdk:iam:createUser"),
    ]
    assert [line for _, line, _ in placed(template, "Build")] == [42, 45]


TERRAFORM = '''\
variable "name" {
  default = "acme"
}
resource "aws_instance" "heredoc" {
  user_data = <<-EOT
    #!/bin/bash
    one ${var.name}
  EOT
}
resource "aws_launch_template" "file" {
  user_data = base64encode(templatefile("${path.module}/init.sh.tftpl", { name = var.name }))
}
resource "aws_instance" "parts" {
  user_data = data.cloudinit_config.parts.rendered
}
data "cloudinit_config" "parts" {
  part {
    content_type = "text/x-shellscript"
    content      = "two b"
  }
}
resource "aws_ecs_task_definition" "task" {
  container_definitions = jsonencode([{ name = "a", command = ["sh", "-c", "three c"] }])
}
resource "aws_ssm_document" "text" {
  content = <<-EOT
    schemaVersion: "2.2"
    mainSteps:
      - action: aws:runShellScript
        inputs:
          runCommand:
            - four d
  EOT
}
resource "null_resource" "run" {
  provisioner "local-exec" {
    command = "five e"
  }
  provisioner "remote-exec" {
    inline = [
      "six f",
      "seven g",
    ]
  }
}
'''


def test_terraform(tmp_path: Path) -> None:
    started = '#!/bin/bash\n%{ if name != "" }\neight ${name}\n%{ endif }\nnine\n'
    template = template_in(tmp_path, TERRAFORM, "main.tf", **{"init.sh.tftpl": started})
    found = [one for address in template.resources for one in placed(template, address)]
    lines = {(file, line, text.replace("acme", "${var.name}")) for file, line, text in found}
    assert lines == {
        ("main.tf", 6, "#!/bin/bash"),
        ("main.tf", 7, "one ${var.name}"),
        ("init.sh.tftpl", 1, "#!/bin/bash"),
        ("init.sh.tftpl", 3, "eight ${var.name}"),
        ("init.sh.tftpl", 5, "nine"),
        ("main.tf", 19, "two b"),
        ("main.tf", 23, "three c"),
        ("main.tf", 32, "four d"),
        ("main.tf", 37, "five e"),
        ("main.tf", 41, "six f"),
        ("main.tf", 42, "seven g"),
    }
    assert {one.resource for one in scripts_of(template) if "two" in one.text} == {"aws_instance.parts"}


def test_a_plan_carries_its_code(tmp_path: Path) -> None:
    plan = {
        "format_version": "1.2",
        "terraform_version": "1.9.0",
        "planned_values": {
            "root_module": {
                "resources": [
                    {
                        "address": "aws_instance.it",
                        "mode": "managed",
                        "type": "aws_instance",
                        "name": "it",
                        "values": {"user_data": "#!/bin/bash\naws iam create-role\n"},
                    }
                ]
            }
        },
        "resource_changes": [],
        "configuration": {},
    }
    template = template_in(tmp_path, json.dumps(plan, indent=1), "plan.json")
    (one,) = scripts_of(template)
    assert one.text.splitlines() == ["#!/bin/bash", "aws iam create-role"]


def test_code_in_an_embedded_template(tmp_path: Path) -> None:
    inner = INSTANCE + "      UserData: !Base64 |\n        #!/bin/bash\n        one a\n"
    body = "".join(f"        {line}\n" for line in inner.splitlines())
    text = (
        "Resources:\n  Set:\n    Type: AWS::CloudFormation::StackSet\n    Properties:\n"
        f"      StackSetName: a\n      PermissionModel: SELF_MANAGED\n      TemplateBody: |\n{body}"
    )
    (tmp_path / "t.yaml").write_text(text)
    from vetstack.load import load

    _, embedded = load([tmp_path / "t.yaml"]).templates
    source = text.splitlines()
    assert [(source[line - 1].strip(), one) for _, line, one in placed(embedded, "Set > It")] == [
        ("#!/bin/bash", "#!/bin/bash"),
        ("one a", "one a"),
    ]


def test_a_template_without_code_has_none(tmp_path: Path) -> None:
    template = template_in(tmp_path, "Resources:\n  It:\n    Type: AWS::SNS::Topic\n")
    assert not carries_code(template)
    assert scripts_of(template) == ()
