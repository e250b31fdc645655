"""The hosts and people of the stories."""

from tests.stories import host as host
from tests.stories import make as make
