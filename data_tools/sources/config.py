"""Name every kind of source in one type."""

from typing import Annotated

from pydantic import Field

from data_tools.sources.combined import CombinedSource
from data_tools.sources.single import SingleSource

AnySource = Annotated[SingleSource | CombinedSource, Field(discriminator="type")]
