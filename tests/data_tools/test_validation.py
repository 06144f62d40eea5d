"""One-line messages for pydantic's errors: the key's full path, what was expected, what came."""

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from data_tools.dataset.config import DataConfig
from data_tools.validation import closest, describe


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Share(Strict):
    value: float = 0.0
    trials: int = 0


class Cat(Strict):
    type: Literal["cat"]
    lives: int = 9

    @model_validator(mode="after")
    def _alive(self) -> "Cat":
        if self.lives == 0:
            raise ValueError("expected a living cat")
        return self


class Dog(Strict):
    type: Literal["dog"]
    tricks: tuple[Share, ...] = ()


class House(Strict):
    pet: Annotated[Cat | Dog, Field(discriminator="type")]
    shares: dict[str, Share] = {}
    visitor: Share | None = None
    rooms: int = 1


CAT = {"type": "cat"}


def message(value: object, cls: type[BaseModel] = House) -> str:
    with pytest.raises(ValidationError) as caught:
        cls.model_validate(value)
    text = describe(caught.value, cls)
    assert "\n" not in text
    return text


@pytest.mark.parametrize(
    ("name", "first"), [("epoch", "epochs"), ("sed", "seed"), ("EPOCHS", None), ("qqqq", None), ("epochs", "epochs")]
)
def test_closest_lists_every_name_once(name: str, first: str | None):
    known = ["width", "seed", "epochs"]
    text = closest(name, known)
    assert text.startswith(f"did you mean '{first}'?") if first else text.startswith("(known: ")
    listed = text[text.index("(known: ") + 8 : -1].split(", ")
    assert sorted(listed) == sorted(known)
    if first:
        assert listed[0] == first


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"pet": CAT, "roms": 1}, "roms: unknown key; did you mean 'rooms'?"),
        ({"pet": {**CAT, "live": 1}}, "pet.live: unknown key; did you mean 'lives'?"),
        (
            {"pet": {"type": "dog", "tricks": [{}, {"tria": 1}]}},
            "pet.tricks.1.tria: unknown key; did you mean 'trials'? (known: trials, value)",
        ),
        ({"pet": CAT, "visitor": {"valu": 1}}, "visitor.valu: unknown key; did you mean 'value'?"),
        ({"pet": CAT, "shares": {"dry": {"valu": 1}}}, "shares.dry.valu: unknown key; did you mean 'value'?"),
        ({}, "pet: missing"),
        ({"pet": {}}, "pet: "),
        ({"pet": {"type": "cow"}}, "pet.type: unknown 'cow'; (known: cat, dog)"),
        ({"pet": {"type": "dgo"}}, "pet.type: unknown 'dgo'; did you mean 'dog'? (known: dog, cat)"),
        ({"pet": {**CAT, "lives": "many"}}, "pet.lives: expected a valid integer"),
        ({"pet": {**CAT, "lives": 0}}, "pet: expected a living cat, got {'type': 'cat', 'lives': 0}"),
        ({"pet": CAT, "rooms": None}, "rooms: expected a valid integer, got None"),
        ([], "(top level): expected a valid dictionary"),
        ({"pet": CAT, "rooms": "x", "visitor": 3}, "(and 1 more)"),
    ],
)
def test_message_names_the_place(value: object, expected: str):
    assert expected in message(value)


@pytest.mark.parametrize("name", ["cat", "dog"])
def test_key_named_like_a_tag_is_still_a_key(name: str):
    assert message({"pet": CAT, name: 1}).startswith(f"{name}: unknown key; (known: pet, rooms, shares, visitor)")
    assert message({"pet": {**CAT, name: 1}}).startswith(f"pet.{name}: unknown key; ")
    assert "shares.cat.trials: expected" in message({"pet": CAT, "shares": {"cat": {"trials": "x"}}})


def test_data_config_without_its_source_level():
    text = message({"source": {"type": "synth"}, "synth": {"seed": 1}}, DataConfig)
    assert text.startswith("synth: unknown key; ")
    assert "(known: " in text
    assert "classes" in text


def test_long_values_are_cut():
    text = message({"pet": CAT, "rooms": "x" * 500})
    assert len(text) < 200
    assert text.endswith("...")
