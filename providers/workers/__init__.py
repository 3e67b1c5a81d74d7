"""Who works on a job: our own agent, agent programs, plug-in kinds, the blueprint engine; in which order, one after the
other, and what each one leaves to the next."""
