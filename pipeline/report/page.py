"""Put the sections into one self-contained HTML page."""

from importlib.resources import files

from pipeline.report.blocks import Section
from pipeline.report.figures import KeyFigure

_TEMPLATE = "template.html.j2"


def render(title: str, subtitle: str, figures: list[KeyFigure], sections: list[Section], producer: str) -> str:
    """Return the page; every text is escaped, only the plots' SVG is taken as it is."""
    import jinja2

    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    source = files("pipeline.report").joinpath(_TEMPLATE).read_text(encoding="utf-8")
    return (
        environment.from_string(source)
        .render(title=title, subtitle=subtitle, figures=figures, sections=sections, producer=producer)
        .lstrip()
    )
