"""Browsers that come back: remembered ones, and sign-ins from before Vestibule."""
