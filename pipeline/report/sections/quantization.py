"""Show which recipes were tried, which one won, and whether it kept to its budget."""

from pathlib import Path

from export.artifact import Degradation, QuantizedArtifact, QuantizedGraph
from pipeline.report.blocks import Beside, Block, Facts, Fold, Note, Table, facts, number, table, text
from pipeline.report.formatting import change, count, drop, mebibytes, percent, points, ratio
from pipeline.report.recipes import RecipeRow, read_recipes
from pipeline.report.sections.missing import not_run_note


def quantization_blocks(quantized: QuantizedArtifact | None, path: Path | None) -> tuple[Block, ...]:
    """Build what the report says about quantisation.

    Args:
        quantized: The loaded quantized.json, or None.
        path: Where it lies; recipes.csv lies beside it.
    """
    if quantized is None or path is None:
        return (not_run_note("The int8 quantisation"),)
    rows = read_recipes(path.parent / quantized.recipes.path)
    return (
        *(warning for graph in quantized.graphs for warning in _breaches(graph)),
        Beside(tuple(_chosen(graph, quantized) for graph in quantized.graphs)),
        *(_left_in_float(graph) for graph in quantized.graphs),
        *(
            Fold(f"Recipes tried for {graph.name} ({count(graph.recipes_tried)})", (_recipes(graph.name, rows),))
            for graph in quantized.graphs
        ),
    )


def _breaches(graph: QuantizedGraph) -> list[Block]:
    """Warn of a missed budget, on the test part first."""
    found: list[Block] = []
    for where, missed in (
        ("the test part, which the search did not see", graph.breaches_on_test),
        ("the pictures that chose its recipe", graph.breaches_on_choice),
    ):
        if missed:
            found.append(Note(f"{graph.name} misses its budget on {where}: {'; '.join(missed)}.", warning=True))
    return found


def _chosen(graph: QuantizedGraph, quantized: QuantizedArtifact) -> Facts:
    """Name the recipe that won, and why."""
    test = graph.degradation
    judges = f"{count(quantized.calibration_pictures)} calibrate, {count(quantized.validation_pictures)} more judge"
    return facts(
        f"{graph.name}: the recipe that was chosen",
        [
            ("Recipe", graph.recipe.label),
            ("Reason", graph.reason),
            ("Recipes tried", count(graph.recipes_tried)),
            ("Pictures", f"{judges}, {count(test.pictures)} of the test part check"),
            ("Agreement where chosen", _agreement(graph.chosen_on)),
            ("Agreement on the test part", _agreement(test)),
        ],
    )


def _agreement(loss: Degradation) -> str:
    """Write how often a graph agrees with fp32, and what that did to its confidence."""
    return f"{percent(loss.agreement)}, mean confidence {points(loss.confidence_change)}"


def _left_in_float(graph: QuantizedGraph) -> Block:
    """List the nodes that were not quantised."""
    names = graph.nodes_left_in_float
    if not names:
        return Note(f"{graph.name}: no node is left in float.")
    nodes = table("", [text("Node")], [[name] for name in names])
    return Fold(f"{graph.name}: nodes left in float ({count(len(names))})", (nodes,))


def _verdict(row: RecipeRow) -> str:
    """Say in a few words what came of a recipe."""
    words = [("chosen", row.chosen), ("in budget" if row.within_budget else "over budget", True)]
    return ", ".join(word for word, holds in [*words, ("on the front", row.on_front)] if holds)


def _recipes(target: str, rows: tuple[RecipeRow, ...]) -> Table:
    """Show every recipe for a target."""
    columns = [
        text("Recipe"),
        number("Accuracy"),
        number("Agreement"),
        number("Mean confidence"),
        number("ECE"),
        number("Divergence, nats"),
        number("In 8 bits"),
        number("Size"),
        number("Latency over fp32"),
        text("Verdict"),
    ]
    cells = [
        [
            row.label,
            drop(row.accuracy_drop),
            percent(row.agreement),
            points(row.confidence_change),
            change(row.ece_change),
            f"{row.divergence_nats:.5f}",
            percent(row.int8_share),
            mebibytes(row.size_bytes),
            "not timed" if row.latency_ratio is None else ratio(row.latency_ratio),
            _verdict(row),
        ]
        for row in rows
        if row.target == target
    ]
    return table(
        "On the pictures that chose; on the front: none diverges less with as much in 8 bits; latencies differ by run",
        columns,
        cells,
    )
