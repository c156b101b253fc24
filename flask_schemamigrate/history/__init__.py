"""Revisions, the graph that they make, what people call them, and the folder they lie in."""
