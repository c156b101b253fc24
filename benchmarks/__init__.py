"""Measurements, always side by side with a peer or a limit in the same run."""
