"""Tests of ``schema``."""
