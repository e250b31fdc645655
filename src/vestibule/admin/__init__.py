"""What an administrator sees of accounts, and does to them."""
