"""What every page shares: form base, headers, error pages, the address of the client."""
