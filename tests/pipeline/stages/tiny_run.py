"""Configure the whole line so small that it runs in seconds."""

from pathlib import Path

import yaml


def tiny_tree(output_dir: Path) -> dict:
    return {
        "schema_version": 1,
        "name": "tiny",
        "output_dir": str(output_dir),
        "data": {
            "source": {
                "type": "synth",
                "drives": {"drives_per_class": 5, "frames_per_drive": 3, "height": 64, "width": 80},
            }
        },
        "split": {"tolerance": 1},
        "train": {
            "weights": "scratch",
            "input": {"height": 48, "width": 64},
            "method": {"type": "robust"},
            "epochs": 1,
            "batch_size": 8,
        },
        "evaluate": {"runs": 2},
        "quantize": {"max_calibration_pictures": 6, "steps": [], "finetune": {"when": "never"}, "timing_rounds": 1},
        "bundle": {"golden_pictures": 3, "int8": "always"},
        "latency": {"warmup": 1, "rounds": 4, "frame_height": 120, "frame_width": 160},
        "robustness": {"runs": 1, "perturbations": [{"name": "occlusion", "severities": [5]}]},
        "report": {"sample_pictures_per_class": 1},
    }


def write_config(path: Path, tree: dict) -> Path:
    path.write_text(yaml.safe_dump(tree))
    return path
