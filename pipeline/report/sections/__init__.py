"""Build the report's sections, one module a section."""
