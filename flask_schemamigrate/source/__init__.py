"""Operations into Python: the text of migration scripts."""
