"""Calls of boto3 in Python: by the syntax tree where the text parses, by patterns where it does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from vetstack.code.interface import GIVEN_LIMIT, Seen
from vetstack.code.names import RESOURCES, action_of
from vetstack.regex import Regex

if TYPE_CHECKING:
    import ast

TREE_LIMIT: Final = 300_000
"""Characters of a text of which a syntax tree is made."""

GIVEN_LINES: Final = 10
"""Lines of a call of which the arguments are kept."""

CHAIN_LIMIT: Final = 12
"""Calls and attributes of one expression that are followed."""

MAKERS: Final = ("client", "resource")
"""What names of functions that make clients end in: `boto3.client`, `session.resource`, `get_client`."""

BY_NAME: Final = {
    "iam": "iam",
    "kms": "kms",
    "s3": "s3",
    "lambda": "lambda",
    "organizations": "organizations",
    "cloudformation": "cloudformation",
    "cfn": "cloudformation",
    "secretsmanager": "secretsmanager",
}
"""Words in the names of variables that hold a client of a service: `iam`, `iam_client`, `self.iam`."""

NO_CALLS: Final = frozenset({"get_paginator", "get_waiter", "can_paginate", "close", "generate_presigned_url", "meta"})
"""Methods of every client that call nothing themselves."""

_HOLE: Final = Regex(r"\$\{[^{}\n]*\}|\{\{[^{}\n]*\}\}")
_PARTS: Final = Regex(r"[a-z0-9]+|[A-Z][a-z0-9]*")

_TOKENS: Final = Regex(
    r"(?P<text>\"\"\"(?:[^\\]|\\.)*?(?:\"\"\"|\Z)|'''(?:[^\\]|\\.)*?(?:'''|\Z)|\"(?:[^\"\\\n]|\\.)*\"?|'(?:[^'\\\n]|\\.)*'?)"
    r"|(?P<comment>\#[^\n]*)",
    re.DOTALL,
)
_MAKER: Final = Regex(
    r"(?<![\w.])([\w.]{1,200})\s{0,20}=\s{0,20}[\w.()]{0,120}?(?:client|resource)\(\s*(?:service_name\s*=\s*)?['\"]([\w-]+)['\"]"
)
_CALL: Final = Regex(r"(?<![\w.])([\w.]{1,200})\.(\w{1,80})\s*\(")
_DIRECT: Final = Regex(r"\b\w*(?:client|resource)\(\s*['\"]([\w-]+)['\"][^()\n]*\)\s*\.\s*(\w+)\s*\(")


def calls_in(text: str) -> Iterator[Seen]:
    """The calls of AWS's API in a text of Python."""
    whole = _HOLE.sub("_hole_", text)
    tree = _parsed(whole) if len(whole) <= TREE_LIMIT else None
    yield from _by_pattern(whole) if tree is None else _Clients(tree, whole).calls()


def _parsed(text: str) -> ast.Module | None:
    import ast
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


