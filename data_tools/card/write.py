"""Write a data set card: pictures, card.md and, last, card.json."""

from pathlib import Path

from data_tools.artifacts.atomic import write_text
from data_tools.artifacts.model import file_ref, load_artifact, parent, save_artifact
from data_tools.card.artifact import FILE_NAME, PAGE_NAME, PICTURES_FOLDER, CardArtifact
from data_tools.card.collect import collect
from data_tools.card.figure import require_matplotlib
from data_tools.card.markdown import markdown
from data_tools.card.pictures import draw_pictures
from data_tools.card.weak_spots import weak_spots
from data_tools.dataset.artifact import DatasetArtifact
from data_tools.producer import PRODUCER
from data_tools.progress import Progress, silent


def write_card(dataset_path: Path, split_path: Path | None, out_dir: Path, progress: Progress = silent) -> Path:
    """Describe a data set in a folder of its own.

    Args:
        dataset_path: dataset.json.
        split_path: split.json made from it; None describes the data set alone.
        out_dir: Where card.md, its pictures and card.json go; the caller makes the whole appear at once.
        progress: Receives the counts of records and of pictures drawn.

    Returns:
        The path of card.json, written last.

    Raises:
        InputError: A file is missing or malformed.
        CheckFailedError: A table was changed after it was written, or the split is one of another data set.
        MissingDependencyError: matplotlib is not installed.
        UnreadablePictureError: A sample picture has gone or can no longer be decoded.
    """
    require_matplotlib()
    data = collect(dataset_path, split_path, progress)
    dataset = load_artifact(DatasetArtifact, dataset_path)
    drawn = draw_pictures(data, dataset.file_namer(dataset_path.parent), out_dir / PICTURES_FOLDER, progress)
    weak = weak_spots(data)
    page = out_dir / PAGE_NAME
    write_text(page, markdown(data, weak, {name: f"{PICTURES_FOLDER}/{path.name}" for name, path in drawn.items()}))
    origins = [parent("dataset", dataset_path, out_dir)]
    if split_path is not None:
        origins.append(parent("split", split_path, out_dir))
    artifact = CardArtifact(
        schema_version=1,
        producer=PRODUCER,
        parents=tuple(origins),
        data=data,
        weak_spots=weak,
        page=file_ref(page, out_dir),
        pictures=tuple(file_ref(path, out_dir) for path in drawn.values()),
    )
    return save_artifact(artifact, out_dir / FILE_NAME)
