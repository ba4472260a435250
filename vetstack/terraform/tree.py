"""The tree of an HCL text, native or JSON: bodies, blocks, attributes and expressions, each knowing where it stands.

No more than `sources.limits.MAX_DEPTH` nodes stand inside one another, so whatever walks a tree may recurse.
"""

from __future__ import annotations

from vetstack.terraform.expressions import (
    Binary,
    Call,
    Conditional,
    Entry,
    Expression,
    ForObject,
    ForTuple,
    GetAttribute,
    Index,
    Interpolation,
    Literal,
    Name,
    Object,
    Parentheses,
    Part,
    Splat,
    Step,
    Template,
    TemplateFor,
    TemplateIf,
    Traversal,
    Tuple,
    Unary,
)
from vetstack.terraform.node import Node, Source, Where
from vetstack.terraform.structure import Attribute, Block, Body

__all__ = [
    "Attribute",
    "Binary",
    "Block",
    "Body",
    "Call",
    "Conditional",
    "Entry",
    "Expression",
    "ForObject",
    "ForTuple",
    "GetAttribute",
    "Index",
    "Interpolation",
    "Literal",
    "Name",
    "Node",
    "Object",
    "Parentheses",
    "Part",
    "Source",
    "Splat",
    "Step",
    "Template",
    "TemplateFor",
    "TemplateIf",
    "Traversal",
    "Tuple",
    "Unary",
    "Where",
]
