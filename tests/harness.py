"""What the fixtures expect, read without any help from the engine.

A fixture is a template under `fixtures/<rule>/` or `fixtures/onboarding/`. A YAML fixture says in comments
what a review of it must say, and nothing else may be said:

    AWS: '*'                          # expect: VET104
    sts:ExternalId: !Ref ExternalId   # expect: VET102 note when ExternalIdGiven also Parameters.ExternalId
    - !Ref Attached                   # expect: VET201, VET202
    Fn::Transform:                    # expect: VET701 # expect-undecided

and at the top, in comments of their own, `# expect@42: VET101` and `# expect-undecided@42` for a line that can
hold no comment (inside a block scalar), `# flip: no, reason` when cfn-flip cannot carry the template, and
`# doors: checkov no, reason` when a host cannot. A JSON fixture has a sidecar `<name>.expect.json` with the same:

    {"expect": [{"rule": "VET101", "line": 12, "severity": "error", "when": "B is false", "also": "Parameters.C"}],
     "undecided": [14], "flip": "reason", "doors": {"checkov": "reason"}}

of which only `expect` with `rule` and `line` must be there.

A folder there is a fixture too: a module of Terraform, with its policies, templates and the modules that it calls. It
is vetted as a folder. Every file of it says what is expected of itself: HCL and YAML in comments, JSON and whatever
else can hold none in a sidecar beside it (`main.tf.json` in `main.tf.expect.json`).

A plan of Terraform's, `<name>.plan.json`, has such a sidecar too (`<name>.plan.expect.json`). One that is called like a
module beside it is the plan of that module.

An expectation without a severity holds for every severity; `when` and `also` are texts that the finding must contain.

What the rules in HEARD_AT_HOME say counts in fixtures of their own folders and of `fixtures/onboarding/` only. They ask
for what a complete onboarding has (an output, a Sid on every statement), so that they speak of almost every template
that was cut down to show something else. Whether a vendor is declared (VET804) is the customer's to say, not the
template's: that counts in its own folder alone. The doors are compared with all that the command line
says, these rules among the others, for there nothing has to be expected by hand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from vetstack.findings import Finding
from vetstack.position import Position
from vetstack.review import Review, review
from vetstack.settings import Settings

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
SIDECAR = ".expect.json"
SUFFIXES = (".yaml", ".yml", ".json", ".template")
PLAN = ".plan.json"
"""Ending of plans, which are fixtures of their own kind: `load_plans`, with a sidecar where something is expected."""

COMMENTED = (".tf", ".tofu", ".tfvars", ".yaml", ".yml")
"""Endings of files in a module that say in comments what is expected of them."""

ONBOARDING = "onboarding"
"""The folder of whole templates, as a vendor hands them over."""

HEARD_AT_HOME = {
    "VET801": ("missing-role-output", ONBOARDING),
    "VET802": ("undocumented-permission", ONBOARDING),
    "VET803": ("leaves-things-behind", ONBOARDING),
    "VET804": ("unnamed-vendor",),
}
"""Rules that are compared only in folders of these names."""

Place = int | tuple[str, int]
"""A line of a fixture that is one file; a file below the fixture's folder and a line of it."""

_COMMENT = re.compile(r"(?:^|\s)# (expect|expect-undecided|flip|doors)(?:@(\d+))?(?:: (.*?))?(?=\s+# |\s*$)")
_ITEM = re.compile(r"(VET\d{3})(?: (error|warning|note))?(?: when (.+?))?(?: also (\S+))?")


