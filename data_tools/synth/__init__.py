"""Draw synthetic drives: a moving camera over a dry, wet or snowy road."""
