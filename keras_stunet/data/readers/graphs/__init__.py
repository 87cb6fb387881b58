"""Graphs among sensors: edge lists, matrices and coordinates."""
