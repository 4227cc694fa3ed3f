"""`python -m cloudnative` is the command."""

from cloudnative.app import main

main()
