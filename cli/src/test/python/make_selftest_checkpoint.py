"""Makes the checkpoint that `stsw selftest` converts: python make_selftest_checkpoint.py ../../main/resources/dev/stsw/cli/selftest.pt

Written with torch 2.13.0. `weight` is a transposed view and `tied` another name of it, so that the self-test meets what
makes checkpoints more than rows of bytes.
"""

import sys

import torch

weight = torch.arange(6, dtype=torch.float32).reshape(3, 2).t().to(torch.bfloat16)
torch.save({"epoch": 3, "state_dict": {"weight": weight, "tied": weight, "bias": torch.tensor([0.5, -1.0])}}, sys.argv[1])
