"""Let the network look at one view of a batch."""

from typing import cast

import torch
from torch import Tensor, nn

from pipeline.training.methods.views import AdversarialView, CleanView, GaussianView, SignView, View
from pipeline.training.networks.roadnet import Output, RoadNet
from pipeline.training.noise import noised
from pipeline.training.views.attack import attacked, evaluating
from pipeline.training.views.sign_perturbation import perturb_hidden, sign_perturbed


class Eyes:
    """Hold a network behind its normalisation."""

    def __init__(self, network: RoadNet, normalize: nn.Module) -> None:
        self.network = network
        self.normalize = normalize

    def see(self, pictures: Tensor) -> Output:
        """Run the network on (B, 3, H, W) pictures in [0, 1]."""
        return cast("Output", self.network(self.normalize(pictures)))

    def look(self, view: View, pictures: Tensor, labels: Tensor, generator: torch.Generator) -> Output:
        """Make a view of a batch and run the network on it.

        Args:
            view: What to look at.
            pictures: (B, 3, H, W) in [0, 1], augmented.
            labels: (B,) int64; an attack needs them.
            generator: On the pictures' device.

        Raises:
            InputError: A sign view names a layer that the network does not have.
        """
        match view:
            case CleanView():
                return self.see(pictures)
            case GaussianView():
                return self.see(noised(pictures, view.sigma, generator, sigma_from=view.sigma_from))
            case SignView():
                return self._look_signed(view, pictures, generator)
            case AdversarialView():
                with evaluating(self.network):
                    found = attacked(lambda moved: self.see(moved).logits, pictures, labels, view, generator)
                return self.see(found)

    def _look_signed(self, view: SignView, pictures: Tensor, generator: torch.Generator) -> Output:
        """Run the network on sign-perturbed pictures and hidden layers."""
        if view.on_input:
            pictures = sign_perturbed(pictures, view.epsilon, view.probability, generator).clamp(0, 1)
        if not view.hidden:
            return self.see(pictures)
        with perturb_hidden(self.network, view.hidden, view.epsilon, view.probability, generator):
            return self.see(pictures)
