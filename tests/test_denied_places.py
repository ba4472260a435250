"""Where a Deny and a NotResource reach: no further than the partition, region and account that they say."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from vetstack.iam.abilities import EVERY, WIDE_LIMIT
from vetstack.iam.portraits import portrait_of, subjects_of
from vetstack.iam.resources import glob_of, narrow_glob_of, scope_of, within
from vetstack.load import load
from vetstack.position import Position
from vetstack.review import review
from vetstack.settings import Settings
from vetstack.values import Hole, Text, Unknown

AT = Position("t.yaml", 1, 1, 1, 2)


def own(region: Hole) -> Unknown:
    return Unknown(("arn:aws:lambda:", region, ":", Hole("own-account", "AWS::AccountId"), ":function:*"), AT)


@pytest.mark.parametrize(
    ("written", "narrow"),
    [
        ("arn:aws:lambda:*:*:function:*", "arn:*:lambda:*:*:function:*"),
        ("arn:aws:s3:::kestrel", "arn:*:s3:*:*:kestrel"),
        ("arn:aws:lambda:us-east-1:*:function:*", "arn:*:lambda:us-east-1:*:function:*"),
        ("arn:aws-us-gov:lambda:*:735902184466:function:*", "arn:aws-us-gov:lambda:*:735902184466:function:*"),
        ("arn:aws:*:us-*:*", "arn:*:*:us-*:*"),
        ("*", "*"),
    ],
)
def test_a_deny_is_open_where_it_says_nothing(written: str, narrow: str) -> None:
    assert narrow_glob_of(Text(written, AT)) == narrow


def test_the_own_region_and_account_stand_open() -> None:
    assert narrow_glob_of(own(Hole("own-region", "AWS::Region"))) == "arn:*:lambda:*:*:function:*"
    assert "parameter Region" in narrow_glob_of(own(Hole("parameter", "Region")))


def test_an_allow_is_asked_about_in_its_own_place() -> None:
    there = Text("arn:aws:lambda:us-east-1:*:function:*", AT)
    assert glob_of(there) == "arn:*:lambda:*:*:function:*"
    assert within(glob_of(there), scope_of(there)) == narrow_glob_of(there)


def vetted(tmp_path: Path, *statements: dict[str, object]) -> set[str]:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    trusted = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trusted]},
        "Policies": [{"PolicyName": "work", "PolicyDocument": document}],
    }
    path = tmp_path / "t.yaml"
    path.write_text(yaml.safe_dump({"Resources": {"R": {"Type": "AWS::IAM::Role", "Properties": role}}}))
    return {f"{one.rule} {one.severity}" for one in review([path], Settings()).findings if one.rule < "VET400"}


def test_of_two_regions_allowed_one_may_be_denied(tmp_path: Path) -> None:
    regions = ["arn:aws:lambda:us-east-1:*:function:*", "arn:aws:lambda:eu-west-1:*:function:*"]
    allow = {"Effect": "Allow", "Action": "lambda:UpdateFunctionCode", "Resource": regions}
    deny = {"Effect": "Deny", "Action": "lambda:*", "Resource": regions[0]}
    assert vetted(tmp_path, allow, deny) & {"VET302 error", "VET302 warning"}
    assert not vetted(tmp_path, {**allow, "Resource": regions[0]}, deny)


def test_what_a_deny_leaves_is_as_if_it_were_named(tmp_path: Path) -> None:
    allow = {"Effect": "Allow", "Action": "iam:PutRolePolicy", "Resource": "*"}
    narrow = {"Effect": "Deny", "Action": "iam:*", "NotResource": "arn:aws:iam::*:role/kestrel/*"}
    wide = {**narrow, "NotResource": "arn:aws:iam::*:role/*"}
    assert vetted(tmp_path, allow, narrow) == {"VET301 warning"}
    assert vetted(tmp_path, allow, wide) == {"VET301 error"}


def test_patterns_past_the_limit_are_said_to_be_uncounted(tmp_path: Path) -> None:
    patterns = [f"*{one}*{other}*" for one in "abcdef" for other in "ghijkl"]
    vetted(tmp_path, {"Effect": "Allow", "Action": patterns, "Resource": "*"})
    (template,) = (one for one in load([tmp_path / "t.yaml"]).templates)
    (holder,) = subjects_of(template)
    portrait = portrait_of(holder, template, Settings())
    assert {one.service for one in portrait.abilities} == {EVERY}
    assert any(f"{len(patterns) - WIDE_LIMIT} more patterns" in one.reason for one in portrait.unseen)
