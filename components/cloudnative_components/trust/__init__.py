"""Who else may do what: pipelines on GitHub, stacks of application teams."""
