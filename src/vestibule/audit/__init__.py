"""The audit log: what happened to an account, written in the same transaction as the change."""
