"""Commands are found in shell scripts however they are written, and nothing is taken for one that is none."""

from __future__ import annotations

import pytest

from tests.carried import script
from vetstack.code.interface import Command
from vetstack.code.shell import commands_in, found_in


def words(text: str) -> list[str]:
    return [" ".join(one.words) for one in commands_in(script(text))]


def the(text: str, program: str) -> Command:
    (one,) = [one for one in commands_in(script(text)) if one.words[0] == program]
    return one


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a b; c d && e || f & g", ["a b", "c d", "e", "f", "g"]),
        ("a 'b c' \"d $e\" f\\ g", ["a b c d $e f g"]),
        ("a \\\n  b", ["a b"]),
        ("# a\nb # c\nd#e", ["b", "d#e"]),
        ("if ! a; then b; elif c; then d; else e; fi", ["a", "b", "c", "d", "e"]),
        ("while a; do b; done", ["a", "b"]),
        ("f() { a; }", ["a"]),
        ("X=1 Y=$Z a b", ["a b"]),
        ("sudo -u root -E env A=b nohup timeout 5 a -b", ["a -b"]),
        ("a > b 2>&1 < c", ["a > b 2>&1 < c"]),
        ("curl ${Url}/a.sh", ["curl ${Url}/a.sh"]),
        ("case $x in\n  a) b;;\n  *) c;;\nesac", ["case $x in", "a", "b", "*", "c", "esac"]),
        ("sh -c 'a | b'", ["sh -c a | b", "a", "b"]),
        ('su - user -c "a b"', ["su - user -c a b", "a b"]),
        ("eval 'a b'", ["eval a b", "a b"]),
        ("cat <<EOF > /etc/acme.conf\na | b\nEOF\nc", ["cat > /etc/acme.conf", "c"]),
        ("bash <<'EOF'\na $(b)\nEOF", ["bash", "a $(b)", "b"]),
        ("cat <<-E | sh\n\ta\n\tE\nb", ["cat", "sh", "a", "b"]),
        ("cat > run.sh <<E\na\nE", ["cat > run.sh", "a"]),
        ("cat > run <<E\n#!/bin/bash\na\nE", ["cat > run", "a"]),
        ("cat > run.py <<E\n#!/usr/bin/python\na\nE", ["cat > run.py"]),
        ('echo "* * * * * a | b" | crontab -', ["echo * * * * * a | b", "a", "b", "crontab -"]),
        ("@reboot root a b", ["@reboot root a b", "a b"]),
        ("*/5 * * * * a", ["*/5 * * * * a", "a"]),
        ("echo 'a b' | bash", ["echo a b", "a b", "bash"]),
        ("echo 'a | b'", ["echo a | b"]),
        ("[[ $a == b ]] && c", ["[[ $a == b ]]", "c"]),
        ("a $((1 + 2)) b", ["a $((1 + 2)) b"]),
        ("", []),
        ("\n\n#\n", []),
        (")) a", ["a"]),
    ],
)
def test_commands(text: str, wanted: list[str]) -> None:
    assert sorted(words(text)) == sorted(wanted)


def test_what_output_goes_on_to() -> None:
    assert the("curl x | sudo tee y | bash -s", "curl").feeds == (("tee", "y"), ("bash", "-s"))
    assert the("(curl x; a) | bash", "curl").feeds == (("bash",),)
    assert the("curl x; bash", "curl").feeds == ()


@pytest.mark.parametrize(
    ("text", "within"),
    [
        ("bash <(curl x)", ("bash", "<(curl x)")),
        ('bash -c "$(curl x)"', ("bash", "-c", "$(curl x)")),
        ("eval `curl x`", ("eval", "`curl x`")),
        ('A="b $(curl x)"', ("A=b $(curl x)",)),
        ("cat <<E\n$(curl x)\nE", ("cat",)),
    ],
)
def test_what_output_becomes_part_of(text: str, within: tuple[str, ...]) -> None:
    assert the(text, "curl").within == within


def test_commands_stand_on_their_lines() -> None:
    text = "a\n\nb \\\n  c\nd '\n' e; f\ncat <<E | sh\n\ng\nE\nh $(\n i)\nsh -c '\nj'"
    assert {one.words[0]: one.at.line for one in commands_in(script(text))} == {
        "a": 1, "b": 3, "d": 5, "f": 6, "cat": 7, "sh": 12, "g": 9, "h": 11, "i": 12, "j": 14,
    } | {"sh": 13}  # fmt: skip


def test_here_documents_are_kept_with_who_reads_them() -> None:
    found = found_in(script("python3 - <<EOF > out\nimport x\nEOF"))
    assert [(one.words, one.text, one.line) for one in found.documents] == [
        (("python3", "-", ">", "out"), "import x\n", 2)
    ]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("iwr x | iex", [(("iwr", "x"), None), (("iex",), None)]),
        ("iex (iwr x)", [(("iwr", "x"), ("iex",)), (("iex",), None)]),
        ("$a = Get-It -B 'c d' # e", [(("Get-It", "-B", "c d"), None)]),
        ("<# a\nb #>\nc `\n d; e", [(("c", "d"), None), (("e",), None)]),
        ("if ($x) { New-It }", [(("$x",), ("if",)), (("New-It",), None), (("if",), None)]),
    ],
)
def test_powershell(text: str, wanted: list[tuple[tuple[str, ...], tuple[str, ...] | None]]) -> None:
    assert [(one.words, one.within) for one in commands_in(script(text, "powershell"))] == wanted


def test_methods_have_their_arguments() -> None:
    text = "iex ((New-Object Net.WebClient).DownloadString('https://acme.example/a.ps1'))"
    assert (".DownloadString", "https://acme.example/a.ps1") in [
        one.words for one in commands_in(script(text, "powershell"))
    ]
