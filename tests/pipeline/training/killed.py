"""Train until the process kills itself in mid-epoch: `python -m ... SPLIT OUT EPOCH BATCH CHANGES` (JSON)."""

import json
import os
import signal
import sys
from pathlib import Path

from torch import Tensor

from pipeline.training.module import Batch, RoadModule
from pipeline.training.stage import run
from tests.pipeline.training.quick import quick_config

if __name__ == "__main__":
    split, out = Path(sys.argv[1]), Path(sys.argv[2])
    fatal = int(sys.argv[3]), int(sys.argv[4])
    original = RoadModule.training_step

    def training_step(self: RoadModule, batch: Batch, batch_idx: int) -> Tensor:
        """Do the step, or die."""
        if (self.current_epoch, batch_idx) == fatal:
            os.kill(os.getpid(), signal.SIGKILL)
        return original(self, batch, batch_idx)

    RoadModule.training_step = training_step  # type: ignore[method-assign]
    run(quick_config(epochs=3, **json.loads(sys.argv[5])), split, out)
