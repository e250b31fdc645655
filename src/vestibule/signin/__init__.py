"""The sign-in: its steps, and the only place that opens a full session."""
