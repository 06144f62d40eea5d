from collections.abc import Iterator

import pytest

from tests.export.trained_like import one_torch_thread


@pytest.fixture(scope="package", autouse=True)
def _one_torch_thread() -> Iterator[None]:
    with one_torch_thread():
        yield
