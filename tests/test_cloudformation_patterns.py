"""AllowedPattern: exact where it can be told quickly, admitting where it cannot."""

from __future__ import annotations

import re
import string
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vetstack.cloudformation import patterns
from vetstack.cloudformation.patterns import admits

LONG = "a" * 200 + "!"


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        ("[a-z0-9-]+", "acme-1", True),
        ("[a-z0-9-]+", "ACME", False),
        ("^$|^[a-z]{3,5}$", "", True),
        ("^([a-z0-9]+[-.]?)+$", "", False),
        ("((a?)*)*b", "", False),
        ("(a|b|c){50}", "", False),
        (r"arn:aws:iam::\d{12}:role/[\w+=,.@-]+", "arn:aws:iam::481037652914:role/a b", False),
        ("(?i)true|false", "TRUE", True),
        ("(?!0)[0-9]{12}", "012345678901", False),
    ],
)
def test_an_ordinary_pattern_is_exact(pattern: str, value: str, expected: bool) -> None:
    assert admits(pattern, value) is expected


@pytest.mark.parametrize(
    ("pattern", "value"),
    [
        ("(a|aa)+", LONG),
        ("(a|a|a)*b", LONG),
        ("a*a*a*a*a*a*a*a*b", LONG),
        ("^([a-z0-9]+[-.]?)+$", LONG),
        ("(x+x+)+y", "x" * 200),
        ("(a?){60}b", "a" * 60),
        ("a?" * 60 + "a" * 60 + "b", "a" * 60),
        ("(a{0,9}){0,9}b", LONG),
        ("((|){100}b|c)", ""),
        ("(" * 100 + "a" + ")" * 100, "b"),
        ("a" * 3_000, "b"),
        ("[a-z]+", "A" * 300),
    ],
)
def test_one_that_may_take_for_ever_is_not_tried(monkeypatch: pytest.MonkeyPatch, pattern: str, value: str) -> None:
    def tried(*_: object) -> None:
        raise AssertionError("this was tried")

    patterns.admits.cache_clear()
    monkeypatch.setattr(patterns.re, "fullmatch", tried)
    assert admits(pattern, value)


@pytest.mark.parametrize(
    "pattern",
    [
        r"\p{Lower}+", "[a-z&&[^x-z]]+", "[[:alpha:]]+", "[a-z--b]", "[]a]", "a++", "a*+", "(?>a)", r"\Qa\E", r"\z",
        "(?<name>a)", "(?P<name>a)", "(?x)a", r"(a)\1", "a{,3}", "a{", "(a", "a)", "[a", "*", "a\\", r"\é",
    ],
)  # fmt: skip
def test_what_only_one_of_the_engines_reads_admits_everything(pattern: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert admits(pattern, "?")


pieces = st.recursive(
    st.sampled_from(["a", "b", "[ab]", ".", r"\d", "^", "$"]),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"(?:{'|'.join(parts)})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{0,2}", "*?"])).map(
            lambda pair: f"(?:{pair[0]}){pair[1]}"
        ),
    ),
    max_leaves=6,
)


@given(pieces, st.text("ab1", max_size=4))
def test_a_short_value_is_told_exactly_or_admitted(pattern: str, value: str) -> None:
    assert admits(pattern, value) or not re.fullmatch(pattern, value, re.ASCII)


@given(st.text(string.printable, max_size=12), st.text("ab1", max_size=3))
def test_no_pattern_raises_or_refuses_what_it_matches(pattern: str, value: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        admitted = admits(pattern, value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            matched = re.fullmatch(pattern, value, re.ASCII) is not None
        except re.error:
            matched = False
    assert admitted or not matched
