"""Describe a data set for people and programs: card.json, card.md and pictures."""