@dataclass(frozen=True, slots=True)
class Expected:
    """One finding that must be there: `when` is contained in the finding's, `also` is one of the finding's.

    file: below the fixture's folder, empty where the fixture is a single file.
    """

    rule: str
    line: int
    severity: str | None = None
    when: str | None = None
    also: str | None = None
    file: str = ""

    @property
    def place(self) -> Place:
        return place(self.file, self.line)

    def __str__(self) -> str:
        when = f" when {self.when}" if self.when else ""
        also = f" also {self.also}" if self.also else ""
        return f"{self.rule}{f' {self.severity}' if self.severity else ''}{when}{also}"

    def fits(self, finding: Finding) -> bool:
        return (
            (self.rule, self.line) == (finding.rule, finding.at.line)
            and self.severity in (None, finding.severity)
            and (self.when is None or self.when in (finding.when or ""))
            and (self.also is None or self.also in finding.also)
        )


@dataclass(slots=True)
class Fixture:
    """A template or a module, and what a review of it must say.

    undecided: lines, or (file, line) in a module; flip: why cfn-flip cannot carry it; doors: why a host cannot.
    """

    path: Path
    expected: list[Expected] = field(default_factory=list)
    undecided: set[Place] = field(default_factory=set)
    flip: str | None = None
    doors: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its folder and file name, which is what a test is called."""
        return f"{self.path.parent.name}/{self.path.name}"

    def place_of(self, at: Position) -> Place:
        """Where something stands, as expectations say it."""
        below = self.path.is_dir() and Path(at.file).is_relative_to(self.path)
        return place(Path(at.file).relative_to(self.path).as_posix() if below else "", at.line)


def place(file: str, line: int) -> Place:
    """A line of a fixture: with its file in front where the fixture has several."""
    return (file, line) if file else line


def shown(at: Place) -> str:
    return ":".join(map(str, at)) if isinstance(at, tuple) else str(at)


def fixture_paths(root: Path = FIXTURES) -> list[Path]:
    """Every template among the fixtures, sidecars left out."""
    found = (path for path in root.glob("*/*") if path.suffix in SUFFIXES)
    return sorted(path for path in found if not path.name.endswith((SIDECAR, PLAN)))


def module_paths(root: Path = FIXTURES) -> list[Path]:
    """Every module among the fixtures: the folders."""
    return sorted(path for path in root.glob("*/*") if path.is_dir())


def read_module(path: Path) -> Fixture:
    """The expectations of a module, gathered from all of its files."""
    whole = Fixture(path)
    for file in sorted(path.rglob("*")):
        sidecar = file.with_name(file.stem + SIDECAR)
        if file.suffix in COMMENTED or (sidecar.exists() and sidecar != file):
            part, name = _read(file), file.relative_to(path).as_posix()
            whole.expected += [replace(one, file=name) for one in part.expected]
            whole.undecided |= {place(name, line) for line in part.undecided if isinstance(line, int)}
            whole.flip = whole.flip or part.flip
            whole.doors |= part.doors
    return whole


def read_fixture(path: Path) -> Fixture:
    """The expectations of one fixture. Raises ValueError for a comment or a sidecar that makes no sense."""
    return read_module(path) if path.is_dir() else _read(path)


def _read(path: Path) -> Fixture:
    if path.suffix not in COMMENTED and path.suffix != ".template":
        sidecar = path.with_name(path.stem + SIDECAR)
        return _from_sidecar(path, json.loads(sidecar.read_text(encoding="utf-8")))
    fixture = Fixture(path)
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        matches = list(_COMMENT.finditer(line))
        for match in matches:
            _take(fixture, match[1], int(match[2] or number), match[3] or "")
        if not matches and "# expect" in line:
            raise ValueError(f"{path}:{number}: no expectation can be read from: {line.strip()}")
    return fixture


def _take(fixture: Fixture, kind: str, line: int, text: str) -> None:
    if kind == "expect-undecided":
        fixture.undecided.add(line)
    elif kind == "flip":
        fixture.flip = _reason(fixture, "no, ", text)
    elif kind == "doors":
        host, _, why = text.partition(" ")
        fixture.doors[host] = _reason(fixture, "no, ", why)
    else:
        for item in text.split(", "):
            match = _ITEM.fullmatch(item)
            if not match:
                raise ValueError(f"{fixture.path}:{line}: no expectation can be read from: {item}")
            fixture.expected.append(Expected(match[1], line, match[2], match[3], match[4]))


def _reason(fixture: Fixture, prefix: str, text: str) -> str:
    if not text.startswith(prefix) or not text.removeprefix(prefix):
        raise ValueError(f"{fixture.path}: an exception says `{prefix}reason`, not: {text}")
    return text.removeprefix(prefix)


def _from_sidecar(path: Path, given: dict[str, object]) -> Fixture:
    unknown = set(given) - {"expect", "undecided", "flip", "doors"}
    if unknown:
        raise ValueError(f"{path}: the sidecar has unknown keys {sorted(unknown)}")
    expected = [Expected(**item) for item in given.get("expect", [])]  # type: ignore[attr-defined]
    flip = given.get("flip")
    return Fixture(path, expected, set(given.get("undecided", [])), flip, dict(given.get("doors", {})))  # type: ignore


def load_modules() -> list[Fixture]:
    """The fixtures that are modules of Terraform."""
    return [read_module(path) for path in module_paths()]


def load_plans(root: Path = FIXTURES) -> list[Fixture]:
    """The fixtures that are plans of Terraform."""
    plans = sorted(root.glob(f"*/*{PLAN}"))
    return [_read(path) if path.with_name(path.stem + SIDECAR).exists() else Fixture(path) for path in plans]


def load_fixtures() -> list[Fixture]:
    """The fixtures that are single templates of CloudFormation."""
    return [read_fixture(path) for path in fixture_paths()]


def vet(path: Path, settings: Settings | None = None, *, like: Path | None = None) -> Review:
    """A review of one file or module, as every fixture test runs it: nothing configured unless the test says so.

    It holds what counts in the fixture that `path` is, or is a copy of (`like`). What a test makes up is as much cut
    down as most fixtures are.
    """
    outcome = review([path], settings or Settings())
    return outcome._replace(findings=[f for f in outcome.findings if is_heard(f.rule, like or path)])


def is_heard(rule: str, path: Path) -> bool:
    """Whether what a rule says of a fixture counts."""
    folder = path.relative_to(FIXTURES).parts[0] if path.is_relative_to(FIXTURES) else ""
    return rule not in HEARD_AT_HOME or folder in HEARD_AT_HOME[rule]


def mismatches(fixture: Fixture, outcome: Review) -> list[str]:
    """Every way in which a review differs from what its fixture expects; empty when there is none."""
    where = fixture.place_of
    wrong = [f"{Path(entry.file).name}:{entry.line}: unread: {entry.reason}" for entry in outcome.unread]
    got = [(where(finding.at), finding) for finding in outcome.findings]
    wrong += [
        f"{shown(e.place)}: missing {e}"
        for e in fixture.expected
        if not any(at == e.place and e.fits(finding) for at, finding in got)
    ]
    places = {(e.rule, e.place) for e in fixture.expected}
    wrong += [
        f"{shown(at)}: unexpected {f.rule} {f.severity} on {f.resource} when {f.when}: {f.message}"
        for at, f in got
        if (f.rule, at) not in places
    ]
    undecided = {where(entry.at) for entry in outcome.undecided}
    wrong += [f"{shown(at)}: missing undecided" for at in sorted(fixture.undecided - undecided, key=str)]
    wrong += [
        f"{shown(where(entry.at))}: unexpected undecided on {entry.resource}: {entry.reason}"
        for entry in outcome.undecided
        if where(entry.at) not in fixture.undecided
    ]
    return wrong


def gist(findings: Iterable[Finding]) -> list[tuple[str, str, str, str]]:
    """(rule, severity, resource, when) of each finding, sorted: what may not change when only the spelling does."""
    return sorted((f.rule, f.severity, f.resource, f.when or "") for f in findings)


def verdict(findings: Iterable[Finding]) -> set[tuple[str, str, str]]:
    """(rule, severity, when) without repetitions: what may not change when resources are renamed or regrouped."""
    return {(f.rule, f.severity, f.when or "") for f in findings}
