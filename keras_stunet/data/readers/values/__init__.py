"""Readings of sensors over time, however a file lays them out."""
