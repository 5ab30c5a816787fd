"""Make a tiny Llama of random weights, its tokenizer and a LoRA adapter. Runs in vLLM's environment.

Usage: python build_model.py FOLDER. Writes FOLDER/model, FOLDER/base (the same as a base model:
no chat template) and FOLDER/adapter; needs no network.
"""

import json
import shutil
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

LAYERS, HIDDEN, HEADS, KEY_VALUE_HEADS, RANK = 2, 256, 4, 2, 8
HEAD = HIDDEN // HEADS  # 64: vLLM's attention on the CPU refuses heads of 16
SPECIAL = ["<s>", "</s>", "<|system|>", "<|user|>", "<|assistant|>"]
CHAT = (
    "{{ bos_token }}{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def tokenizer() -> PreTrainedTokenizerFast:
    """Bytes and a few merges: every text can be written, and letters are tokens of their own."""
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=512, special_tokens=SPECIAL, initial_alphabet=alphabet)
    bpe.train_from_iterator(["follow the custom or do as one likes, A or B"] * 10, trainer)
    made = PreTrainedTokenizerFast(
        tokenizer_object=bpe, bos_token="<s>", eos_token="</s>", pad_token="</s>"
    )
    made.chat_template = CHAT
    return made


def adapter(folder: Path) -> None:
    """A LoRA adapter strong enough to change what the model says."""
    folder.mkdir()
    weights = {}
    for layer in range(LAYERS):
        for name, width in {"q_proj": HIDDEN, "v_proj": HEAD * KEY_VALUE_HEADS}.items():
            base = f"base_model.model.model.layers.{layer}.self_attn.{name}"
            weights[f"{base}.lora_A.weight"] = torch.randn(RANK, HIDDEN) * 0.5
            weights[f"{base}.lora_B.weight"] = torch.randn(width, RANK) * 0.5
    save_file(weights, str(folder / "adapter_model.safetensors"))
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "r": RANK,
        "lora_alpha": 2 * RANK,
        "bias": "none",
        "target_modules": ["q_proj", "v_proj"],
        "base_model_name_or_path": "tiny",
    }
    (folder / "adapter_config.json").write_text(json.dumps(config))


def main(folder: Path) -> None:
    """Everything below `folder`."""
    torch.manual_seed(0)
    made = tokenizer()
    made.save_pretrained(folder / "model")
    config = LlamaConfig(
        vocab_size=len(made),
        hidden_size=HIDDEN,
        intermediate_size=HIDDEN,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        num_key_value_heads=KEY_VALUE_HEADS,
        max_position_embeddings=4096,
        bos_token_id=made.bos_token_id,
        eos_token_id=made.eos_token_id,
    )
    LlamaForCausalLM(config).to(torch.bfloat16).save_pretrained(folder / "model")
    shutil.copytree(folder / "model", folder / "base")
    (folder / "base" / "chat_template.jinja").unlink()
    adapter(folder / "adapter")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
