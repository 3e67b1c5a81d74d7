"""What is judged when a run is over: from the database, the repositories, the host and the world outside."""
