"""Offer every stage on the command line; a command imports what it needs when it runs."""
