"""Fetch timm's pretrained weights."""

import pickle
from pathlib import Path

import safetensors
import torch
from torch import Tensor

from data_tools.artifacts.hashing import sha256_file
from pipeline.training.artifact import WeightsOrigin
from pipeline.training.networks.backbones.timm_backbone import TIMM_PREFIX, pretrained_body, pretrained_config
from pipeline.training.networks.download import DownloadError

_FILE = "model.safetensors"


def fetch_timm(name: str) -> tuple[dict[str, Tensor], WeightsOrigin]:
    """Load timm's pretrained weights from the hub's cache, or download them.

    The hub's client bounds its own patience: 10 s a silent connection and five more tries, in all about a minute.

    Args:
        name: timm/NAME, for the weights that timm takes first, or timm/NAME.TAG.

    Returns:
        The state dict without the classifier, with timm's key names.

    Raises:
        DownloadError: There are none for this network, there is no connection, or the download is damaged.
        InputError: timm knows no such network.
    """
    config = pretrained_config(name)
    if not config.hf_hub_id:
        raise DownloadError(f"timm has no pretrained weights on the hub for {name.removeprefix(TIMM_PREFIX)}")
    file_name = config.hf_hub_filename or _FILE
    where = f"{config.hf_hub_id}/{file_name}"
    try:
        path = _from_hub(config.hf_hub_id, file_name)
        with torch.random.fork_rng(devices=[]):  # the network's random start is drawn already
            state = dict(pretrained_body(name, path).state_dict())
    except (OSError, RuntimeError, safetensors.SafetensorError, pickle.UnpicklingError) as error:
        # The hub's own errors are OSErrors; a file that does not fit is torch's RuntimeError.
        raise DownloadError(f"{where} could not be fetched: {' '.join(str(error).split())}") from error
    detail = f"{TIMM_PREFIX}{config.architecture}.{config.tag}"
    return state, WeightsOrigin(type="imagenet", detail=detail, sha256=sha256_file(path))


def _from_hub(repository: str, file_name: str) -> Path:
    """Return the file in the hub's cache, after a download where it is not there yet."""
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        return Path(hf_hub_download(repository, file_name, local_files_only=True))
    except LocalEntryNotFoundError:
        return Path(hf_hub_download(repository, file_name))
