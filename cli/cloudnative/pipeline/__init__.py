"""GitHub Actions: the workflows of a project, whom Azure trusts, and how a job signs in."""
