"""Installations in scripts that name what is installed by an address or by a name that moves.

Packages out of a distribution's own repositories are none: those are signed and, in a release, fixed.
Sources: the manuals of pip, npm, git, docker, kubectl, helm and of the package managers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from vetstack.code.interface import Command
from vetstack.code.simple import program_of
from vetstack.delivery.downloads import INTERPRETERS
from vetstack.delivery.pinning import MOVING_NAMES, pin_of_image, pin_of_name
from vetstack.records import NamedTuple
from vetstack.regex import Regex

_URL: Final = Regex(r"(?:https?|ftp|s3)://\S+", re.IGNORECASE)
_PACKAGE_MANAGERS: Final = frozenset(
    {"yum", "dnf", "rpm", "zypper", "apt", "apt-get", "dpkg", "msiexec", "msiexec.exe", "apk"}
)
_PIP: Final = Regex(r"(?:\S*/)?(?:pip[\d.]*|uv)")
_OF_KEYS: Final = frozenset({"--import", "--checksig", "-K", "config-manager", "--add-repo"})
_KNOWN_PACKAGES: Final = frozenset(
    {
        "boto3", "botocore", "awscli", "pip", "setuptools", "wheel", "virtualenv", "requests", "s3cmd", "jmespath",
        "ansible", "aws-cfn-bootstrap", "cfnresponse", "crhelper", "pyyaml", "urllib3", "uv", "poetry", "pipenv", "yq",
        "jq", "npm",
        "yarn", "pnpm", "aws-cdk", "typescript", "aws-sdk", "git-remote-codecommit", "cfn-lint", "pytest",
        "aws-sam-cli",
    }
)  # fmt: skip
"""Packages that are tools of AWS or of the language: nobody's product."""

_LONG: Final = Regex(r"(?<=[@=])(?:[0-9a-f]{40}|v?\d[\w.+-]*)")
_VALUED: Final = frozenset(
    {
        "-e", "-v", "-p", "--name", "--env", "--volume", "--publish", "--network", "--net", "-w", "-u", "--user",
        "--restart", "--entrypoint", "--env-file", "-l", "--label", "--log-driver", "--log-opt", "-m", "--memory",
        "--cpus", "--mount", "--add-host", "--workdir", "-h", "--hostname", "--platform", "--pid", "--cap-add",
        "--ulimit",
        "--security-opt", "--device", "--gpus", "--ipc", "--privileged=false", "--dns", "--link", "--pull",
    }
)  # fmt: skip
"""Options of `docker run` that take a value."""


LOOKED_AT: Final = 200
"""Commands after a clone that are looked at for one that runs something of it."""

_VALUED_BY_PIP: Final = frozenset(
    {
        "-r", "-c", "-i", "-f", "-t", "--target", "--index-url", "--extra-index-url", "--requirement", "--constraint",
        "--trusted-host", "--python", "--prefix", "--timeout", "--find-links",
    }
)  # fmt: skip
"""Options of `pip install` that take a value."""

_PACKAGE: Final = Regex(r"[A-Za-z][\w.-]*(?:\[[\w,]+\])?")


_OF_REGISTRY: Final = Regex(r"(@?[\w./-]+)(?:@([\w$]+))?")
_KNOWN_MODULES: Final = ("golang.org/x/", "github.com/aws/", "github.com/awslabs/", "@aws-sdk/", "@aws-cdk/")
_CHART: Final = Regex(r"(?:oci|https?)://\S+|(?!\.)[a-z][\w-]*/[\w-]+")
_CHARTS_OF_AWS: Final = ("eks/", "aws/", "aws-", "oci://public.ecr.aws/eks", "oci://public.ecr.aws/aws")


class Install(NamedTuple):
    """One installation. source: an address, a package or an image; moves: whether nothing fixes it; how: a clause.

    kind: "address" for what is fetched from a URL, "package" for what a registry of a language answers,
    "moving" for the same where a name is written that is meant to move, "image".
    """

    command: Command
    source: str
    kind: str
    moves: bool
    how: str


def installs_in(commands: Sequence[Command]) -> Iterator[Install]:
    """The installations among some commands."""
    for number, command in enumerate(commands):
        name, words = program_of(command.words), command.words
        if name in _PACKAGE_MANAGERS and not _OF_KEYS & set(words):
            for word in words[1:]:
                found = _URL.search(word)
                if found and not re.search(r"\.(?:repo|asc|key|gpg)$|RPM-GPG-KEY", word):
                    yield Install(command, found[0], "address", True, f"installed by {words[0]}")
        elif _PIP.fullmatch(words[0]) or (name.startswith("python") and words[1:3] == ("-m", "pip")):
            yield from _pip(command)
        elif name in ("npm", "npx", "yarn", "pnpm", "gem", "go", "cargo", "uvx", "pipx"):
            yield from _by_registry(command)
        elif name == "git" and "clone" in words:
            yield from _clone(command, commands[number + 1 : number + 1 + LOOKED_AT])
        elif name in ("docker", "podman", "nerdctl", "ctr") and len(words) > 2:
            yield from _image(command)
        elif name in ("kubectl", "oc") and ("apply" in words or "create" in words):
            addresses = (word for word in words if _URL.match(word))
            yield from (Install(command, one, "address", True, f"applied by {words[0]}") for one in addresses)
        elif name == "helm":
            yield from _chart(command)
        elif name == "terraform" or name.startswith(("python", "ruby", "node")):
            yield from _in_program(command)


