"""All reads of projects. What takes an `Actor` decides who may see; what takes a row was reached through those."""
