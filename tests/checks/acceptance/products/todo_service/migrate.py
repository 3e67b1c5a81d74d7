"""Makes the table, as a migration would."""

import main

main.connect().close()
