"""Choose the epoch whose weights are kept."""

from dataclasses import dataclass

from torch import Tensor, nn

from pipeline.training.networks.checkpoint import METHOD_PREFIX

_NETWORK_PREFIX = "network."


@dataclass(frozen=True)
class Best:
    """Hold the best epoch so far and its weights."""

    epoch: int
    val_accuracy: float
    val_loss: float
    weights: dict[str, Tensor]
    """The network's state dict, and the method's under `method.`."""


def better(best: Best | None, epoch: int, val_accuracy: float, val_loss: float, module: nn.Module) -> Best:
    """Return the better of the best so far and this epoch.

    More validation accuracy wins, then less validation loss, then the later epoch.

    Args:
        best: The best so far.
        epoch: 0-based epoch that just ended.
        val_accuracy: Its accuracy on the validation part.
        val_loss: Its cross-entropy there.
        module: Holds `network` and `method`; its tensors are copied to the CPU.
    """
    if best is not None and (best.val_accuracy, -best.val_loss) > (val_accuracy, -val_loss):
        return best
    weights = {}
    for name, tensor in module.state_dict().items():
        if name.startswith((_NETWORK_PREFIX, METHOD_PREFIX)):
            weights[name.removeprefix(_NETWORK_PREFIX)] = tensor.detach().cpu().clone()
    return Best(epoch, val_accuracy, val_loss, weights)
