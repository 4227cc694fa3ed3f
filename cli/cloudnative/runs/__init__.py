"""One run of the engine: supervisor, worker, engine, lock and recovery."""
