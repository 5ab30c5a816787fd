"""The tiny model, built by the Python that has vLLM."""

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
