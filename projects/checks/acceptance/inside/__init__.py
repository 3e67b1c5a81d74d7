"""Files that run inside the sandbox, by the product's interpreter, standard library and `time_machine` only."""
