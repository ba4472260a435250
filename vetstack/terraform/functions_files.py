"""Functions that read files: only such as lie in the folder that the user named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vetstack.position import Position
from vetstack.sources.interface import Unreadable
from vetstack.terraform import tree
from vetstack.terraform.elements import function_of
from vetstack.terraform.encoding import nowhere
from vetstack.terraform.evaluator import Scope
from vetstack.terraform.functions import Function, Given
from vetstack.terraform.templates import render
from vetstack.terraform.written import Source, source_of, with_source
from vetstack.values import ABSENT, Hole, Map, Text, Unknown, Value

if TYPE_CHECKING:
    from vetstack.terraform.module import Module

FILESET_LIMIT: Final = 200


def file_value(module: Module, name: Text, at: Position) -> Value:
    """The text of a file, standing in that file."""
    found = module.work.read_file(str(name), at)
    if found is None:
        return Unknown((Hole("external", str(name)),), at)
    path, text = found
    source = Source([(module.work.world.always, text)], [], path, None, None)
    return with_source(Text(text, nowhere(path)), source)


def _file(given: Given) -> Value | None:
    name = given.arguments[0] if given.arguments else ABSENT
    return file_value(given.scope.module, name, given.at) if isinstance(name, Text) else _undecided(given, name)


def _undecided(given: Given, name: Value) -> Value:
    shown = str(name).replace("${", "").replace("}", "") if isinstance(name, Unknown) else "something"
    given.scope.module.work.complain(given.at, f"which file is read here is decided by {shown}")
    return function_of(given.name, given.arguments, given.at)


def _template_file(given: Given) -> Value | None:
    name, variables = given.arguments if len(given.arguments) == 2 else (ABSENT, ABSENT)
    if not isinstance(name, Text):
        return _undecided(given, name)
    found = given.scope.module.work.read_file(str(name), given.at)
    if found is None:
        return Unknown((Hole("external", str(name)),), given.at)
    path, text = found
    return _rendered(given.scope.module, text, path, variables, given.at)


def _rendered(module: Module, text: str, path: str, variables: Value, at: Position) -> Value:
    from vetstack.terraform.syntax import parse_template

    try:
        expression = parse_template(text, path)
    except Unreadable as error:
        place = Position(path, max(error.line, 1), max(error.column, 1), max(error.line, 1), max(error.column, 1))
        module.work.complain(place, f"the template {path}: {error.reason}")
        return Unknown((Hole("external", path),), at)
    scope = Scope(module, _names(variables), only=True)
    if isinstance(expression, tree.Template):
        return render(scope, expression.parts, nowhere(path), None, path)
    if isinstance(expression, tree.Literal):
        return render(scope, (expression,), nowhere(path), None, path)
    return scope.evaluate(expression)


def _names(variables: Value) -> dict[str, Value]:
    return dict(variables) if isinstance(variables, Map) else {}


def render_text(module: Module, template: Value, names: dict[str, Value], at: Position) -> Value:
    """A template that is given as text, in a file or in the configuration."""
    if not isinstance(template, Text):
        return template if isinstance(template, Unknown) else function_of("template", [template], at)
    source = source_of(template)
    path = source.file if source is not None and source.origin is None else template.at.file
    variables = Map(names, at, {})
    return _rendered(module, str(template), path, variables, at)


def _template_string(given: Given) -> Value | None:
    if len(given.arguments) != 2:
        return None
    template, variables = given.arguments
    return render_text(given.scope.module, template, _names(variables), given.at)


def _file_exists(given: Given) -> Value | None:
    import os

    name = given.arguments[0] if given.arguments else ABSENT
    work = given.scope.module.work
    if not isinstance(name, Text) or not work.inside(work.place(str(name))):
        return None
    return Text(("false", "true")[os.path.isfile(work.place(str(name)))], given.at)


def _fileset(given: Given) -> Value | None:
    """The files of a folder that match a pattern, as a set of their paths in it."""
    folder, pattern = given.arguments if len(given.arguments) == 2 else (ABSENT, ABSENT)
    work = given.scope.module.work
    if not isinstance(folder, Text) or not isinstance(pattern, Text) or ".." in pattern:
        return None
    root = work.place(str(folder))
    if not work.inside(root):
        return None
    from pathlib import Path

    from vetstack.terraform.elements import SetItems

    names = sorted(str(one.relative_to(root)) for one in Path(root).glob(str(pattern)) if one.is_file())
    return SetItems([Text(one, given.at) for one in names[:FILESET_LIMIT]], given.at)


FILES: Final[dict[str, Function]] = {
    "file": _file,
    "filebase64": _file,
    "templatefile": _template_file,
    "templatestring": _template_string,
    "fileexists": _file_exists,
    "fileset": _fileset,
}
"""Functions by name, of arguments without alternatives."""
