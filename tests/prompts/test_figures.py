"""Versions of prompts side by side, from the ledger of a workspace."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest

from providers import ledger, prompts
from providers.config.defaults import ensure_defaults
from providers.failures.kinds import FailureKind
from providers.failures.signal import Failure
from providers.models import Provider
from providers.prompts.figures import PromptFigures, prompt_figures
from tests.factories.accounts import WorkspaceFactory
from tests.factories.providers import call_of, failed_of

pytestmark = [pytest.mark.feature("F2.1"), pytest.mark.django_db]


@pytest.fixture
def provider() -> Provider:
    workspace = WorkspaceFactory.create()
    ensure_defaults(workspace)
    return Provider.objects.filter(workspace=workspace).order_by("pk")[0]


def figures(provider: Provider, name: str, version: int, **settings: object) -> PromptFigures:
    found = prompt_figures(provider.workspace_id, dict(settings))
    return next(one for one in found if (one.name, one.version) == (name, version))


def test_each_version_has_its_uses_answers_work_tokens_and_cost(provider: Provider) -> None:
    request = uuid.uuid4()
    failed_of(provider, prompt="analyse@1", request_id=request)
    useless = call_of(provider, prompt="analyse@1", request_id=request)
    call_of(provider, prompt="analyse@1", request_id=request, work_passed=True)
    call_of(provider, prompt="analyse@2", work_passed=False, cost_usd=Decimal("0.5"))
    call_of(provider, prompt="")
    ledger.malformed(useless.pk, Failure(kind=FailureKind.MALFORMED_ANSWER, message="title: missing", reason="form"))
    one, two = figures(provider, "analyse", 1), figures(provider, "analyse", 2)
    assert (one.uses, one.calls, one.valid, one.judged, one.passed) == (1, 3, 1, 1, 1)
    assert (one.input_tokens, one.output_tokens) == (2700, 240)
    assert (two.uses, two.calls, two.valid, two.judged, two.passed) == (1, 1, 1, 1, 0)
    assert two.cost_per_use_usd == Decimal("0.5")
    assert two.last_used_at is not None


def test_what_was_never_used_stands_there_too(provider: Provider) -> None:
    one = figures(provider, "review", 1)
    assert (one.uses, one.calls, one.judged, one.cost_per_use_usd) == (0, 0, 0, None)
    assert {(f.name, f.version) for f in prompt_figures(provider.workspace_id)} == {
        (name, number) for name in prompts.names() for number in prompts.versions(name)
    }


def test_the_version_that_holds_is_marked(provider: Provider) -> None:
    assert figures(provider, "analyse", 2).holds
    pinned = figures(provider, "analyse", 1, prompts={"analyse": 1})
    assert (pinned.holds, pinned.pinned) == (True, True)
    assert not figures(provider, "analyse", 2, prompts={"analyse": 1}).holds


def test_a_version_that_is_not_there_any_more_keeps_its_figures(provider: Provider) -> None:
    call_of(provider, prompt="analyse@77")
    call_of(provider, prompt="poem")
    gone = [one for one in prompt_figures(provider.workspace_id) if not one.there]
    assert [(one.name, one.version, one.uses) for one in gone] == [("analyse", 77, 1), ("poem", 0, 1)]


def test_other_workspaces_are_not_counted(provider: Provider) -> None:
    other = WorkspaceFactory.create()
    ensure_defaults(other)
    call_of(Provider.objects.filter(workspace=other)[0], prompt="analyse@2")
    assert figures(provider, "analyse", 2).uses == 0


def test_it_is_one_query(provider: Provider, django_assert_num_queries: pytest.FixtureRequest) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator] # pytest-django gives a context manager
        prompt_figures(provider.workspace_id)
