"""Draw any records that a build can write."""

from hypothesis import strategies as st

from data_tools.dataset.records import PictureRecord

Text = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=8)
"""What a listing lets through: any text without control characters."""
Number = st.floats(allow_nan=False, allow_infinity=False)
Size = st.integers(1, 2**31 - 1)


def digits(count: int) -> st.SearchStrategy[str]:
    return st.text("0123456789abcdef", min_size=count, max_size=count)


Records = st.lists(
    st.builds(
        PictureRecord,
        path=Text,
        label=Text,
        source=Text,
        group=Text,
        sha256=digits(64),
        height_px=Size,
        width_px=Size,
        camera=Text,
        time_s=st.none() | Number,
        source_label=Text,
        format=Text,
        orientation=st.integers(0, 65535),
        brightness=Number,
        contrast=Number,
        sharpness=Number,
        entropy_bits=Number,
        chroma=Number,
        phash=digits(16),
    ),
    max_size=4,
)
ROW = PictureRecord(
    "a", "dry", "s", "g", "0" * 64, 20, 30, "front", 1.25, "asphalt", "png", 6, 0.5, 0.25, 1.5, 7, 0.125
)
