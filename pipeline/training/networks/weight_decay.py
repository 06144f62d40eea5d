"""Say which parameters the optimiser pulls towards zero."""

from torch import nn

from pipeline.training.networks.nearest_center import NearestCenterHead


def decayed_and_plain(network: nn.Module) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """Split the parameters into those with weight decay and those without.

    Class centres are places, not weights: decay would pull them to the origin and the classes together. All else is
    decayed, batch norms and biases too, as in the recipes of the paper's appendix H.

    Args:
        network: A network, or a module that holds one.

    Returns:
        The two lists; together every parameter once, in the network's order.
    """
    plain = [part.centers for part in network.modules() if isinstance(part, NearestCenterHead)]
    kept = {id(parameter) for parameter in plain}
    return [parameter for parameter in network.parameters() if id(parameter) not in kept], plain
