"""Where shards may lie: the same promises hold for each of these."""

import os

S3 = os.environ.get("PACT_TEST_S3", "")
ROOTS = ["folder", "file", "memory", *(["s3"] if S3 else [])]
"""`PACT_TEST_S3=s3://bucket` adds an S3-compatible store, reached by AWS's own variables."""


def address(kind, folder):
    """The setting PACT_SHARDS for a test that has this folder to itself."""
    return {
        "folder": str(folder / "home" / "shards"),
        "file": f"file://{folder}/home/shards",
        "memory": f"memory://{folder.parent.name}-{folder.name}",
        "s3": f"{S3}/{folder.parent.name}-{folder.name}",
    }[kind]
