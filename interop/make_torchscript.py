"""Writes `golden/djl/`: a TorchScript module, other weights for it, and what torch computes with those."""

import torch
from safetensors.torch import save_file
from torch import nn

from common import GOLDEN


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.up = nn.Linear(3, 4)
        self.norm = nn.BatchNorm1d(4)
        self.down = nn.Linear(4, 2, bias=False)

    def forward(self, x):
        return self.down(torch.relu(self.norm(self.up(x))))


def main() -> None:
    folder = GOLDEN / "djl"
    folder.mkdir(exist_ok=True)
    torch.manual_seed(16)
    net = Net().eval()
    torch.jit.trace(net, torch.zeros(2, 3)).save(folder / "net.pt")
    other = Net().eval()
    x = torch.randn(2, 3)
    with torch.no_grad():
        y = other(x)
    weights = {name: tensor.detach() for name, tensor in other.named_parameters()}
    assert not torch.equal(y, net(x))
    save_file(weights, folder / "weights.safetensors")
    save_file({"x": x, "y": y}, folder / "result.safetensors")
    for file in folder.iterdir():
        file.chmod(0o644)


if __name__ == "__main__":
    main()
