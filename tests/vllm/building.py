"""The tiny model, built by the Python that has vLLM; and which engines run."""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
QUIET = {"HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1", "VLLM_CPU_KVCACHE_SPACE": "1"}
"""No network, no statistics sent, one GiB for the cache."""


def build(folder: Path, python: str = sys.executable) -> Path:
    """Write `model`, `base` (without a chat template) and `adapter` below the folder."""
    subprocess.run(
        [python, HERE / "build_model.py", folder], check=True, env={**os.environ, **QUIET}
    )
    return folder


def engines_of(parent: int) -> list[int]:
    """Process ids of the engines that a process has started."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            status = (path / "stat").read_text().rpartition(")")[2].split()
            name = (path / "cmdline").read_bytes()
        except OSError:
            continue
        if int(status[1]) == parent and status[0] != "Z" and b"EngineCore" in name:
            found.append(int(path.name))
    return found
