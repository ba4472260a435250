"""managed_policies.pack: the documents of AWS's managed policies."""

from __future__ import annotations

import json
from pathlib import Path

from facts.packing import write_pack
from facts.wheels import Wheel

PER_BLOCK = 64
"""Policies that are deflated together: more make a smaller file, and more to unpack for one."""


def make(folder: Path) -> None:
    """Writes managed_policies.pack: documents as JSON by path and name, as in their ARNs. folder: of the wheels."""
    moto = Wheel(folder, "moto")
    policies = json.loads(moto.constant("moto/iam/aws_managed_policies.py", "aws_managed_policies_data"))
    texts = {
        policy["Path"] + name: json.dumps(policy["Document"], separators=(",", ":"), sort_keys=True)
        for name, policy in policies.items()
    }
    provenance = {
        "source": f"aws_managed_policies.py of the package {moto.words}, which has the documents from AWS's API",
        "source_sha256": [moto.digest],
        "licence": "Apache-2.0",
        "date": max(policy["UpdateDate"] for policy in policies.values())[:10],
    }
    write_pack("managed_policies.pack", texts, PER_BLOCK, provenance)
