"""LoRA adapters in folders, as `peft` writes them: checked, and known by the hash of what they are."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from modeling.backends.protocol import PermanentError

CONFIG: Final = "adapter_config.json"
WEIGHTS: Final = ("adapter_model.safetensors", "adapter_model.bin")
LONGEST_HEADER: Final = 100_000_000
READS_HIDDEN: Final = re.compile(r"\.(q|k|v|gate|up)_proj\.lora_A\.weight$")
"""Weights whose second dimension is the width of the model that they were made for."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """One adapter. `sha256` covers its configuration and weights, so it survives being moved.

    `width` is the hidden size of the model it was made for, None where its weights do not say.
    """

    folder: Path
    rank: int
    base_model: str
    sha256: str
    width: int | None = None

    @property
    def name(self) -> str:
        """What it goes by in the engine; another content is another adapter."""
        return f"{self.folder.name}-{self.sha256[:12]}"

    def describe(self) -> dict[str, object]:
        """What a manifest keeps: no path of this machine."""
        return {
            "name": self.folder.name,
            "sha256": self.sha256,
            "rank": self.rank,
            "base_model": self.base_model,
        }


def load(path: str) -> Adapter:
    """Read an adapter's folder. Raises PermanentError naming what is missing or wrong."""
    folder = Path(path).expanduser()
    if not folder.is_dir():
        raise PermanentError(f"There is no adapter folder {path!r} on this machine.")
    weights = [folder / name for name in WEIGHTS if (folder / name).is_file()]
    if not weights:
        raise PermanentError(f"The adapter {path!r} holds no weights ({' or '.join(WEIGHTS)}).")
    config = _config(folder)
    rank = config.get("r")
    if config.get("peft_type") != "LORA" or not isinstance(rank, int) or rank < 1:
        raise PermanentError(
            f"The adapter {path!r} is no LoRA adapter: peft_type {config.get('peft_type')!r}, "
            f"rank {rank!r}."
        )
    base_model = str(config.get("base_model_name_or_path") or "")
    digest = _digest([folder / CONFIG, *weights])
    return Adapter(folder, rank, base_model, digest, _width(weights[0]))


def _config(folder: Path) -> dict[str, Any]:
    try:
        config = json.loads((folder / CONFIG).read_bytes())
    except (OSError, ValueError) as error:
        raise PermanentError(f"The adapter {str(folder)!r} has no readable {CONFIG}.") from error
    if not isinstance(config, dict):
        raise PermanentError(f"{CONFIG} of the adapter {str(folder)!r} is no JSON object.")
    return config


def _width(weights: Path) -> int | None:
    """From the header of a safetensors file: eight bytes of length, then JSON with every shape."""
    if weights.suffix != ".safetensors":
        return None
    with weights.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        try:
            header = json.loads(stream.read(min(length, LONGEST_HEADER)))
            widths = {header[name]["shape"][1] for name in header if READS_HIDDEN.search(name)}
        except (ValueError, TypeError, KeyError, IndexError) as error:
            raise PermanentError(f"{str(weights)!r} is no safetensors file.") from error
    return int(widths.pop()) if len(widths) == 1 else None


def _digest(files: list[Path]) -> str:
    """Of each file's name and content, in the order given."""
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as stream:
            content = hashlib.file_digest(stream, "sha256").hexdigest()
        digest.update(f"{path.name} {content}\n".encode())
    return digest.hexdigest()
