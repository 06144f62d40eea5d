"""Tell from source code alone which names of the tensorrt module it uses; the stub says what calls return."""

import ast
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

MODULE = "trt"


class Use(NamedTuple):
    """An attribute of a class (or of the module, ""), with the keywords and the number of values of a call."""

    owner: str
    name: str
    keywords: tuple[str, ...]
    positional: int
    line: int


@dataclass
class StubClass:
    """What the stub says of one class."""

    returns: dict[str, str] = field(default_factory=dict)  # of methods
    arguments: dict[str, list[str]] = field(default_factory=dict)  # of methods, without self
    by_position: dict[str, int] = field(default_factory=dict)  # of methods: arguments before a bare /
    types: dict[str, str] = field(default_factory=dict)  # of properties and enum values
    nested: tuple[str, ...] = ()


def read_stub(path: Path) -> dict[str, StubClass]:
    """Return the stub's classes; one inside another under its own name."""
    found: dict[str, StubClass] = {}
    for item in ast.parse(path.read_text()).body:
        if isinstance(item, ast.ClassDef) and not item.name.startswith("_"):
            read_class(item, found)
    return found


def read_class(item: ast.ClassDef, found: dict[str, StubClass]) -> None:
    entry = found[item.name] = StubClass()
    for part in item.body:
        if isinstance(part, ast.ClassDef):
            entry.nested += (part.name,)
            read_class(part, found)
        elif isinstance(part, ast.AnnAssign):
            entry.types[part.target.id] = plain(part.annotation)
        elif isinstance(part, ast.FunctionDef) and any(ast.unparse(mark) == "property" for mark in part.decorator_list):
            entry.types[part.name] = plain(part.returns)
        elif isinstance(part, ast.FunctionDef):
            entry.returns[part.name] = plain(part.returns)
            before = [argument.arg for argument in part.args.posonlyargs if argument.arg != "self"]
            entry.by_position[part.name] = len(before)
            entry.arguments[part.name] = before + [a.arg for a in part.args.args if a.arg != "self"]


def plain(annotation: ast.expr | None) -> str:
    """Return an annotation as text, without None, ClassVar, quotes and the module's name."""
    text = ast.unparse(annotation).strip("'\"") if annotation is not None else ""
    text = text.replace(" | None", "").replace(f"{MODULE}.", "").removeprefix("ClassVar[").removesuffix("]")
    return text.rpartition(".")[2] if "[" not in text else text + "]"


def uses_of(source: str, stub: dict[str, StubClass]) -> list[Use]:
    """Return every use that can be told."""
    walker = Walker(stub)
    walker.visit(ast.parse(source))
    return walker.uses


class Walker(ast.NodeVisitor):
    """Follow the types of names through a module, function by function."""

    def __init__(self, stub: dict[str, StubClass]) -> None:
        self.stub, self.uses, self.names = stub, [], {}
        self.seen: set[tuple[int, int]] = set()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        before = dict(self.names)
        for argument in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]:
            if argument.annotation is not None and plain(argument.annotation) in self.stub:
                self.names[argument.arg] = plain(argument.annotation)
        self.generic_visit(node)
        self.names = before | {name: kind for name, kind in self.names.items() if name.startswith("self.")}

    def visit_Assign(self, node: ast.Assign) -> None:
        kinds = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
        targets = node.targets[0].elts if isinstance(node.targets[0], ast.Tuple) else node.targets
        for target, value in zip(targets, kinds if len(kinds) == len(targets) else [None] * len(targets), strict=True):
            kind = self.kind_of(value) if value is not None else ""
            if kind in self.stub and (isinstance(target, ast.Name) or ast.unparse(target).startswith("self.")):
                self.names[ast.unparse(target)] = kind
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        self.kind_of(node)
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.kind_of(node)
        self.generic_visit(node)

    def kind_of(self, node: ast.expr, call: ast.Call | None = None) -> str:
        """Return the class of a value, "type:X" for a class itself, or nothing; keep attributes that it meets."""
        if isinstance(node, ast.Call):
            return self.kind_of(node.func, node).removeprefix("type:")
        known = self.names.get(ast.unparse(node), "")
        if known or not isinstance(node, ast.Attribute):
            return known
        of_module = isinstance(node.value, ast.Name) and node.value.id == MODULE
        owner = "" if of_module else self.kind_of(node.value).removeprefix("type:")
        if not of_module and owner not in self.stub:
            return ""  # a text, a number, or something of our own
        self.keep(node, owner, call)
        entry = self.stub.get(owner, StubClass())
        if of_module or node.attr in entry.nested:
            return f"type:{node.attr}" if node.attr in self.stub else ""
        return (entry.returns if call is not None else entry.types).get(node.attr, "")

    def keep(self, node: ast.Attribute, owner: str, call: ast.Call | None) -> None:
        place = (node.lineno, node.end_col_offset or 0)
        if call is None and place in self.seen:
            return
        self.seen.add(place)
        keywords = tuple(item.arg for item in call.keywords if item.arg) if call is not None else ()
        self.uses.append(Use(owner, node.attr, keywords, len(call.args) if call is not None else 0, node.lineno))
