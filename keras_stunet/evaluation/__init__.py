"""Scores, error profiles and tables: every forecast once."""
