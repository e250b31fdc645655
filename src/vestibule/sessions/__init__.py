"""Server-side sessions, and how fresh they are."""
