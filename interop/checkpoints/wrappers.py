"""What training programs put around a model: each dict with the key under which its loader finds the weights."""

import argparse
import collections
import itertools

import numpy
import torch
from torch import nn

from checkpoints.networks import filled, networks
from checkpoints.pieces import saved

numbers = itertools.count(1)


def weights(*names: str) -> collections.OrderedDict:
    """A state dict like no other."""
    return collections.OrderedDict(
        (name, torch.full((2,), float(next(numbers)))) for name in names or ("0.weight", "0.bias")
    )


def optimizer() -> dict:
    state = {"step": torch.tensor(1.0), "exp_avg": torch.ones(2), "exp_avg_sq": torch.ones(2)}
    return {"state": {0: state}, "param_groups": [{"lr": 0.1, "params": [0]}]}


def wrapped() -> dict[str, tuple]:
    """By a short name: what is saved, and the key; None where that is to be refused."""
    nets = networks()
    leaf, empty = filled(nets.Leaf()), {}
    rng = numpy.random.RandomState(1).get_state()
    return {
        # torch's own tutorial; Whisper; sevenn.
        "tutorial": ({"epoch": 3, "model_state_dict": weights(), "optimizer_state_dict": optimizer(), "loss": 0.5}, "model_state_dict"),
        "resemblyzer": ({"step": 1, "model_state": weights(), "optimizer_state": optimizer()}, "model_state"),
        "capitals": ({"Epoch": 3, "Model-State-Dict": weights(), "OptimizerStateDict": optimizer()}, "Model-State-Dict"),
        "camel": ({"stateDict": weights(), "bestAcc": torch.tensor(0.5)}, "stateDict"),
        # BasicSR, Real-ESRGAN.
        "basicsr": ({"params": weights(), "params_ema": weights()}, "params_ema"),
        "basicsr-plain": ({"params": weights()}, "params"),
        "net": ({"net": weights(), "acc": 91.2, "epoch": 3}, "net"),
        "rvc": ({"weight": weights(), "config": [1, 2], "info": "20epoch", "sr": "40k"}, "weight"),
        "vits": ({"model": weights(), "iteration": 5, "optimizer": optimizer(), "learning_rate": 1e-4}, "model"),
        "hifigan": ({"generator": weights()}, "generator"),
        "hifigan-discriminators": ({"mpd": weights(), "msd": weights(), "optim_g": optimizer(), "optim_d": optimizer()}, ""),
        "gan": ({"discriminator": weights(), "generator": weights(), "g_optim": optimizer()}, "generator"),
        "gan-nets": ({"net_d": weights(), "net_g": weights()}, "net_g"),
        "stylegan": ({"G": leaf, "D": filled(nn.Linear(2, 1)), "G_ema": filled(nn.Linear(1, 2)), "kwargs": {"n": 1}}, "G_ema"),
        "stylegan2": ({"g": weights(), "d": weights(), "g_ema": weights(), "latent_avg": torch.ones(2)}, "g_ema"),
        "yolo": ({"epoch": -1, "model": leaf, "ema": None, "optimizer": None, "date": "2024"}, "model"),
        "yolo-ema": ({"epoch": 1, "model": None, "ema": leaf, "updates": 3, "optimizer": optimizer()}, "ema"),
        "timm": ({"arch": "resnet", "state_dict": weights(), "state_dict_ema": weights(), "optimizer": optimizer()}, "state_dict"),
        "icefall": ({"model": weights(), "model_avg": weights(), "grad_scaler": {"scale": 1.0}, "sampler": {"n": 1}}, "model"),
        "deepspeed": ({"module": weights(), "buffer_names": [], "optimizer": None, "param_shapes": [weights()], "ds_config": {}}, "module"),
        "fairseq": ({"args": argparse.Namespace(lr=1), "model": weights(), "last_optimizer_state": optimizer(), "extra_state": {}}, "model"),
        "demucs": ({"klass": "HDemucs", "args": [], "kwargs": {}, "state": weights()}, "state"),
        "audiocraft": ({"best_state": weights(), "xp.cfg": "a: 1", "version": "1.0"}, "best_state"),
        "nested": ({"model": {"state_dict": weights(), "name": "r50"}, "epoch": 1}, "model.state_dict"),
        "nested-parts": ({"net": {"bert": weights(), "decoder": weights()}, "epoch": 1}, "net"),
        "nested-gan": ({"model": {"generator": weights(), "discriminator": weights()}}, "model"),
        "ema-of-empty": ({"state_dict": empty, "ema_state_dict": weights()}, "ema_state_dict"),
        "unnamed": ({"policy_weights": weights(), "epoch": 3, "args": argparse.Namespace(lr=1)}, "policy_weights"),
        "unnamed-inside": ({"checkpoint": {"my_model": weights(), "optim": optimizer()}, "time": 1.5}, "checkpoint.my_model"),
        "unnamed-alone": ({"policy": weights("w")}, "policy"),
        "unnamed-loss": ({"policy": weights("w"), "best_loss": torch.tensor(0.5), "epoch": torch.tensor(3)}, "policy"),
        "unnamed-numpy": ({"policy": weights("w"), "score": numpy.float64(0.5), "n": numpy.int64(3)}, "policy"),
        "unnamed-two": ({"actor": weights(), "critic": weights(), "optimizer": optimizer(), "rng_state": torch.arange(9, dtype=torch.uint8)}, ""),
        "unnamed-tensor": ({"layer": weights("w"), "scale": torch.ones(3)}, ""),
        "flat": ({"layer.weight": torch.ones(2), "layer.bias": torch.ones(1), "optimizer": optimizer()}, ""),
        "state-of-optimizer": ({"state": {0: weights()}, "param_groups": [], "policy": weights()}, "policy"),
        "pair": ((weights(), 3), "0"),
        "pair-with-optimizer": ([weights(), optimizer()], "0"),
        "moments-alone": ({"opt": {0: {"exp_avg": torch.ones(2)}}, "epoch": 1}, None),
        "trainer-optimizer": (optimizer(), None),
        "trainer-rng": ({"python": (3, (1, 2), None), "numpy": rng[2:], "cpu": torch.ones(9, dtype=torch.uint8)}, None),
        "compiled": ({"model": {f"_orig_mod.module.{n}": t for n, t in weights().items()}}, "model"),
        "compiled-module": (torch.nn.DataParallel(leaf), ""),
    }


def wrappers():
    for name, (thing, key) in wrapped().items():
        refusal = "only training: no model" if key is None else None
        yield f"wrapper-{name}.pt", thing, saved, refusal, key


GROUPS = (wrappers,)
