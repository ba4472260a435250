"""`vetstack.toml`: what it sets, how it is refused, and where it is read from."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from vetstack.configuration import ConfigurationError, settings_from
from vetstack.rules import all_rules
from vetstack.settings import Settings

RULE = next(rule for rule in all_rules() if rule.number >= 100)

EVERYTHING = f"""
trusted-accounts = ["111122223333", "012345678901"]
stackset = "self-managed"
regions = ["eu-central-1", "us-gov-west-1", "eu-central-1"]
trust-suppressions = true
off = ["{RULE.name}"]
vendor-accounts = ["999988887777"]
"""


def write(folder: Path, text: str | bytes, name: str = "vetstack.toml") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refusal(folder: Path, text: str | bytes) -> str:
    write(folder, text)
    with pytest.raises(ConfigurationError) as caught:
        settings_from(None, folder)
    return str(caught.value)


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert settings_from(None, tmp_path) == Settings()
    assert settings_from(None, tmp_path).source is None


def test_everything_can_be_set(tmp_path: Path) -> None:
    write(tmp_path, EVERYTHING)
    assert settings_from(None, tmp_path) == Settings(
        trusted_accounts=frozenset({"111122223333", "012345678901"}),
        stackset="self-managed",
        regions=("eu-central-1", "us-gov-west-1"),
        trust_suppressions=True,
        off=frozenset({RULE.id}),
        source="vetstack.toml",
        vendor_accounts=frozenset({"999988887777"}),
    )


def test_an_empty_file_changes_nothing_but_is_named(tmp_path: Path) -> None:
    write(tmp_path, b"\xef\xbb\xbf# nothing yet\n")
    assert settings_from(None, tmp_path) == Settings(source="vetstack.toml")


def test_a_named_file_is_read_instead(tmp_path: Path) -> None:
    write(tmp_path, 'stackset = "off"')
    named = write(tmp_path, 'regions = ["eu-west-1"]', "other.toml")
    assert settings_from(named, tmp_path) == Settings(regions=("eu-west-1",), source=str(named))


def test_a_file_above_the_working_directory_does_not_count(tmp_path: Path) -> None:
    write(tmp_path, 'stackset = "off"')
    (tmp_path / "inner").mkdir()
    assert settings_from(None, tmp_path / "inner") == Settings()


@pytest.mark.parametrize("spelling", [RULE.id, RULE.id.lower(), str(RULE.number), RULE.name])
def test_a_rule_is_switched_off_by_any_of_its_names(tmp_path: Path, spelling: str) -> None:
    write(tmp_path, f'off = ["{spelling}"]')
    assert settings_from(None, tmp_path).off == {RULE.id}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\ntrusted-acounts = []", 'toml:2: unknown key "trusted-acounts": did you mean "trusted-accounts"?'),
        ("[stackset-mode]\nx = 1", 'vetstack.toml:1: unknown key "stackset-mode": did you mean "stackset"?'),
        ("# x\n\n[zzz.deeper]\nx = 1", 'vetstack.toml:3: unknown key "zzz"; the keys are trusted-accounts, stackset, '),
        ("trusted_accounts = []", 'did you mean "trusted-accounts"?'),
        ("regions = []\ntrusted-accounts = [111122223333]", "toml:2: trusted-accounts: must be a list of texts"),
        ('trusted-accounts = "111122223333"', "vetstack.toml:1: trusted-accounts: must be a list of texts"),
        ('trusted-accounts = ["12345"]', '"12345" is not an account id, which has 12 digits'),
        ('trusted-accounts = ["١١١١٢٢٢٢٣٣٣٣"]', "is not an account id"),
        ('trusted-accounts = ["111122223333\\n"]', "is not an account id"),
        ("stackset = true", 'stackset: must be one of "service-managed", "self-managed", "off"'),
        ("stackset = []", "stackset: must be one of"),
        ("stackset.model = 1", "vetstack.toml:1: stackset: must be one of"),
        ('regions = ["Frankfurt"]', '"Frankfurt" is not the name of a region, such as "eu-central-1"'),
        ('trust-suppressions = "yes"', "trust-suppressions: must be true or false"),
        ("trust-suppressions = 1", "trust-suppressions: must be true or false"),
        ('off = ["no-such-rule-at-all"]', 'off: there is no rule "no-such-rule-at-all"'),
        (f'off = ["{RULE.name}x"]', f'did you mean "{RULE.name}"?'),
        ('off = ["VET001"]', "VET001 unread is about the review itself and cannot be switched off"),
        ('off = ["undecided"]', "VET002 undecided is about the review itself"),
        ('off = ["untrusted-suppression"]', "VET003 untrusted-suppression is about the review itself"),
        ("stackset = \n", "vetstack.toml:1:12: Invalid value"),
        ('stackset = "off"\nstackset = "off"\n', "vetstack.toml:2"),
        (b"\xff", "vetstack.toml is not UTF-8"),
        (b"#" * 1_000_001, "vetstack.toml is larger than 1,000,000 bytes"),
        ("regions = " + "[" * 100_000, "vetstack.toml"),
    ],
)  # fmt: skip
def test_what_means_nothing_is_refused_with_its_place(tmp_path: Path, text: str | bytes, said: str) -> None:
    assert said in refusal(tmp_path, text)


def test_a_named_file_must_be_there(tmp_path: Path) -> None:
    missing = tmp_path / "missing.toml"
    with pytest.raises(ConfigurationError, match="there is no such file"):
        settings_from(missing, tmp_path)


def test_what_cannot_be_opened_is_refused_rather_than_left_out(tmp_path: Path) -> None:
    (tmp_path / "vetstack.toml").mkdir()
    with pytest.raises(ConfigurationError, match="cannot be read"):
        settings_from(None, tmp_path)


def test_the_parser_is_imported_only_for_a_file_that_is_there(tmp_path: Path) -> None:
    program = (
        "import sys; from vetstack.configuration import settings_from; settings_from(None, '.');"
        "print(sorted({'tomllib', 'tomli', 'difflib'} & set(sys.modules)))"
    )
    environment = {"PYTHONPATH": str(Path(__file__).parent.parent)}
    command = [sys.executable, "-c", program]
    without = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert without.stdout == "[]\n", without.stderr
    write(tmp_path, 'stackset = "off"')
    with_file = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert with_file.stdout in ("['tomllib']\n", "['tomli']\n"), with_file.stderr
