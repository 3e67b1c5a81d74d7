"""Blueprints: folders of templates that turn a Spec into a project which installs, builds and passes its tests."""
