"""What a database looks like, as frozen values.  Pure: nothing here talks to a database."""
