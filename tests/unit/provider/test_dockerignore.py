"""Docker's own cases for ignore files (moby/patternmatcher), as a table."""

import pytest

from cloudnative_provider.dockerignore import Ignored


@pytest.mark.parametrize(
    ("lines", "path", "ignored"),
    [
        (["file"], "file", True),
        (["file"], "dir/file", False),
        (["**"], "any/thing", True),
        (["**/"], "dir/file", True),
        (["dir"], "dir/file", True),
        (["dir/"], "dir/deep/file", True),
        (["/dir"], "dir/file", True),
        (["**/file"], "file", True),
        (["**/file"], "a/b/file", True),
        (["**/*.txt"], "a/b.txt", True),
        (["a/**/b"], "a/b", True),
        (["a/**/b"], "a/x/y/b", True),
        (["abc/**"], "abc/def/ghi", True),
        (["abc/**"], "abc", False),
        (["*.md", "!README.md"], "README.md", False),
        (["*.md", "!README.md"], "CHANGES.md", True),
        (["!README.md", "*.md"], "README.md", True),
        (["docs", "!docs/keep"], "docs/keep", False),
        (["docs", "!docs/keep"], "docs/drop", True),
        (["*"], "dir/file", True),
        (["a?c"], "abc", True),
        (["a?c"], "a/c", False),
        (["a.c"], "abc", False),
        (["[a-c]at"], "bat", True),
        (["[^a-c]at"], "bat", False),
        (["a\\*c"], "a*c", True),
        (["a\\*c"], "abc", False),
        (["# comment"], "# comment", False),
        (["  spaced  "], "spaced", True),
        (["a/../b"], "b", True),
        (["./a"], "a", True),
    ],
)
def test_rules_match_as_docker_does(lines: list[str], path: str, ignored: bool) -> None:
    assert Ignored(lines)(path) is ignored
