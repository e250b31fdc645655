"""The account's own pages: what protects it, and how to change that."""
