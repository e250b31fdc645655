"""What lies between the extension and a host: its users, tables, views and other extensions."""