def _pip(command: Command) -> Iterator[Install]:
    words = command.words
    if "install" not in words:
        return
    elsewhere = any(word.startswith(("--index-url", "--extra-index-url", "-i", "-f", "--find-links")) for word in words)
    skip = False
    for word in words[words.index("install") + 1 :]:
        if skip or word in (">", ">>", "2>", "2>&1", "<"):
            skip = not skip
            continue
        if word.startswith("-"):
            skip = word in _VALUED_BY_PIP
        elif "://" in word:
            pinned = "git+" in word and bool(_LONG.search(word.partition("#")[0].partition("://")[2]))
            if not word.startswith("$"):
                yield Install(command, word, "address", not pinned, "installed by pip")
        elif _is_package(word):
            kind = "address" if elsewhere else "package"
            yield Install(command, word, kind, True, "installed by pip without a version")


def _is_package(word: str) -> bool:
    """Whether a word names a package of somebody's without a version of it."""
    named = _PACKAGE.fullmatch(word) and not word.endswith((".whl", ".gz", ".zip", ".txt"))
    return bool(named) and word.lower() not in _KNOWN_PACKAGES


def _by_registry(command: Command) -> Iterator[Install]:
    """npm and its like: a package without a version is a note, one from a repository or an address is not."""
    name, words = program_of(command.words), command.words
    verbs = {"install", "i", "add", "exec", "run"} & set(words)
    if name in ("npm", "yarn", "pnpm", "gem", "go", "cargo", "pipx") and not verbs:
        return
    start = min((words.index(verb) + 1 for verb in verbs), default=1)
    for word in words[start:]:
        if word.startswith(("-", ".", "/", "$", ">")):
            continue
        if "://" in word or word.startswith(("git+", "github:")):
            yield Install(command, word, "address", not _LONG.search(word), f"installed by {name}")
        else:
            yield from _named_package(command, name, word)
        if name == "npx":
            return


def _named_package(command: Command, name: str, word: str) -> Iterator[Install]:
    """A package by its name alone, or with a name in the place of its version that is meant to move."""
    found = _OF_REGISTRY.fullmatch(word)
    if not found or found[1].lower() in _KNOWN_PACKAGES or found[1].startswith(_KNOWN_MODULES):
        return
    moving = (found[2] or "").lower()
    if not moving:
        yield Install(command, word, "package", True, f"installed by {name} without a version")
    elif moving in MOVING_NAMES:
        yield Install(command, word, "moving", True, f"installed by {name}")


def _chart(command: Command) -> Iterator[Install]:
    """A Helm chart of somebody's without a version: in a registry, at an address, or in a repository that was added."""
    words = command.words
    if not {"install", "upgrade"} & set(words) or any(word.startswith("--version") for word in words):
        return
    charts = [word for word in words[2:] if _CHART.fullmatch(word) and not word.startswith(_CHARTS_OF_AWS)]
    for word in charts[:1]:
        if not _LONG.search(word.replace("-", "=")) and not word.endswith(".tgz"):
            yield Install(command, word, "address", True, "installed by helm without a version")


def _clone(command: Command, later: Sequence[Command]) -> Iterator[Install]:
    """A repository that is cloned and then run, and not set to a commit or a tag."""
    words = command.words
    places = [word for word in words[words.index("clone") + 1 :] if not word.startswith("-")]
    branch = next((after for word, after in zip(words, words[1:], strict=False) if word in ("-b", "--branch")), "")
    source = next((word for word in places if "://" in word or word.startswith("git@")), "")
    if not source or _fixed(branch):
        return
    folder = places[-1] if places[-1] != source else source.rstrip("/").rpartition("/")[2].removesuffix(".git")
    inside = False
    for one in later:
        name = program_of(one.words)
        if name == "git" and ("checkout" in one.words or "reset" in one.words) and _fixed(one.words[-1]):
            return
        if name in ("cd", "pushd", "set-location") and folder in one.words[-1]:
            inside = True
        elif any(folder in word for word in one.words) or inside:
            local = one.words[0].startswith("./") or folder in one.words[0]
            if local or (
                name in INTERPRETERS or name in ("make", "pip", "pip3", "npm", "ansible-playbook", "terraform")
            ):
                at = f' at "{branch}"' if branch else ""
                yield Install(command, source, "address", True, f"cloned{at} and run")
                return


def _fixed(reference: str) -> bool:
    return (
        bool(reference) and pin_of_name(reference).pin in ("digest", "version") and any(c.isdigit() for c in reference)
    )


def _image(command: Command) -> Iterator[Install]:
    words = list(command.words[1:])
    verb = next((word for word in words if word in ("run", "pull", "create")), None)
    if verb is None:
        return
    rest = iter(words[words.index(verb) + 1 :])
    for word in rest:
        if word in _VALUED:
            next(rest, None)
        elif not word.startswith("-"):
            pinned = pin_of_image(word)
            if not word.startswith("$") and re.fullmatch(r"[\w./:@${}-]+", word):
                yield Install(command, word, "image", pinned.pin in ("moving", "none"), "run as a container")
            return


def _in_program(command: Command) -> Iterator[Install]:
    """Programs in a command's own words that fetch and execute: `python -c "exec(urlopen(…).read())"`."""
    for word in command.words[1:]:
        if re.search(r"\bexec\b|\beval\b", word) and re.search(
            r"urlopen|requests\.get|Net::HTTP|https?\.get|fetch\(", word
        ):
            found = _URL.search(word)
            if found:
                source = re.split(r"['\"),]", found[0])[0]
                yield Install(command, source, "address", True, f"executed by {command.words[0]}")
