"""Terraform and OpenTofu: HCL in both its syntaxes, what its expressions come to, and the model of a module."""

from __future__ import annotations
