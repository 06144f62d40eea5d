"""Draw the report's plots as inline SVG."""
