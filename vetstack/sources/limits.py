"""How much a source may ask of the reader. Every limit on size stands here and nowhere else.

A template that is vetted is untrusted: a file of a few kilobytes can be made to cost gigabytes or hours. What
passes a limit is unreadable, with a sentence that says which one.
"""

from __future__ import annotations

from typing import Final

MAX_BYTES: Final = 16 * 1024 * 1024
"""Bytes of one file. CloudFormation itself takes 1 MB; the room above that is for Terraform plans."""

MAX_DEPTH: Final = 100
"""Collections inside one another, in the tree that results: a short intrinsic is a level, and an alias is as deep
as what it stands for. libyaml's time grows with the square of the depth, and every stage after this one may recurse
over the tree: a hundred levels leave ten frames of Python's thousand for each. Real templates stay under thirty."""

MAX_NODES: Final = 500_000
"""Keys, values and collections of one file, aliases counted as what they stand for. At some 400 bytes a node this
is 200 MB. A template of CloudFormation's full megabyte has about 60,000."""

MAX_ALIASED_NODES: Final = 100_000
"""Nodes that aliases (`*name`) stand for, all together. Nine lines of aliases of aliases make a billion nodes out of
nothing; the largest real template that uses aliases at all repeats a few hundred."""

MAX_SEPARATING_TABS: Final = 10_000
"""Tabs that are read as the spaces they stand for where libyaml refuses them. With more of them a file stays unread."""

MAX_TOKENS: Final = 1_000_000
"""Words and signs of one HCL text, some 170 bytes of memory each with the nodes made of them. The largest of 1,700
real files has 8,000."""
