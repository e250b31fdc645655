"""Revisions of the ready site's own tables."""
