"""The data set's promise: mean colour does not tell the conditions apart, structure does."""

from itertools import pairwise

import cv2
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from data_tools.synth.config import SynthConfig
from data_tools.synth.drive import plan_drives, render_drive

FOLDS = 4
MEAN_COLOUR_LIMIT = 0.85
STRUCTURE_FLOOR = 0.85


def structure(picture):
    """Return gradient directions and detail per scale in a 4x3 grid over the lower picture.

    Brightness, contrast and colour of the whole picture are taken out first.
    """
    grey = cv2.resize(picture, (250, 200), interpolation=cv2.INTER_AREA).astype(np.float32).mean(axis=2)
    grey = (grey - grey.mean()) / (grey.std() + 1e-3)
    across, down = cv2.Sobel(grey, -1, 1, 0), cv2.Sobel(grey, -1, 0, 1)
    strength, angle = np.hypot(across, down), np.arctan2(down, across) % np.pi
    blurred = [cv2.GaussianBlur(grey, (0, 0), sigma_px) for sigma_px in (1, 2, 4, 8, 16)]
    details = [fine - coarse for fine, coarse in pairwise(blurred)]
    features = []
    for rows in np.array_split(np.arange(66, 200), 4):
        for cols in np.array_split(np.arange(250), 3):
            cell = np.ix_(rows, cols)
            counts, _ = np.histogram(angle[cell], 8, (0, np.pi), weights=strength[cell])
            features += [*np.log(counts / strength[cell].size + 1e-3), grey[cell].mean()]
            for detail in details:
                spread = detail[cell].std() + 1e-3
                features += [np.log(spread), np.mean(detail[cell] ** 3) / spread**3]
    return features


@pytest.fixture(scope="module")
def drives():
    """One default-size picture of each of 44 drives per condition."""
    colours, structures, labels, folds = [], [], [], []
    for drive in plan_drives(SynthConfig(drives_per_class=44, frames_per_drive=1)):
        for picture in render_drive(drive):
            colours.append(picture.mean(axis=(0, 1)))
            structures.append(structure(picture))
            labels.append(drive.condition)
            folds.append(int(drive.drive_id[-3:]) % FOLDS)
    return tuple(np.array(column) for column in (colours, structures, labels, folds))


def held_out_accuracies(features, labels, folds, inverse_penalty):
    scores = []
    for fold in range(FOLDS):
        held_out = folds == fold
        model = make_pipeline(StandardScaler(), LogisticRegression(C=inverse_penalty, max_iter=3000))
        model.fit(features[~held_out], labels[~held_out])
        scores.append(model.score(features[held_out], labels[held_out]))
    return scores


def test_mean_colour_does_not_separate_the_conditions(drives):
    colours, _, labels, folds = drives
    scores = held_out_accuracies(colours, labels, folds, inverse_penalty=1e3)
    assert max(scores) < MEAN_COLOUR_LIMIT


def test_structure_separates_the_conditions(drives):
    _, structures, labels, folds = drives
    scores = held_out_accuracies(structures, labels, folds, inverse_penalty=0.02)
    assert np.mean(scores) > STRUCTURE_FLOOR
