"""The one way in which a part that we need says that it is away."""


class Unavailable(Exception):
    """The user database does not answer for the moment; asking again later makes sense."""
