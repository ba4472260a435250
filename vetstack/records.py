"""`NamedTuple` as typing has it, made in half the time: typing compiles the text of every annotation.

Nobody here asks for what annotations mean, the engine has more than a hundred such classes, and a commit hook waits for
each of them.
"""

from __future__ import annotations

from collections import namedtuple
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple
else:

    class _Made(type):
        """Makes the class that `collections.namedtuple` makes of the annotations of a body, with all else in it."""

        def __new__(cls, name, bases, body):
            if not bases:
                return super().__new__(cls, name, bases, body)
            fields = body["__annotations__"]
            defaults = [body[field] for field in fields if field in body]
            made = namedtuple(name, fields, defaults=defaults, module=body["__module__"])
            for key, value in body.items():
                if key not in fields and key != "__module__":
                    setattr(made, key, value)
            return made

    class NamedTuple(metaclass=_Made):
        """Base of classes with fields, in the order of their annotations; a default is given in the body."""
