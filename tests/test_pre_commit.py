"""The hooks, installed from this checkout by the real pre-commit into a repository of their own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

BAD = """\
Resources:
  NorthwindCollector:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        MetadataOptions:
          HttpTokens: optional
"""
GOOD = BAD.replace("optional", "required")
EXCUSED = BAD.replace("optional", "optional  # vetstack:ignore[VET401] the appliance cannot do better")
COMPOSE = "services: {web: {image: northwind/web}}\n"
OPEN = """\
resource "aws_launch_template" "collector" {
  metadata_options {
    http_tokens = var.tokens
  }
}
"""
TOKENS = 'variable "tokens" {\n  default = "optional"\n}\n'
FORGIVEN = OPEN.replace("var.tokens", "var.tokens # vetstack:ignore[VET401] the appliance cannot do better")
BROKEN = "Resources: {Collector: {Type: AWS::EC2::LaunchTemplate\n"
OUTSIDE = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("GIT_", "PRE_COMMIT")) and name not in ("PYTHONPATH", "VIRTUAL_ENV", "SKIP")
}
"""The environment without what a hook or an environment for tests adds to it: the tests may run inside either."""


class Repository:
    """A vendor's repository, in an environment that knows nothing of the one the tests run in."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self.folder = folder
        git = {f"GIT_{who}_{what}": "test@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        git |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        self.environment = {**OUTSIDE, **git, "PRE_COMMIT_HOME": str(cache), "PRE_COMMIT_COLOR": "never"}
        folder.mkdir(exist_ok=True)
        self.git("init", "--quiet")

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        return subprocess.run(command, cwd=self.folder, env=self.environment, text=True, **both)  # type: ignore[call-overload, no-any-return]

    def git(self, *arguments: str) -> str:
        done = self.run("git", *arguments)
        assert done.returncode == 0, done.stdout
        return done.stdout.strip()

    def pre_commit(self, *arguments: str) -> str:
        done = self.run(sys.executable, "-m", "pre_commit", *arguments)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def commit(self, **files: str) -> tuple[bool, str]:
        """Stage files and commit them; the suffix of a name follows two underscores. True when the commit was made."""
        self.git("reset", "--quiet", "--hard")
        for name, text in files.items():
            path = name.replace("__", ".").replace("_", "-")
            (self.folder / path).write_text(text)
            self.git("add", path)
        done = self.run("git", "commit", "--message", "a change")
        return done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """The working tree as pre-commit needs it: a repository with everything committed."""
    folder = tmp_path_factory.mktemp("checkout")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    names = [name for name in listed.stdout.split("\0") if name and not name.startswith(("fixtures/", "tests/"))]
    assert "pyproject.toml" in names and ".pre-commit-hooks.yaml" in names, listed.stderr
    for name in names:
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    repository = Repository(folder, folder)
    repository.git("add", "--all")
    repository.git("commit", "--quiet", "--message", "everything")
    return repository


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pre-commit")


def vendor(folder: Path, cache: Path, checkout: Repository, hook: str, *options: str) -> Repository:
    """A repository with one of the hooks installed."""
    repository = Repository(folder, cache)
    chosen = ", ".join((f"id: {hook}", *options))
    config = f"repos:\n- repo: {checkout.folder}\n  rev: {checkout.git('rev-parse', 'HEAD')}\n  hooks: [{{{chosen}}}]\n"
    (folder / ".pre-commit-config.yaml").write_text(config)
    repository.git("add", ".pre-commit-config.yaml")
    repository.git("commit", "--quiet", "--message", "start")
    repository.pre_commit("install", "--install-hooks")
    return repository


def test_the_hook_stops_a_bad_template_and_lets_a_good_one_pass(
    tmp_path: Path, cache: Path, checkout: Repository
) -> None:
    repository = vendor(tmp_path / "vendor", cache, checkout, "vetstack")

    committed, said = repository.commit(onboarding__yaml=BAD)
    assert not committed and re.search(r"onboarding\.yaml:7:\d+ +error +VET401", said), said
    committed, said = repository.commit(onboarding__template=BAD, other__yaml=GOOD)
    assert not committed and "VET401" in said, said
    committed, said = repository.commit(broken__yaml=BROKEN)
    assert not committed and "broken.yaml" in said, said

    committed, said = repository.commit(onboarding__yaml=GOOD)
    assert committed and re.search(r"vetstack\.+Passed", said), said
    committed, said = repository.commit(excused__json__yaml=EXCUSED)
    assert committed, said
    committed, said = repository.commit(docker_compose__yaml=COMPOSE)
    assert committed and re.search(r"vetstack\.+Passed", said), said
    committed, said = repository.commit(notes__md=BAD)
    assert committed and re.search(r"vetstack\.+\(no files to check\)Skipped", said), said


def test_the_hook_of_cfn_lint_does_so_too(tmp_path: Path, cache: Path, checkout: Repository) -> None:
    repository = vendor(tmp_path / "vendor", cache, checkout, "vetstack-cfn-lint")

    committed, said = repository.commit(onboarding__yaml=BAD)
    assert not committed and "E9401" in said and "onboarding.yaml:7:23" in said, said
    committed, said = repository.commit(wrong__yaml=GOOD.replace("HttpTokens", "HttpToken"))
    assert not committed and "E3002" in said, said

    committed, said = repository.commit(onboarding__yaml=GOOD, docker_compose__yaml=COMPOSE)
    assert committed, said
    committed, said = repository.commit(excused__yaml=EXCUSED)
    assert committed, said


def test_the_hook_vets_the_modules_of_changed_files(tmp_path: Path, cache: Path, checkout: Repository) -> None:
    repository = vendor(tmp_path / "vendor", cache, checkout, "vetstack")

    committed, said = repository.commit(main__tf=OPEN, variables__tf=TOKENS)
    assert not committed and said.count("VET401") == 1 and re.search(r"main\.tf:3:\d+ +error +VET401", said), said
    committed, said = repository.commit(main__tf=OPEN, variables__tf=TOKENS.replace("optional", "required"))
    assert committed, said

    committed, said = repository.commit(variables__tf=TOKENS)
    assert not committed and "main.tf:3" in said, "what was not changed is made wrong by what was"
    committed, said = repository.commit(more__tf="resource {\n")
    assert not committed and "more.tf" in said, said
    committed, said = repository.commit(more__tofu=OPEN.replace("var.tokens", '"optional"').replace("coll", "other"))
    assert not committed and "more.tofu:3" in said, said
    committed, said = repository.commit(main__tf=FORGIVEN, variables__tf=TOKENS)
    assert committed, said


def test_the_hook_vets_what_a_module_calls_elsewhere_in_the_repository(
    tmp_path: Path, cache: Path, checkout: Repository
) -> None:
    repository = vendor(tmp_path / "vendor", cache, checkout, "vetstack")
    for folder in ("stack", "shared"):
        (repository.folder / folder).mkdir()
    (repository.folder / "shared" / "main.tf").write_text(OPEN + 'variable "tokens" {}\n')
    (repository.folder / "stack" / "main.tf").write_text(
        'module "shared" {\n  source = "../shared"\n  tokens = "optional"\n}\n'
    )
    repository.git("add", "stack")
    done = repository.run("git", "commit", "--message", "a call")
    assert done.returncode and "module.shared.aws_launch_template.collector" in done.stdout, done.stdout


def test_the_hook_of_checkov_does_so_too(tmp_path: Path, cache: Path, checkout: Repository) -> None:
    repository = vendor(tmp_path / "vendor", cache, checkout, "vetstack-checkov", "args: ['--check=VET*']")

    good = TOKENS.replace("optional", "required")
    committed, said = repository.commit(
        onboarding__yaml=GOOD, docker_compose__yaml=COMPOSE, main__tf=OPEN, variables__tf=good
    )
    assert committed and re.search(r"checks\.+Passed", said), said
    committed, said = repository.commit(onboarding__yaml=BAD, variables__tf=TOKENS)
    assert not committed, said
    assert "FAILED for resource: AWS::EC2::LaunchTemplate.NorthwindCollector" in said, said
    assert "FAILED for resource: aws_launch_template.collector" in said, "it is in a file that was not changed"
    committed, said = repository.commit(broken__tf="resource {\n")
    assert not committed and "VET001" in said, said
    committed, said = repository.commit(excused__yaml=EXCUSED, main__tf=FORGIVEN, variables__tf=TOKENS)
    assert committed, said
