"""Say plainly that a stage was not run."""

from pipeline.report.blocks import Note, Section


def not_run(anchor: str, title: str, what: str) -> Section:
    """Return a section that says what is missing instead of vanishing."""
    return Section(anchor, title, "", (not_run_note(what),))


def not_run_note(what: str) -> Note:
    """Return the sentence that stands in for a stage's numbers."""
    return Note(f"{what}: not run. This report was made without it.", warning=True)
