"""LoRA adapters are checked before a model is loaded for them."""

import json
import shutil

import pytest

from modeling.backends import PermanentError, adapters

CONFIG = {"peft_type": "LORA", "r": 8, "base_model_name_or_path": "tiny"}


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "polite"
    made.mkdir()
    (made / "adapter_config.json").write_text(json.dumps(CONFIG))
    (made / "adapter_model.safetensors").write_bytes(weights())
    return made


def weights(width=256, value=b"\0"):
    """A safetensors file with one matrix that reads the hidden state: rank 8, so wide."""
    name = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"
    data = value * (8 * width * 2)
    tensor = {"dtype": "F16", "shape": [8, width], "data_offsets": [0, len(data)]}
    header = json.dumps({"__metadata__": {"format": "pt"}, name: tensor}).encode()
    return len(header).to_bytes(8, "little") + header + data


def test_an_adapter_is_known_by_its_content_and_not_by_its_place(folder, tmp_path):
    adapter = adapters.load(str(folder))
    moved = adapters.load(shutil.copytree(folder, tmp_path / "other" / "polite"))
    assert adapter.describe() == moved.describe()
    assert adapter.describe() | {"sha256": ""} == {
        "name": "polite", "sha256": "", "rank": 8, "base_model": "tiny",
    }  # fmt: skip
    (folder / "adapter_model.safetensors").write_bytes(weights(value=b"\1"))
    assert adapters.load(str(folder)).sha256 != adapter.sha256
    assert str(tmp_path) not in json.dumps(adapter.describe())


def test_its_weights_say_how_wide_a_model_they_were_made_for(folder):
    assert adapters.load(str(folder)).width == 256
    (folder / "adapter_model.safetensors").rename(folder / "adapter_model.bin")
    assert adapters.load(str(folder)).width is None


@pytest.mark.parametrize("content", [b"", b"weights", weights()[:20], b"\xff" * 50])
def test_damaged_weights_are_refused(folder, content):
    (folder / "adapter_model.safetensors").write_bytes(content)
    with pytest.raises(PermanentError, match="no safetensors file"):
        adapters.load(str(folder))


def test_the_configuration_is_part_of_the_hash(folder):
    before = adapters.load(str(folder)).sha256
    (folder / "adapter_config.json").write_text(json.dumps(CONFIG | {"lora_alpha": 32}))
    assert adapters.load(str(folder)).sha256 != before


def test_no_folder_is_named(tmp_path):
    with pytest.raises(PermanentError, match=r"no adapter folder .*nowhere"):
        adapters.load(str(tmp_path / "nowhere"))


def test_missing_weights_are_named(folder):
    (folder / "adapter_model.safetensors").unlink()
    with pytest.raises(PermanentError, match=r"no weights .*safetensors"):
        adapters.load(str(folder))


@pytest.mark.parametrize("text", ["", "{", "[]", "\xff"])
def test_an_unreadable_configuration_is_refused(folder, text):
    (folder / "adapter_config.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(PermanentError, match="adapter_config"):
        adapters.load(str(folder))


@pytest.mark.parametrize("wrong", [{"peft_type": "IA3"}, {"r": 0}, {"r": "8"}, {"r": None}])
def test_another_kind_of_adapter_is_refused(folder, wrong):
    (folder / "adapter_config.json").write_text(json.dumps(CONFIG | wrong))
    with pytest.raises(PermanentError, match="no LoRA adapter"):
        adapters.load(str(folder))
