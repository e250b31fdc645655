"""One row per user of the host: since when, and what was revoked."""
