"""The tutorial's application in gunicorn's gevent worker: every thread is a greenlet there."""

from gevent.monkey import is_module_patched

from tests.hosts.applications.tutorial import app

__all__ = ["app"]

assert is_module_patched("threading")
