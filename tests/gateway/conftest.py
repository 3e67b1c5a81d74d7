from tests.cast import cast
from tests.providers_lab.fixtures import _lab, lab
from tests.routing.conftest import _warm

__all__ = ["_lab", "_warm", "cast", "lab"]
