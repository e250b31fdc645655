"""Confirm it's you: the page, and the request that waits for it."""
