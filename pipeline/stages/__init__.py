"""Run the stages in order, skip what is up to date, and leave one artifact a stage."""
