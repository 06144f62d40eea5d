"""Write a folder of pictures that are all different, with a manifest."""

from pathlib import Path

import cv2
import numpy as np

from data_tools.randomness import keyed_generator

CLASSES = ("dry", "wet", "snow")


def write_textures(folder: Path, per_class: int) -> Path:
    """Write smooth random fields with some grain, two to a drive, as JPEG files; return the folder."""
    lines = ["path,label,source,group"]
    for label in CLASSES:
        (folder / label).mkdir(parents=True)
        for index in range(per_class):
            draw = keyed_generator("textures", label, index)
            field = cv2.resize(draw.uniform(20, 235, (14, 18, 3)), (144, 112), interpolation=cv2.INTER_CUBIC)
            picture = np.clip(field + draw.normal(0, 4, field.shape), 0, 255).astype(np.uint8)
            assert cv2.imwrite(str(folder / label / f"{index}.jpg"), picture)
            lines.append(f"{label}/{index}.jpg,{label},car,{label}-{index // 2}")
    (folder / "manifest.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder
