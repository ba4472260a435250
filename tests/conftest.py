"""What holds for every test."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("vetstack", deadline=None)  # how long something takes is measured in bench/, never here
settings.load_profile("vetstack")