class _Clients:
    """The names of one program that hold clients of AWS's services, and the calls that are made through them.

    Of a name, whatever it is given anywhere counts: scopes are not told apart.
    """

    def __init__(self, tree: ast.Module, text: str) -> None:
        import ast

        self.ast = ast
        self.lines = text.split("\n")
        self.nodes = list(ast.walk(tree))
        self.known: dict[str, tuple[str, str]] = {}
        self.other: set[str] = set()
        for _ in range(3):  # a name may be given the value of another
            before = len(self.known)
            self._assignments()
            if len(self.known) == before:
                break

    def _assignments(self) -> None:
        ast = self.ast
        for node in self.nodes:
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    self._take(target, node.value)
            elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
                self._take(node.target, node.value)
            elif isinstance(node, ast.withitem) and node.optional_vars is not None:
                self._take(node.optional_vars, node.context_expr)
            elif isinstance(node, ast.FunctionDef):
                returned = [one.value for one in node.body if isinstance(one, ast.Return) and one.value is not None]
                made = self._client(returned[-1]) if returned else None
                if made:
                    self.known.setdefault(f"{node.name}()", made)

    def _take(self, target: ast.expr, value: ast.expr) -> None:
        name = self._name(target)
        if name:
            made = self._client(value)
            if made:
                self.known.setdefault(name, made)
            elif isinstance(value, self.ast.Call):
                self.other.add(name)

    def _name(self, node: ast.expr) -> str:
        """A name with its attributes, empty for anything else."""
        parts: list[str] = []
        while isinstance(node, self.ast.Attribute):
            parts.append(node.attr)
            node = node.value
        return ".".join([node.id, *reversed(parts)]) if isinstance(node, self.ast.Name) else ""

    def _client(self, node: ast.expr, depth: int = 0) -> tuple[str, str] | None:
        """The service of a client, and of one of boto3's resources what it is; None for anything else."""
        ast = self.ast
        if depth > CHAIN_LIMIT:
            return None
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else self._name(node.func)
            named = [one.value for one in node.keywords if one.arg == "service_name"]
            first = (node.args or named)[:1]
            if called.lower().endswith(MAKERS) and first and isinstance(first[0], ast.Constant):
                return (str(first[0].value), "")
            if isinstance(node.func, ast.Attribute):
                around = self._client(node.func.value, depth + 1)
                if around and called[:1].isupper():
                    return (around[0], called)
                if around and around[1] == "" and called == "create_role":
                    return (around[0], "Role")
            return self.known.get(f"{self._name(node.func)}()")
        if isinstance(node, ast.Subscript):  # clients by the names of their services
            key = self._constant(node.slice)
            return (BY_NAME[key], "") if key in BY_NAME else None
        name = self._name(node)
        if name in self.known:
            return self.known[name]
        if isinstance(node, ast.Attribute) and node.attr == "meta":
            return self._client(node.value, depth + 1)
        return None if name in self.other else _by_name(name)

    def calls(self) -> Iterator[Seen]:
        """Every call through a client, and every method of one that is handed to somebody else to call."""
        ast = self.ast
        for node in self.nodes:
            if not isinstance(node, ast.Call):
                continue
            for argument in node.args:
                handed = self._client(argument.value) if isinstance(argument, ast.Attribute) else None
                if handed and isinstance(argument, ast.Attribute) and "_" in argument.attr:
                    yield self._seen(handed, argument.attr, argument.end_lineno or node.lineno, node)
            if isinstance(node.func, ast.Attribute):
                client = self._client(node.func.value)
                method: str | None = node.func.attr
                line = node.func.end_lineno or node.lineno
            elif self._name(node.func) == "getattr" and len(node.args) >= 2:
                client, method, line = self._client(node.args[0]), self._constant(node.args[1]), node.lineno
            else:
                continue
            if client and method == "get_paginator" and node.args:
                method = self._constant(node.args[0])
            if client and method and method not in NO_CALLS and not method[:1].isupper():
                yield self._seen(client, method, line, node)

    def _seen(self, client: tuple[str, str], method: str, line: int, node: ast.Call) -> Seen:
        written = f"{client[0]}{f'.{client[1]}' if client[1] else ''}.{method}"
        action = RESOURCES.get((*client, method)) or action_of(client[0], method)
        return Seen(action, written, line, self._given(node))

    def _constant(self, node: ast.expr) -> str | None:
        return node.value if isinstance(node, self.ast.Constant) and isinstance(node.value, str) else None

    def _given(self, node: ast.Call) -> str:
        last = min(node.end_lineno or node.lineno, node.lineno + GIVEN_LINES)
        lines = self.lines[node.lineno - 1 : last]
        return " ".join(line[:GIVEN_LIMIT].strip() for line in lines)[:GIVEN_LIMIT]


def _by_name(name: str) -> tuple[str, str] | None:
    """The service that a variable is called after, when nothing says what it holds."""
    last = name.rpartition(".")[2]
    words = {word.lower() for word in _PARTS.findall(last)} if len(last) < 40 else set()
    found = next((service for word, service in BY_NAME.items() if word in words), None)
    rest = words - {"client", "boto3", "boto", "aws", "conn", "connection", "svc", "service", "api", "sdk", "cli"}
    return (found, "") if found and len(rest) == 1 and name else None


def _by_pattern(text: str) -> Iterator[Seen]:
    """The calls of a text that does not parse: comments and quoted texts are left out."""
    bare = _TOKENS.sub(lambda found: _blank(found[0], found.lastgroup == "text"), text)
    uncommented = _TOKENS.sub(lambda found: found[0] if found.lastgroup == "text" else _blank(found[0], False), text)
    known = {found[1]: found[2] for found in _MAKER.finditer(uncommented)}
    for found in _CALL.finditer(bare):
        named = known.get(found[1]) or (_by_name(found[1]) or ("",))[0]
        if named and found[2] not in NO_CALLS:
            yield _seen(named, found[2], uncommented, found)
    for found in _DIRECT.finditer(uncommented):
        yield _seen(found[1], found[2], uncommented, found)


def _seen(service: str, method: str, text: str, found: re.Match[str]) -> Seen:
    line = text.count("\n", 0, found.start(2)) + 1
    given = " ".join(text[found.start() : found.start() + GIVEN_LIMIT].partition(")")[0].split())
    return Seen(action_of(service, method), f"{service}.{method}", line, given)


def _blank(text: str, quoted: bool) -> str:
    """As many characters and lines as the text, saying nothing."""
    kept = re.sub(r"[^\n]", " ", text)
    return f'"{kept[1:-1]}"' if quoted and len(kept) > 1 else kept
