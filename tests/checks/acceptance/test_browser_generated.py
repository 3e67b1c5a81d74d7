"""The journey of a rendered web application: it passes, and a broken rule or screen turns it red."""

from __future__ import annotations

from pathlib import Path

import pytest

from autodev.blueprints.registry import get
from autodev.sandbox import SandboxBackend, Toolchain, python_layer
from autodev.spec.checks import BrowserCheck
from autodev.spec.dialects.compiler import compile_requirement
from autodev.spec.rules import analyse
from projects.checks.acceptance import Product, browser_runner, run_acceptance
from tests.blueprints.conftest import rendered, write
from tests.checks.acceptance.cast import broken, frozen

SPEC = analyse(
    "Meeting room booking with Django: employees book rooms for a time slot, no two bookings of a room may overlap, "
    "and a booking can be cancelled until one hour before it starts"
)
JOURNEYS = frozen(
    *(
        check
        for requirement in SPEC.requirements
        for check in compile_requirement(SPEC, requirement, "html_forms")
        if isinstance(check, BrowserCheck)
    )
)


@pytest.fixture(scope="module")
def site(backend: SandboxBackend, python: Toolchain, tmp_path_factory: pytest.TempPathFactory) -> Product:
    manifest = get("django-web").manifest
    layer = python_layer("\n".join(manifest.requirements.runtime) + "\n", backend=backend)
    root = write(rendered(SPEC, "django-web"), tmp_path_factory.mktemp("site"))
    return Product(
        manifest=manifest,
        root=root,
        layers={**python.ro_layers, **layer.ro_layers},
        python=f"{layer.mount}/bin/python",
    )


@pytest.mark.feature("F1.11")
def test_the_rendered_site_passes_its_journey(site: Product, backend: SandboxBackend) -> None:
    [found] = run_acceptance(checks=JOURNEYS, product=site, backend=backend)
    assert (found.failure, found.status) == ("", "passed")


MUTATIONS = [
    # the rule does not hold
    ("app/core/rules/bookings.py", "starts_at__lt=booking.ends_at", "starts_at__lt=booking.starts_at", "a message"),
    # it holds, and nobody sees why it was refused
    ("app/static/app.css", "\n.error {", "\n.error { display: none;", "a message"),
    # the form cannot be sent
    ("app/templates/core/form.html", "<button>Save</button>", "<button type=button>Save</button>", "a button that"),
    # what was made is not in the list
    ("app/templates/core/booking_list.html", "<tbody>", "<tbody hidden>", "a row of the record"),
]


@pytest.mark.feature("F1.11")
@pytest.mark.parametrize(("file", "good", "bad", "expected"), MUTATIONS)
def test_a_broken_rule_or_screen_turns_it_red(
    file: str,
    good: str,
    bad: str,
    expected: str,
    site: Product,
    backend: SandboxBackend,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(browser_runner, "ACTION_S", 8.0)
    [found] = run_acceptance(
        checks=JOURNEYS, product=broken(site, tmp_path / "broken", file, good, bad), backend=backend
    )
    assert found.status == "failed"
    assert f"expected {expected}" in found.failure
