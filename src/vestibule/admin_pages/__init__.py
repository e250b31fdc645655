"""The pages at ``/admin``, for administrators: accounts, and what can be done to one."""
