"""Write the records as Parquet, for tools that read tables by column."""

from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from data_tools.dataset.records import COLUMNS, PictureRecord
from data_tools.errors import MissingDependencyError

_BATCH_ROWS = 50_000


def write_parquet(path: Path, records: Iterable[PictureRecord]) -> None:
    """Write the table of usable pictures, atomically; columns and order are those of records.csv.

    Raises:
        MissingDependencyError: pyarrow is not installed.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ModuleNotFoundError as error:
        raise MissingDependencyError(
            "a Parquet table needs pyarrow, not installed here; in the checkout, run: pip install '.[data]'"
        ) from error
    numbers = {
        **dict.fromkeys(("height_px", "width_px", "orientation"), pa.int32()),
        **dict.fromkeys(("time_s", "brightness", "contrast", "sharpness", "entropy_bits", "chroma"), pa.float64()),
    }
    schema = pa.schema([(name, numbers.get(name, pa.string())) for name in COLUMNS])
    temporary = path.with_name(f".{path.name}.part")
    rows = iter(records)
    try:
        with pq.ParquetWriter(temporary, schema) as writer:
            while batch := list(islice(rows, _BATCH_ROWS)):
                columns = list(zip(*batch, strict=True))
                arrays = [pa.array(column, kind) for column, kind in zip(columns, schema.types, strict=True)]
                writer.write_batch(pa.record_batch(arrays, schema=schema))
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
