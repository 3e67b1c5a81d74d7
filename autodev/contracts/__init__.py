"""Contracts: the types and protocols through which the floors meet. Imports nothing above the ground."""
