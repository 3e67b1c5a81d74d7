"""The validation ladder and the gate. `run_ladder` measures a project, `gate.decide` says whether it is done."""
