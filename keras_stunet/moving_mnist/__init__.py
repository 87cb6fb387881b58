"""The paper's second experiment: frames of digits on a pixel graph."""
