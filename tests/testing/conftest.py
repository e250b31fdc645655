"""Hosts as their tests make them: they know that they are tested."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.stories import HostMaker, host, make
from tests.support.host_app import Host

__all__ = ["host", "make"]


@pytest.fixture
def tested(make: HostMaker) -> Host:
    """Its accounts must have a second step."""
    return make(TESTING=True)


@pytest.fixture
def optional(make: HostMaker) -> Host:
    """Its accounts may have a second step."""
    return make(TESTING=True, VESTIBULE_POLICY="optional")


@pytest.fixture
def app(optional: Host) -> Flask:
    """What the fixtures of the plugin ask for."""
    return optional.app
