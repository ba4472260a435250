"""Answers of servers in code: which names hold what was fetched, so that one can tell what is done with it.

Python by its syntax tree, shell by its files and variables, JavaScript by what stands in the same piece of code. Names
are followed through assignments, loops, arguments and returned values, wherever they stand: this finds too much rather
than too little, and is only asked of calls that grant something.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from vetstack.code.interface import Call, Script
from vetstack.regex import Regex

if TYPE_CHECKING:
    import ast

_FETCH: Final = Regex(
    r"(?:^|\.)(?:urlopen|urlretrieve|read_url|fetch_url)$|(?:^|\.)(?:requests|httpx|urllib3)\.(?:get|request|Session)$"
    r"|(?:^|\.)\w*(?:http|pool|session|PoolManager|conn|connection)\w*(?:\(\))?\.(?:request|get|getresponse)$",
    re.IGNORECASE,
)
"""How functions are called that ask a server for something, with all names before their own."""

_RESPONSE: Final = Regex(r"ResponseURL|response_?url", re.IGNORECASE)
_WRITES: Final = Regex(r"['\"](?:PUT|DELETE)['\"]")
_ADDRESS: Final = Regex(r"https?://(?!169\.254|www\.w3\.org|schemas\.)[\w$]", re.IGNORECASE)
_HOLE: Final = Regex(r"\$\{[^{}\n]*\}")
_WORD: Final = Regex(r"[A-Za-z_]\w*")
_IN_JAVASCRIPT: Final = Regex(r"https?\.get\(|\bfetch\(|axios\.get\(|axios\(|method:\s*['\"]GET['\"]|got\(")

ARGUMENTS: Final = Regex(r"(?:PolicyDocument|PolicyArn|policy_document|policy_arn)\s*[=:]\s*(.*)", re.DOTALL)
"""The arguments of a granting call that say what is granted."""

_NEXT_ARGUMENT: Final = Regex(r",\s*\w+\s*[=:]")

ROUNDS: Final = 12
"""How often names are passed on."""


def takes_answer(call: Call, script: Script, known: dict[int, set[str]]) -> bool:
    """Whether what a call grants is something that the code was answered. known: what was read of scripts before."""
    given = ARGUMENTS.search(call.given)
    if script.language == "python":
        names = answered_names(script.text)
        text = _NEXT_ARGUMENT.split(given[1])[0] if given else call.given
        return bool(names and names & set(_WORD.findall(text)))
    if script.language == "javascript":
        fetches = _IN_JAVASCRIPT.search(script.text)
        return bool(fetches and _ADDRESS.search(script.text) and not re.search(r"PolicyDocument:\s*['\"{]", call.given))
    return script.language in ("shell", "powershell") and _in_shell(call, script, known)


def _in_shell(call: Call, script: Script, known: dict[int, set[str]]) -> bool:
    from vetstack.code.shell import commands_in
    from vetstack.delivery.fetching import fetches_of

    key = id(script)
    if key not in known:
        fetches = [(command, fetch) for command in commands_in(script) for fetch in fetches_of(command)]
        files = {fetch.target.rpartition("/")[2] for _, fetch in fetches if fetch.target}
        known[key] = files | {" ".join(command.within) for command, _ in fetches if command.within}
    return any(text in call.given for text in known[key])


_RUNS: Final = Regex(r"(?:^|\.)(?:exec|eval|compile|system|popen|Popen|run|call|check_call|check_output)$")
_RUNS_IN_JAVASCRIPT: Final = Regex(r"\beval\(|new Function\(|\bvm\.(?:runIn\w+|Script)|\bexecSync\(")


def executed_answers(script: Script) -> Iterator[tuple[int, str]]:
    """The lines on which a program executes what a server has answered, and how; each with a clause."""
    if script.language == "javascript":
        fetches = _IN_JAVASCRIPT.search(script.text) and _ADDRESS.search(script.text)
        found = _RUNS_IN_JAVASCRIPT.search(script.text) if fetches else None
        if found:
            yield script.text.count("\n", 0, found.start()) + 1, f"given to {found[0].rstrip('(')}"
    if script.language != "python" or not re.search(r"\bexec|\beval|subprocess|os\.", script.text):
        return
    import ast

    tree = _tree(script.text)
    names = set(answered_names(script.text)) if tree else set()
    for node in ast.walk(tree) if tree else ():
        called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
        runs = _RUNS.search(called) and not called.startswith(("re.", "asyncio.", "loop."))
        if runs and isinstance(node, ast.Call) and any(_holds(one, names) for one in node.args):
            yield node.lineno, f"given to {called}"


def _tree(text: str) -> ast.Module | None:
    import ast

    try:
        return ast.parse(_HOLE.sub("hole", text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


@lru_cache(maxsize=64)
def answered_names(text: str) -> frozenset[str]:
    """The names in Python code that hold what a server has answered; none where the text is no Python."""
    import ast

    tree = _tree(text)
    if tree is None:
        return frozenset()
    names: set[str] = set()
    nodes = list(ast.walk(tree))
    parameters = {one.name: [arg.arg for arg in one.args.args] for one in nodes if isinstance(one, ast.FunctionDef)}
    for _ in range(ROUNDS):
        before = len(names)
        for node in nodes:
            names.update(_passed_on(node, names, parameters))
        if len(names) == before:
            break
    return frozenset(names)


def _passed_on(node: ast.AST, names: set[str], parameters: dict[str, list[str]]) -> Iterator[str]:
    """The names that one node makes hold an answer."""
    import ast

    if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)) and node.value and _holds(node.value, names):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from (name for target in targets for name in _names_in(target))
    elif isinstance(node, (ast.For, ast.comprehension)) and _holds(node.iter, names):
        yield from _names_in(node.target)
    elif isinstance(node, ast.withitem) and node.optional_vars and _holds(node.context_expr, names):
        yield from _names_in(node.optional_vars)
    elif isinstance(node, ast.FunctionDef):
        returned = (one.value for one in ast.walk(node) if isinstance(one, ast.Return) and one.value)
        if any(_holds(one, names) for one in returned):
            yield node.name
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in parameters:
        own = parameters[node.func.id]
        yield from (name for name, one in zip(own, node.args, strict=False) if _holds(one, names))
        yield from (one.arg for one in node.keywords if one.arg and _holds(one.value, names))


def _names_in(target: ast.AST) -> Iterator[str]:
    import ast

    for one in ast.walk(target):
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
            yield one.id
        elif isinstance(one, ast.Name) and isinstance(target, (ast.Subscript, ast.Attribute)):
            yield one.id
            return


def _holds(value: ast.AST, names: set[str]) -> bool:
    """Whether an expression has an answer in it, or asks for one. What only tells whether it went well is none."""
    import ast

    for one in ast.walk(value):
        if isinstance(one, ast.Name) and one.id in names:
            return True
        if isinstance(one, ast.Call) and _fetches(one):
            return True
    return False


def _fetches(call: ast.Call) -> bool:
    import ast

    called = ast.unparse(call.func)
    if not _FETCH.search(called):
        return False
    given = ", ".join(ast.unparse(one) for one in (*call.args, *(one.value for one in call.keywords)))
    return not (_RESPONSE.search(given) or _WRITES.search(given))
