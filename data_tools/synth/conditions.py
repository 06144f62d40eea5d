"""Names of the road's conditions."""

from typing import Literal, TypeAlias

Condition: TypeAlias = Literal["dry", "wet", "snow"]

CONDITIONS: tuple[Condition, ...] = ("dry", "wet", "snow")
