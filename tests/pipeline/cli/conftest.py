from collections.abc import Callable
from typing import NamedTuple

import pytest

from pipeline.cli.main import main


class Result(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The one line that starts with 'error:'."""
        (line,) = [line for line in self.err.splitlines() if line.startswith("error:")]
        return line


@pytest.fixture
def roadgrip(capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """Run the command line in this process."""

    def call(*arguments: object) -> Result:
        capsys.readouterr()
        with pytest.raises(SystemExit) as caught:
            main([str(item) for item in arguments])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return Result(int(caught.value.code or 0), captured.out, captured.err)

    return call
