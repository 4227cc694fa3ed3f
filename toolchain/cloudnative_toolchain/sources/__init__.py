"""The ways to have a tool: each module has one `fetch` from a job and a source to what it found."""
