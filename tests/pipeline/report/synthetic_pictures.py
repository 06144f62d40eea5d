"""Paint small road-like pictures for the report's tests."""

import cv2
import numpy as np

_ROADS = ((92, 92, 96), (52, 58, 70), (226, 230, 236))
_SKIES = ((150, 190, 232), (128, 136, 146), (206, 214, 222))


def paint(label: int, index: int, height: int = 60, width: int = 75) -> bytes:
    generator = np.random.default_rng((label, index))
    picture = np.empty((height, width, 3), np.float32)
    horizon = int(height * generator.uniform(0.35, 0.5))
    picture[:horizon] = _SKIES[label % 3]
    picture[horizon:] = (86, 110, 66) if label % 3 != 2 else (238, 240, 244)
    shift = generator.uniform(-0.1, 0.1) * width
    corners = np.array(
        [
            (0.45 * width + shift, horizon),
            (0.55 * width + shift, horizon),
            (1.05 * width, height),
            (-0.05 * width, height),
        ]
    )
    cv2.fillPoly(picture, [corners.round().astype(np.int32)], _ROADS[label % 3])
    if label % 3 == 1:
        picture[horizon + 8 :, int(0.4 * width) : int(0.55 * width)] += 55
    picture += generator.normal(0, 7, picture.shape)
    ok, data = cv2.imencode(".png", picture.clip(0, 255).astype(np.uint8)[..., ::-1])
    assert ok
    return data.tobytes()
