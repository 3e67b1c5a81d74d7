"""What may go wrong when a registry or the resolver is asked."""

from __future__ import annotations


class ResearchError(Exception):
    """`code` for programs, the message for a person, `hint` what to do."""

    code = "research"
    hint = ""


class RegistryUnreachable(ResearchError):
    """The registry gave no usable answer, and nothing that is kept here stands in."""

    code = "registry_unreachable"
    hint = "Check the package client's index setting and the network, then try again."


class ResolverMissing(RegistryUnreachable):
    """The resolver is not installed here; waiting changes nothing."""

    code = "resolver_missing"
    hint = "Install AutoDev's requirements again; `autodev doctor` says what is missing."


class UnknownPackage(ResearchError):
    """The registry answered that there is no such package."""

    code = "unknown_package"


class ResolutionConflict(ResearchError):
    """No set of versions satisfies the requirements; the message is the resolver's explanation."""

    code = "resolution_conflict"
    hint = "Loosen or remove one of the requirements that the message names."


class RefusedRequirement(ResearchError):
    """A requirement that names a place (URL, path, option) instead of a package of the index."""

    code = "refused_requirement"
    hint = "Only names with version ranges, such as `sqlalchemy>=2`."
