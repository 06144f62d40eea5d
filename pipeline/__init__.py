"""Hold training, evaluation, the stage runner, the report and the command line."""
