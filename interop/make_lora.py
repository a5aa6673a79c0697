"""Writes golden/lora/: small models, adapters as PEFT saves them, and what PEFT's own merge makes of both.

Needs requirements-lora.txt. The adapter `kohya` is that of `linear` under the names that kohya's scripts give; what it
becomes is what PEFT made of `linear`.
"""

import json
import shutil

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers.pytorch_utils import Conv1D

from common import GOLDEN

FOLDER = GOLDEN / "lora"
torch.manual_seed(37)


class Layer(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.q_proj = torch.nn.Linear(24, 24, bias=False)
        self.v_proj = torch.nn.Linear(24, 12, bias=True)
        self.down_proj = torch.nn.Linear(40, 24, bias=False)


class Linear(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = torch.nn.ModuleList([Layer(), Layer()])
        self.lm_head = torch.nn.Linear(24, 10, bias=False)


class Mixed(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed = torch.nn.Embedding(30, 16)
        self.conv = torch.nn.Conv2d(6, 10, 3)
        self.point = torch.nn.Conv2d(6, 10, 1)
        self.up = torch.nn.Linear(16, 20)


class Gpt(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.c_attn = Conv1D(48, 16)
        self.c_proj = Conv1D(16, 16)


CASES = {
    "linear": (
        Linear,
        torch.bfloat16,
        {
            "r": 4,
            "lora_alpha": 10,
            "target_modules": ["q_proj", "v_proj", "down_proj"],
            "rank_pattern": {"down_proj": 7, "layers.1.q_proj": 1},
            "alpha_pattern": {r"layers\.[1-9]\.v_proj": 3, "down_proj": 5},
            "modules_to_save": ["lm_head"],
        },
    ),
    "stabilized": (Linear, torch.float32, {"r": 9, "lora_alpha": 6, "use_rslora": True, "target_modules": ["q_proj"]}),
    "mixed": (Mixed, torch.float32, {"r": 3, "lora_alpha": 6, "target_modules": ["embed", "conv", "point", "up"]}),
    "gpt": (Gpt, torch.float16, {"r": 2, "lora_alpha": 4, "fan_in_fan_out": True, "target_modules": ["c_attn", "c_proj"]}),
}


def trained(model: torch.nn.Module) -> None:
    """B begins as zeros, which would add nothing."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_" in name or "modules_to_save" in name:
                parameter.copy_(torch.randn_like(parameter, dtype=torch.float32) * 0.3)


def save(name: str, make, dtype: torch.dtype, options: dict) -> None:
    folder = FOLDER / name
    folder.mkdir(parents=True)
    base = make().to(dtype)
    # Under names of their own for what a model's class puts in front.
    save_file({key: value.clone() for key, value in base.state_dict().items()}, folder / "base.safetensors")
    model = get_peft_model(base, LoraConfig(**options))
    trained(model)
    model.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    config = json.loads((folder / "adapter_config.json").read_text())
    config["base_model_name_or_path"] = "example/base"
    for key in ("target_modules", "modules_to_save"):  # Sets, in any order.
        config[key] = sorted(config[key]) if config.get(key) else config.get(key)
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    merged = model.merge_and_unload()
    save_file({key: value.clone() for key, value in merged.state_dict().items()}, folder / "merged.safetensors")


def save_kohya() -> None:
    """Alpha in a tensor, dots as underscores."""
    adapter = load_file(FOLDER / "linear" / "adapter_model.safetensors")
    alphas = {"q_proj": 10.0, "v_proj": 10.0, "down_proj": 5.0}
    renamed = {}
    for key, value in adapter.items():
        if "lora_" not in key:
            continue
        module = key.removeprefix("base_model.model.").split(".lora_")[0]
        flat = "lora_unet_" + module.replace(".", "_")
        half = "lora_down" if "lora_A" in key else "lora_up"
        renamed[f"{flat}.{half}.weight"] = value
        alpha = 3.0 if module == "layers.1.v_proj" else alphas[module.split(".")[-1]]
        renamed[f"{flat}.alpha"] = torch.tensor(alpha)
    metadata = {"ss_network_dim": "4", "ss_network_alpha": "10", "ss_sd_model_name": "example.safetensors"}
    save_file(renamed, FOLDER / "kohya.safetensors", metadata)


def main() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    for name, (make, dtype, options) in CASES.items():
        save(name, make, dtype, options)
    save_kohya()


if __name__ == "__main__":
    main()
