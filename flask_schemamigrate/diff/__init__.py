"""Two schemas into operations: what differs, what was renamed, in which order."""
