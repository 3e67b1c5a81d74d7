"""How long OpenCode's conversation may become is what the models behind the gateway take."""

from __future__ import annotations

from providers.kinds.opencode.limits import OUTPUT_TOKENS, TokenLimits, limits_of
from providers.live.view import ChainView, WorkspaceView
from providers.states import Strategy
from providers.targets import Target
from tests.routing.fakes import target


def seen(*targets: Target, **chains: tuple[str, ...]) -> WorkspaceView:
    views = {
        kind: ChainView(task_kind=kind, strategy=Strategy.PRIMARY_SECONDARY, providers=names)
        for kind, names in chains.items()
    }
    return WorkspaceView(workspace_id=targets[0].workspace_id, targets={one.name: one for one in targets}, chains=views)


def test_the_first_of_the_chain_that_is_known_counts() -> None:
    view = seen(
        target("program", kind="opencode", context_window=5), target("a", context_window=None),
        target("b", context_window=60_000, max_output_tokens=8_000), target("c", context_window=9_000),
        default=("program", "a", "b", "c"), small=("c",),
    )  # fmt: skip
    assert limits_of("default", view) == TokenLimits(context=60_000, output=8_000)
    assert limits_of("implement", view) == TokenLimits(context=60_000, output=8_000)
    assert limits_of("small", view) == TokenLimits(context=9_000, output=2_250)
    assert limits_of("c", view) == TokenLimits(context=9_000, output=2_250)


def test_where_nobody_knows() -> None:
    view = seen(target("a", context_window=None), default=("a",))
    assert limits_of("default", view) == TokenLimits()
    assert TokenLimits().output == OUTPUT_TOKENS
