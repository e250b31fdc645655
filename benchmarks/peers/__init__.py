"""Other ways to sign in with a second step, each as its own documentation says; small sites that
``make bench`` measures beside Vestibule. They run in an environment of their own (.venv-bench).
"""
