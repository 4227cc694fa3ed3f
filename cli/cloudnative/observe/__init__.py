"""Looking at what runs: logs, metrics, the picture, the trail."""
